#!/usr/bin/env bash
# What readers of manifests make of a document behind `...`: k8s.io/apimachinery 0.36.3 and kyaml 0.21.1 (kubectl,
# controllers and Kustomize), go.yaml.in/yaml 3.0.4, PyYAML 6.0.3; js-yaml 4.1.0, yaml 2.8.1, ruamel.yaml 0.18.16.
#
# Guess: `...` ends a document, and what follows is the next one (YAML 1.2 lets it stand there bare), or the error
#   that YAML 1.1 has for it.
# Seen: YAML 1.2's readers give both objects, and those of YAML 1.1 an error. Kubernetes and Kustomize give the first
#   alone, without an error: they cut the text at `---` themselves, and of each piece read one document.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
printf 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: %s}\n' a > a
printf 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: %s}\n' b > b
{ cat a; echo '---'; cat b; } > dashes
{ cat a; echo '...'; cat b; } > dots
{ cat a; echo '...'; echo '---'; cat b; } > both
mkdir go js
cat > go/main.go <<'E1'
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	strict "go.yaml.in/yaml/v3"
	"k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/kustomize/kyaml/kio"
	sigs "sigs.k8s.io/yaml"
)

type object struct {
	Metadata struct{ Name string }
}

// names are those that a reader gives until it has no more, or fails.
func names(next func() (object, error)) string {
	found := []string{}
	for {
		one, err := next()
		if err == io.EOF {
			return strings.Join(found, " ")
		}
		if err != nil {
			return strings.Join(append(found, "error"), " ")
		}
		found = append(found, one.Metadata.Name)
	}
}

func parsed(raw []byte, err error) (one object, failed error) {
	if err != nil {
		return one, err
	}
	return one, sigs.Unmarshal(raw, &one)
}

func main() {
	text, _ := os.ReadFile(os.Args[1])
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), 4096)
	fmt.Println("apimachinery, decoder:", names(func() (one object, err error) { return one, decoder.Decode(&one) }))
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(text)))
	fmt.Println("apimachinery, reader:", names(func() (object, error) { return parsed(reader.Read()) }))
	nodes, err := kio.FromBytes(text)
	fmt.Println("kyaml:", names(func() (one object, failed error) {
		if err != nil || len(nodes) == 0 {
			return one, io.EOF
		}
		one.Metadata.Name, nodes = nodes[0].GetName(), nodes[1:]
		return one, nil
	}))
	plain := strict.NewDecoder(bytes.NewReader(text))
	fmt.Println("go.yaml.in/yaml:", names(func() (one object, err error) { return one, plain.Decode(&one) }))
}
E1
(
  cd go
  go mod init readers
  go get k8s.io/apimachinery@v0.36.3 sigs.k8s.io/kustomize/kyaml@v0.21.1 sigs.k8s.io/yaml@v1.6.0 go.yaml.in/yaml/v3@v3.0.4
  go mod tidy
  go build -o ../readers .
) > built 2>&1 || { cat built; exit 1; }
(cd js && npm init -y && npm install --silent js-yaml@4.1.0 yaml@2.8.1) > installed 2>&1
cat > js/read.js <<'E1'
const text = require("fs").readFileSync(process.argv[2], "utf8");
const names = (all) => all.map((one) => one.metadata.name).join(" ");
console.log("js-yaml:", names(require("js-yaml").loadAll(text)));
console.log("yaml:", names(require("yaml").parseAllDocuments(text).map((one) => one.toJS())));
E1
python3 -m venv env
env/bin/pip install --quiet PyYAML==6.0.3 ruamel.yaml==0.18.16
cat > read.py <<'E1'
import sys

import ruamel.yaml
import yaml


def names(documents):
    found = []
    try:
        for one in documents:
            found.append(one["metadata"]["name"])
    except yaml.YAMLError:
        found.append("error")
    return " ".join(found)


text = open(sys.argv[1]).read()
print("PyYAML:", names(yaml.safe_load_all(text)))
print("ruamel.yaml:", names(ruamel.yaml.YAML(typ="safe", pure=True).load_all(text)))
E1
for file in dashes both dots; do
  echo "$file"
  ./readers "$file"
  node js/read.js "$file"
  env/bin/python read.py "$file"
done | tee seen
cat > expected <<'E1'
dashes
apimachinery, decoder: a b
apimachinery, reader: a b
kyaml: a b
go.yaml.in/yaml: a b
js-yaml: a b
yaml: a b
PyYAML: a b
ruamel.yaml: a b
both
apimachinery, decoder: a b
apimachinery, reader: a b
kyaml: a b
go.yaml.in/yaml: a b
js-yaml: a b
yaml: a b
PyYAML: a b
ruamel.yaml: a b
dots
apimachinery, decoder: a
apimachinery, reader: a
kyaml: a
go.yaml.in/yaml: a error
js-yaml: a b
yaml: a b
PyYAML: a error
ruamel.yaml: a b
E1
diff expected seen
