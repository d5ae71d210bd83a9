#!/usr/bin/env bash
# kustomize 5.8.2 and sigs.k8s.io/yaml 1.6.0: JSON read as YAML, and a YAML directive.
#
# Guess: JSON is YAML (1.2 says so), and both tools take `.json` files; `%YAML 1.2` before a document
#   is allowed anywhere.
# Seen: what PHP writes for a slash (`\/`) and Python's json.dumps for a sign beyond 16 bits (a pair
#   of `\u` escapes) is refused as a broken escape, though it is the same JSON. Both directives,
#   1.1 and 1.2, are refused by kustomize, too.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/yaml"
)

func main() {
	text, _ := os.ReadFile(os.Args[1])
	var read any
	if err := yaml.Unmarshal(text, &read); err != nil {
		fmt.Print("refused")
	} else {
		fmt.Print("read")
	}
}
E1
go mod init seen > /dev/null 2>&1
go get sigs.k8s.io/yaml@v1.6.0 2> /dev/null
go build -o decode .
object() { printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"%s"}}\n' "$1"; }
mkdir build
kustomize() { # the file's place is a kustomization
  printf 'resources: [object.json]\n' > build/kustomization.yaml
  if ./kustomize build build > /dev/null 2>&1; then echo read; else echo refused; fi
}
for text in '/' '\/' '\u2028' '\ud834\udd1e'; do
  object "$text" > build/object.json
  python3 -c 'import json; json.load(open("build/object.json"))'
  echo "$text sigs.k8s.io/yaml: $(./decode build/object.json), kustomize: $(kustomize)"
done | tee seen
for version in 1.1 1.2; do
  { printf '%%YAML %s\n---\n' $version; object /; } > build/object.json
  echo "%YAML $version kustomize: $(kustomize)"
done | tee -a seen
cat > expected <<'E1'
/ sigs.k8s.io/yaml: read, kustomize: read
\/ sigs.k8s.io/yaml: refused, kustomize: refused
\u2028 sigs.k8s.io/yaml: read, kustomize: read
\ud834\udd1e sigs.k8s.io/yaml: refused, kustomize: refused
%YAML 1.1 kustomize: refused
%YAML 1.2 kustomize: refused
E1
diff expected seen
