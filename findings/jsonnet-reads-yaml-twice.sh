#!/usr/bin/env bash
# std.parseYaml of Jsonnet, by which Tanka and others take manifests in: the two implementations
# of the one language, C++ (jsonnet 0.22.0 on PyPI) and Go (go-jsonnet 0.21.0).
#
# Guess: the language has one standard library, so a manifest reads alike in both.
# Seen: C++ knows no alias, no `~` and no tag: `*x` is a text, `~` a text of one character, and `!!str 5` the
#   number 5. Go reads YAML 1.1: `012` is 10 and `on` is true, which are texts in C++. A last `---` is a document more in C++.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jsonnet==0.22.0
cat > documents <<'E1'
a: &x {b: 1}\nc: *x
a: ~
a: !!str 5
a: 012
a: on
a: 1_000
a: 1\n---\n
a: 1e3
E1
cat > read.py <<'E1'
import json, sys
import _jsonnet
for line in sys.stdin:
    text = _jsonnet.evaluate_snippet("s", f'std.parseYaml("{line.rstrip()}")')
    print(json.dumps(json.loads(text)))
E1
cat > go.mod <<'E1'
module read
go 1.26
require github.com/google/go-jsonnet v0.21.0
E1
cat > read.go <<'E1'
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/google/go-jsonnet"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		text, err := jsonnet.MakeVM().EvaluateAnonymousSnippet("s", `std.parseYaml("`+lines.Text()+`")`)
		var value any
		if err != nil || json.Unmarshal([]byte(text), &value) != nil {
			fmt.Println("error")
			continue
		}
		again, _ := json.Marshal(value)
		fmt.Println(strings.NewReplacer(":", ": ", ",", ", ").Replace(string(again)))
	}
}
E1
go mod tidy > tidied 2>&1
go run . < documents > of-go
env/bin/python read.py < documents > of-cpp 2> told
paste -d'|' documents of-cpp of-go | tee seen
cat > expected <<'E1'
a: &x {b: 1}\nc: *x|{"a": {"b": 1}, "c": "*x"}|{"a": {"b": 1}, "c": {"b": 1}}
a: ~|{"a": "~"}|{"a": null}
a: !!str 5|{"a": 5}|{"a": "5"}
a: 012|{"a": "012"}|{"a": 10}
a: on|{"a": "on"}|{"a": true}
a: 1_000|{"a": "1_000"}|{"a": 1000}
a: 1\n---\n|[{"a": 1}, null]|[{"a": 1}]
a: 1e3|{"a": 1000}|{"a": 1000}
E1
diff expected seen
