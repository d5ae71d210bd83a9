#!/usr/bin/env bash
# kustomize 5.8.2: a quoted key that YAML would read as a number, a day, `true` or `null` without
# its quotes.
#
# Guess: a key in quotes is text, wherever it stands.
# Seen: it is text in `data`, in labels and in a pod's template. In an object's own annotations, and
#   wherever Kustomize writes the key itself (`commonAnnotations`, `labels`, a literal or a file of
#   a generator), it writes it bare, reads it again, and the build ends with Go's words for a map
#   whose keys are no text; no file and no key is named. A ConfigMap made of a file called `404`
#   cannot be built, nor an annotation that is a day. `yes`, `on` and `1.2.3` go through, and so
#   does what has a domain.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
built() { # what is tried, the kustomization
  printf '%s\n' "$2" > kustomization.yaml
  if ./kustomize build . > built.yaml 2> said; then echo "$1: built"; else
    echo "$1: $(grep -o 'json: unsupported type.*' said)"; fi
}
config() { printf '{apiVersion: v1, kind: ConfigMap, metadata: {name: a%s}, data: {%s}}\n' "$1" "$2" > a.yaml; }
touch 404
{
  config '' '"404": "b", "2024-01-01": "c"'
  built 'data' 'resources: [a.yaml]'
  config ', labels: {"2024-01-01": "b"}' ''
  built 'labels' 'resources: [a.yaml]'
  config ', annotations: {"yes": "b", "1.2.3": "c", "example.com/404": "d"}' ''
  built 'annotations with yes, 1.2.3 and a domain' 'resources: [a.yaml]'
  for key in 404 2024-01-01 true 1e3 0x1f 1_000; do
    config ", annotations: {\"$key\": \"b\"}" ''
    built "annotations with $key" 'resources: [a.yaml]'
  done
  config '' ''
  built 'labels by Kustomize' 'resources: [a.yaml]
labels: [{pairs: {"404": "b"}}]'
  built 'a literal' 'configMapGenerator: [{name: a, literals: ["404=b"]}]'
  built 'a file' 'configMapGenerator: [{name: a, files: ["404"]}]'
  built 'a file by another key' 'configMapGenerator: [{name: a, files: [e404=404]}]'
} | tee seen
cat > expected <<'E1'
data: built
labels: built
annotations with yes, 1.2.3 and a domain: built
annotations with 404: json: unsupported type: map[interface {}]interface {}
annotations with 2024-01-01: json: unsupported type: map[interface {}]interface {}
annotations with true: json: unsupported type: map[interface {}]interface {}
annotations with 1e3: json: unsupported type: map[interface {}]interface {}
annotations with 0x1f: json: unsupported type: map[interface {}]interface {}
annotations with 1_000: json: unsupported type: map[interface {}]interface {}
labels by Kustomize: json: unsupported type: map[interface {}]interface {}
a literal: json: unsupported type: map[interface {}]interface {}
a file: json: unsupported type: map[interface {}]interface {}
a file by another key: built
E1
diff expected seen
