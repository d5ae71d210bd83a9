#!/usr/bin/env bash
# gopkg.in/evanphx/json-patch.v4 4.13.0 (merge patches of the Kubernetes API server), Python
# json-merge-patch 0.3.0.
#
# Guess: RFC 7386 treats a list as one value: null inside a list is kept, whatever was there.
# Seen: v4 keeps the null if the field held a mapping, and removes it if the field held anything
#   else or nothing. One patch has two outcomes, chosen by what it overwrites.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install json-merge-patch==0.3.0
cat > documents <<'E1'
{"spec":{"steps":1}}
{"spec":{"steps":"none"}}
{"spec":{"steps":["a"]}}
{"spec":{"steps":{"a":1}}}
{"spec":{}}
{}
E1
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"
	"strings"

	jsonpatch "gopkg.in/evanphx/json-patch.v4"
)

func main() {
	lines, _ := os.ReadFile("documents")
	for _, line := range strings.Fields(string(lines)) {
		patch := []byte(`{"spec":{"steps":[{"name":"a","when":null}]}}`)
		merged, _ := jsonpatch.MergePatch([]byte(line), patch)
		fmt.Println("Go", line, "->", string(merged))
	}
}
E1
cat > merge.py <<'E1'
import json, json_merge_patch
for line in open("documents"):
    patch = {"spec": {"steps": [{"name": "a", "when": None}]}}
    merged = json_merge_patch.merge(json.loads(line), patch)
    print("Python", line.strip(), "->", json.dumps(merged, separators=(",", ":")))
E1
go mod init seen > /dev/null 2>&1
go get gopkg.in/evanphx/json-patch.v4@v4.13.0 2> /dev/null
{ go run .; env/bin/python merge.py; } | tee seen
cat > expected <<'E1'
Go {"spec":{"steps":1}} -> {"spec":{"steps":[{"name":"a"}]}}
Go {"spec":{"steps":"none"}} -> {"spec":{"steps":[{"name":"a"}]}}
Go {"spec":{"steps":["a"]}} -> {"spec":{"steps":[{"name":"a"}]}}
Go {"spec":{"steps":{"a":1}}} -> {"spec":{"steps":[{"name":"a","when":null}]}}
Go {"spec":{}} -> {"spec":{"steps":[{"name":"a"}]}}
Go {} -> {"spec":{"steps":[{"name":"a"}]}}
Python {"spec":{"steps":1}} -> {"spec":{"steps":[{"name":"a","when":null}]}}
Python {"spec":{"steps":"none"}} -> {"spec":{"steps":[{"name":"a","when":null}]}}
Python {"spec":{"steps":["a"]}} -> {"spec":{"steps":[{"name":"a","when":null}]}}
Python {"spec":{"steps":{"a":1}}} -> {"spec":{"steps":[{"name":"a","when":null}]}}
Python {"spec":{}} -> {"spec":{"steps":[{"name":"a","when":null}]}}
Python {} -> {"spec":{"steps":[{"name":"a","when":null}]}}
E1
diff expected seen
