#!/usr/bin/env bash
# gopkg.in/evanphx/json-patch.v4 4.13.0 (what the Kubernetes API server and kustomize apply JSON
# patches with), github.com/evanphx/json-patch/v5 5.9.11, python-jsonpatch 1.48.
#
# Guess: RFC 6902 says that the target of `replace` must exist and that `test` compares numbers
#   by value and fails where there is nothing. Two majors of one library agree with each other.
# Seen: in v4 `replace` with a misspelt last name creates it, and `add` without a value writes
#   null; v5 and Python refuse both. Both majors find null where nothing is, and hold 1 and 1.0
#   apart; Python does neither.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jsonpatch==1.48
cat > patches <<'E1'
[{"op": "replace", "path": "/spec/replcias", "value": 3}]
[{"op": "add", "path": "/spec/paused"}]
[{"op": "test", "path": "/spec/absent", "value": null}]
[{"op": "test", "path": "/spec/weight", "value": 1}]
E1
echo '{"spec": {"weight": 1.0}}' > document
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"
	"strings"

	v5 "github.com/evanphx/json-patch/v5"
	v4 "gopkg.in/evanphx/json-patch.v4"
)

func said(applied []byte, err error) string {
	if err != nil {
		return "refused"
	}
	return strings.ReplaceAll(string(applied), ":", ": ")
}

func main() {
	document, _ := os.ReadFile("document")
	lines, _ := os.ReadFile("patches")
	for _, line := range strings.Split(strings.TrimSpace(string(lines)), "\n") {
		four, _ := v4.DecodePatch([]byte(line))
		five, err := v5.DecodePatch([]byte(line))
		fmt.Println(line)
		fmt.Println("  v4:", said(four.Apply(document)))
		if err != nil {
			fmt.Println("  v5: refused")
			continue
		}
		fmt.Println("  v5:", said(five.Apply(document)))
	}
}
E1
cat > apply.py <<'E1'
import json, jsonpatch
for line in open("patches"):
    try:
        said = json.dumps(jsonpatch.apply_patch(json.load(open("document")), json.loads(line)))
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException):
        said = "refused"
    print(f"{line.strip()}  Python: {said}")
E1
go mod init seen > /dev/null 2>&1
go get gopkg.in/evanphx/json-patch.v4@v4.13.0 github.com/evanphx/json-patch/v5@v5.9.11 2> /dev/null
{ go run .; env/bin/python apply.py; } | tee seen
cat > expected <<'E1'
[{"op": "replace", "path": "/spec/replcias", "value": 3}]
  v4: {"spec": {"replcias": 3,"weight": 1.0}}
  v5: refused
[{"op": "add", "path": "/spec/paused"}]
  v4: {"spec": {"paused": null,"weight": 1.0}}
  v5: refused
[{"op": "test", "path": "/spec/absent", "value": null}]
  v4: {"spec": {"weight": 1.0}}
  v5: {"spec": {"weight": 1.0}}
[{"op": "test", "path": "/spec/weight", "value": 1}]
  v4: refused
  v5: refused
[{"op": "replace", "path": "/spec/replcias", "value": 3}]  Python: refused
[{"op": "add", "path": "/spec/paused"}]  Python: refused
[{"op": "test", "path": "/spec/absent", "value": null}]  Python: refused
[{"op": "test", "path": "/spec/weight", "value": 1}]  Python: {"spec": {"weight": 1.0}}
E1
diff expected seen
