#!/usr/bin/env bash
# `test` and indices of JSON Patch (RFC 6902), by which Kustomize, Kubernetes and its clients edit
# manifests: evanphx/json-patch v4.13.0 (what Kubernetes and Kustomize use) and v5.9.11 in Go; jsonpatch 1.48 in
# Python; fast-json-patch 3.1.1 and rfc6902 5.4.0 in JavaScript.
#
# Guess: `test` compares numbers by value, as the specification says, and fails where there is
#   nothing; an index that is none is an error.
# Seen: Go compares digits, so 10 is not 10.0 and a patch that is right elsewhere is refused; and a
#   test for null passes where the path does not exist. The index `-1` is the last item in Go and
#   an error in two others; in rfc6902 it succeeds and changes nothing, as `01` and `x` do there. `01` is the
#   second item in Go, where a path without its first slash loses its first word.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jsonpatch==1.48
npm install --silent --no-fund --no-audit fast-json-patch@3.1.1 rfc6902@5.4.0 > /dev/null
printf '%s' '{"a":[10,20]}' > document
cat > patches <<'E1'
{"op":"test","path":"/a/0","value":10.0}
{"op":"test","path":"/b","value":null}
{"op":"replace","path":"/a/-1","value":0}
{"op":"replace","path":"/a/01","value":0}
{"op":"replace","path":"/a/x","value":0}
{"op":"add","path":"a/-","value":30}
E1
cat > apply.py <<'E1'
import json, sys
import jsonpatch
document = json.load(open("document"))
for line in sys.stdin:
    try:
        print(json.dumps(jsonpatch.apply_patch(document, [json.loads(line)]), separators=(",", ":")))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        print("error")
E1
cat > apply.js <<'E1'
const { readFileSync } = require("fs");
const apply = {
  "fast-json-patch": (library, document, patch) => library.applyPatch(document, [patch], true).newDocument,
  rfc6902: (library, document, patch) => {
    const [error] = library.applyPatch(document, [patch]);
    if (error) throw error;
    return document;
  },
}[process.argv[2]];
const library = require(process.argv[2]);
for (const line of readFileSync(0, "utf8").trimEnd().split("\n")) {
  try {
    console.log(JSON.stringify(apply(library, JSON.parse(readFileSync("document")), JSON.parse(line))));
  } catch {
    console.log("error");
  }
}
E1
cat > go.mod <<'E1'
module apply
go 1.26
require (
	github.com/evanphx/json-patch/v5 v5.9.11
	gopkg.in/evanphx/json-patch.v4 v4.13.0
)
E1
cat > apply.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"

	newer "github.com/evanphx/json-patch/v5"
	older "gopkg.in/evanphx/json-patch.v4"
)

func applied(patch, document []byte) ([]byte, error) {
	if os.Args[1] == "v4" {
		steps, err := older.DecodePatch(patch)
		if err != nil {
			return nil, err
		}
		return steps.Apply(document)
	}
	steps, err := newer.DecodePatch(patch)
	if err != nil {
		return nil, err
	}
	return steps.Apply(document)
}

func main() {
	document, _ := os.ReadFile("document")
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		after, err := applied([]byte("["+lines.Text()+"]"), document)
		if err != nil {
			after = []byte("error")
		}
		fmt.Println(string(after))
	}
}
E1
go mod tidy > tidied 2>&1
go build -o apply .
./apply v4 < patches > of-go4
./apply v5 < patches > of-go5
env/bin/python apply.py < patches > of-python
node apply.js fast-json-patch < patches > of-fast
node apply.js rfc6902 < patches > of-rfc6902
paste -d'|' patches of-go4 of-go5 of-python of-fast of-rfc6902 | tee seen
cat > expected <<'E1'
{"op":"test","path":"/a/0","value":10.0}|error|error|{"a":[10,20]}|{"a":[10,20]}|{"a":[10,20]}
{"op":"test","path":"/b","value":null}|{"a":[10,20]}|{"a":[10,20]}|error|error|error
{"op":"replace","path":"/a/-1","value":0}|{"a":[10,0]}|{"a":[10,0]}|error|error|{"a":[10,20]}
{"op":"replace","path":"/a/01","value":0}|{"a":[10,0]}|{"a":[10,0]}|error|error|{"a":[10,20]}
{"op":"replace","path":"/a/x","value":0}|error|error|error|error|{"a":[10,20]}
{"op":"add","path":"a/-","value":30}|{"-":30,"a":[10,20]}|{"a":[10,20],"-":30}|error|error|error
E1
diff expected seen
