#!/usr/bin/env bash
# JMESPath, by which policies (Kyverno), the AWS command line and Ansible ask of JSON: jmespath.py
# 1.1.0; jmespath 0.16.0 and @jmespath-community/jmespath 1.3.0 (JavaScript); go-jmespath 0.4.0 and
# the community's 1.1.1 (Go).
#
# Guess: one specification with a suite of compliance tests, so one expression has one answer.
# Seen: `to_number('0x10')` is 16 in JavaScript and null elsewhere, `to_number('')` is 0 there,
#   `1_000` is a number for Python and Go, and Go reads `0x1p4`. `to_number('nan')` gives Python and Go a value that is no
#   JSON. `contains([1], true)` holds in Python alone, where `[1] == [true]` does not. Texts compare
#   by `<` in Python and in the older JavaScript; the others answer null, so a filter finds nothing.
#   `to_string` of 1.0 keeps the fraction in Python only.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jmespath==1.1.0
npm install --silent --no-fund --no-audit jmespath@0.16.0 @jmespath-community/jmespath@1.3.0 > /dev/null
cat > asked <<'E1'
to_number('0x10')
to_number('')
to_number('1_000')
to_number('0x1p4')
to_number(' 7 ')
to_number('nan')
contains(`[1]`, `true`)
'a' < 'b'
to_string(`1.0`)
E1
cat > ask.py <<'E1'
import json, sys
import jmespath
for line in sys.stdin:
    print(json.dumps(jmespath.search(line.rstrip("\n"), {})))
E1
cat > ask.js <<'E1'
const { search } = require(process.argv[2]);
for (const line of require("fs").readFileSync(0, "utf8").trimEnd().split("\n")) {
  console.log(JSON.stringify(search({}, line)));
}
E1
cat > go.mod <<'E1'
module ask
go 1.26
require (
	github.com/jmespath-community/go-jmespath v1.1.1
	github.com/jmespath/go-jmespath v0.4.0
)
E1
cat > ask.go <<'E1'
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	newer "github.com/jmespath-community/go-jmespath"
	older "github.com/jmespath/go-jmespath"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		found, err := older.Search(lines.Text(), nil)
		if os.Args[1] == "newer" {
			found, err = newer.Search(lines.Text(), nil)
		}
		text, odd := json.Marshal(found)
		if err != nil {
			text = []byte("error")
		} else if odd != nil {
			text = fmt.Append(nil, found)
		}
		fmt.Println(string(text))
	}
}
E1
go mod tidy > tidied 2>&1
go build -o ask .
env/bin/python ask.py < asked > of-python
node ask.js jmespath < asked > of-js
node ask.js @jmespath-community/jmespath < asked > of-js-community
./ask older < asked > of-go
./ask newer < asked > of-go-community
paste -d'|' asked of-python of-js of-js-community of-go of-go-community | tee seen
cat > expected <<'E1'
to_number('0x10')|null|16|16|null|null
to_number('')|null|0|0|null|null
to_number('1_000')|1000|null|null|1000|1000
to_number('0x1p4')|null|null|null|16|16
to_number(' 7 ')|7|7|7|null|null
to_number('nan')|NaN|null|null|NaN|NaN
contains(`[1]`, `true`)|true|false|false|false|false
'a' < 'b'|true|true|null|null|null
to_string(`1.0`)|"1.0"|"1"|"1"|"1"|"1"
E1
diff expected seen
