#!/usr/bin/env bash
# kustomize 5.8.2, beside sigs.k8s.io/yaml 1.6.0 (kubectl).
#
# Guess: `{cache: }` and `cache:` on a line of its own are one value, null, for kustomize as for
#   kubectl and every other reader of YAML.
# Seen: in braces the empty value becomes the text "" on the way through kustomize; on a line of its
#   own, or written as null or ~, it stays null. kubectl reads null in all four.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
cat > object.yaml <<'E1'
apiVersion: example.io/v1
kind: Store
metadata: {name: cart}
braces: {empty: , alone, word: null, tilde: ~}
lines:
  empty:
E1
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, _ := os.ReadFile("object.yaml")
	var read map[string]any
	_ = yaml.Unmarshal(text, &read)
	fmt.Println("kubectl", read["braces"], read["lines"])
}
E1
go mod init seen > /dev/null 2>&1
go get sigs.k8s.io/yaml@v1.6.0 2> /dev/null
echo 'resources: [object.yaml]' > kustomization.yaml
{ go run .; ./kustomize build . | grep -E '^(braces|lines)|^  (alone|empty|tilde|word)'; } | tee seen
cat > expected <<'E1'
kubectl map[alone:<nil> empty:<nil> tilde:<nil> word:<nil>] map[empty:<nil>]
braces:
  alone: ""
  empty: ""
  tilde: null
  word: null
lines:
  empty: null
E1
diff expected seen
