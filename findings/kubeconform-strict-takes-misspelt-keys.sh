#!/usr/bin/env bash
# kubeconform 0.7.0, -strict, with a schema of one's own for a custom kind.
#
# Guess: -strict refuses keys that the schema does not know; that is what it is for.
# Seen: it refuses a key that is given twice. A key that no schema knows it lets pass unless the
#   schema itself says `additionalProperties: false`: for the built-in kinds strictness is a second
#   set of schemas that is fetched, and one's own are taken as they are. A directory of schemas
#   made from CustomResourceDefinitions checks less than its flag says.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0
schema() { # what stands beside the properties of spec
  cat > queue.json <<E1
{"type": "object", "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"},
 "metadata": {"type": "object"}, "spec": {"type": "object"$1, "properties": {"size": {"type": "integer"}}}}}
E1
}
asked() { # what is asked, the spec
  printf 'apiVersion: example.com/v1\nkind: Queue\nmetadata: {name: a}\nspec: %s\n' "$2" > queue.yaml
  if ./kubeconform -strict -schema-location ./queue.json queue.yaml > said 2>&1; then echo "$1: passes"; else echo "$1: refused"; fi
}
{
  schema ''
  asked 'a wrong type' '{size: large}'
  asked 'a key twice' '{size: 3, size: 4}'
  asked 'a misspelt key' '{sise: 3}'
  schema ', "additionalProperties": false'
  asked 'a misspelt key, and the schema says no others' '{sise: 3}'
} | tee seen
cat > expected <<'E1'
a wrong type: refused
a key twice: refused
a misspelt key: passes
a misspelt key, and the schema says no others: refused
E1
diff expected seen
