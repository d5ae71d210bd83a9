#!/usr/bin/env bash
# sigs.k8s.io/yaml 1.6.0 (kubectl, the API server), kustomize's kyaml 0.21.1, PyYAML 6.0.4,
# js-yaml 5.5.0 and yaml 2.9.1 from npm: the merge key.
#
# Guess: a key written beside `<<` wins over the merged one wherever it stands (so the merge type's
#   definition says), and those who do not know the merge key refuse it.
# Seen: in sigs.k8s.io/yaml the merged value wins over a key that stands above it: kubectl applies 1
#   where kustomize builds 9. js-yaml (4.1.0 merged) and yaml give a key `<<`.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install PyYAML==6.0.4
npm install --silent --no-fund --no-audit js-yaml@5.5.0 yaml@2.9.1 > /dev/null
printf 'base: &base {replicas: 1}\nabove: {replicas: 9, <<: *base}\nbelow: {<<: *base, replicas: 9}\n' > file
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"

	"sigs.k8s.io/kustomize/kyaml/yaml"
	kubernetes "sigs.k8s.io/yaml"
)

func main() {
	text, _ := os.ReadFile("file")
	var kubectl, kustomize map[string]any
	_ = kubernetes.Unmarshal(text, &kubectl)
	node := yaml.MustParse(string(text))
	_ = node.DeAnchor()
	_ = yaml.Unmarshal([]byte(node.MustString()), &kustomize)
	fmt.Println("sigs.k8s.io/yaml above:", kubectl["above"], "below:", kubectl["below"])
	fmt.Println("kyaml above:", kustomize["above"], "below:", kustomize["below"])
}
E1
cat > load.mjs <<'E1'
import { readFileSync } from "fs";
import { load } from "js-yaml";
import { parse } from "yaml";
const text = readFileSync("file", "utf8");
for (const [name, read] of [["js-yaml", load], ["yaml", parse]]) {
  const { above, below } = read(text);
  console.log(name, "above:", JSON.stringify(above), "below:", JSON.stringify(below));
}
E1
cat > load.py <<'E1'
import yaml
read = yaml.safe_load(open("file"))
print("PyYAML above:", read["above"], "below:", read["below"])
E1
go mod init seen > /dev/null 2>&1
go get sigs.k8s.io/yaml@v1.6.0 sigs.k8s.io/kustomize/kyaml/yaml@v0.21.1 2> /dev/null
{ go run .; env/bin/python load.py; node load.mjs; } | tee seen
cat > expected <<'E1'
sigs.k8s.io/yaml above: map[replicas:1] below: map[replicas:9]
kyaml above: map[replicas:9] below: map[replicas:9]
PyYAML above: {'replicas': 9} below: {'replicas': 9}
js-yaml above: {"replicas":9,"<<":{"replicas":1}} below: {"<<":{"replicas":1},"replicas":9}
yaml above: {"replicas":9,"<<":{"replicas":1}} below: {"<<":{"replicas":1},"replicas":9}
E1
diff expected seen
