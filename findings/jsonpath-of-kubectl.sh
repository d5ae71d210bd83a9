#!/usr/bin/env bash
# k8s.io/client-go/util/jsonpath 0.36.3 (kubectl -o jsonpath), jsonpath-rfc9535 1.0.1 (Python).
#
# Guess: both read the common core of JSONPath alike: a quoted name in brackets is one name, a slice
#   ends where the list ends, and a filter leaves out what it cannot compare.
# Seen: kubectl's splits the quoted name at its dots, so that a label's key finds nothing, without
#   an error, unless the dots have a backslash even in quotes; a slice beyond the end is an error;
#   one element whose value is a text makes a filter with a number fail for the whole list.
#   (Missing keys are allowed here, as kubectl does.)
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jsonpath-rfc9535==1.0.1
cat > document.json <<'E1'
{"labels": {"app.example/name": "cart"},
 "numbers": [{"n": "a", "port": 80}, {"n": "b", "port": 90}],
 "mixed": [{"n": "a", "port": 80}, {"n": "b", "port": "http"}],
 "some": [{"n": "a", "port": 80}, {"n": "b"}]}
E1
cat > paths <<'E1'
$.labels['app.example/name']
$.numbers[0:9].n
$.numbers[?(@.port==80)].n
$.mixed[?(@.port==80)].n
$.some[?(@.port==80)].n
E1
cat > main.go <<'E1'
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/util/json"
	"k8s.io/client-go/util/jsonpath"
)

func main() {
	text, _ := os.ReadFile("document.json")
	var document any
	_ = json.Unmarshal(text, &document)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		path, found := jsonpath.New("path").AllowMissingKeys(true), &bytes.Buffer{}
		if err := path.Parse("{" + lines.Text() + "}"); err != nil {
			panic(err)
		}
		if err := path.Execute(found, document); err != nil {
			fmt.Println("kubectl", lines.Text(), "error:", err)
			continue
		}
		fmt.Println("kubectl", lines.Text(), found)
	}
}
E1
cat > find.py <<'E1'
import json, jsonpath_rfc9535 as jsonpath
document = json.load(open("document.json"))
for path in open("paths").read().splitlines():
    print("RFC 9535", path, *(node.value for node in jsonpath.find(path, document)))
E1
go mod init seen > /dev/null 2>&1
go get k8s.io/client-go/util/jsonpath@v0.36.3 k8s.io/apimachinery/pkg/util/json@v0.36.3 2> /dev/null
{ go run . < paths; env/bin/python find.py; } | tee seen
cat > expected <<'E1'
kubectl $.labels['app.example/name'] 
kubectl $.numbers[0:9].n error: array index out of bounds: index 8, length 2
kubectl $.numbers[?(@.port==80)].n a
kubectl $.mixed[?(@.port==80)].n error: incompatible types for comparison
kubectl $.some[?(@.port==80)].n a
RFC 9535 $.labels['app.example/name'] cart
RFC 9535 $.numbers[0:9].n a b
RFC 9535 $.numbers[?(@.port==80)].n a
RFC 9535 $.mixed[?(@.port==80)].n a
RFC 9535 $.some[?(@.port==80)].n a
E1
diff expected seen
