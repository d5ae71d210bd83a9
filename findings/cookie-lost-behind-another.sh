#!/usr/bin/env bash
# The cookie `lane` out of one Cookie header, read by http.cookies of Python 3.11, werkzeug 3.1.9
# and aiohttp 3.14.5, cookie 2.0.2 for Node, and net/http of Go 1.26.
#
# Guess: browsers send the cookies of all programs of a host in one header; one that is out of form
#   costs itself, and of two alike everybody takes the first.
# Seen: behind a cookie with quotes in braces, or without a value, Python's http.cookies finds none.
#   Of two alike Python and aiohttp take the last and the others the first. `%2F` is a slash in Node
#   alone. Quotes are a part of the value in Node and of no value elsewhere; a semicolon within them
#   ends the value in Node, belongs to it in Python, and costs Go the cookie.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install werkzeug==3.1.9 aiohttp==3.14.5
npm install --silent --no-fund --no-audit cookie@2.0.2 > /dev/null
cat > headers <<'E1'
lane=test; cart=1
lane=test; lane=perf
lane=test; seen=[1, 2]
note={"a":1}; lane=test
agreed; lane=test
lane=test%2Flogin
lane="test"
lane="te;st"
E1
cat > read.py <<'E1'
import sys
from http.cookies import SimpleCookie
from aiohttp.test_utils import make_mocked_request
from werkzeug.http import parse_cookie
read = {
    "python": lambda header: {name: one.value for name, one in SimpleCookie(header).items()},
    "werkzeug": parse_cookie,
    "aiohttp": lambda header: make_mocked_request("GET", "/", headers={"Cookie": header}).cookies,
}[sys.argv[1]]
for line in sys.stdin:
    print(read(line.rstrip("\n")).get("lane", "none"))
E1
cat > read.js <<'E1'
const { parseCookie } = require("cookie");
for (const line of require("fs").readFileSync(0, "utf8").trimEnd().split("\n")) {
  console.log(parseCookie(line).lane ?? "none");
}
E1
cat > go.mod <<'E1'
module read
go 1.26
E1
cat > read.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		asked := &http.Request{Header: http.Header{"Cookie": {lines.Text()}}}
		if lane, err := asked.Cookie("lane"); err != nil {
			fmt.Println("none")
		} else {
			fmt.Println(lane.Value)
		}
	}
}
E1
for name in python werkzeug aiohttp; do env/bin/python read.py "$name" < headers > "of-$name" 2> told; done
node read.js < headers > of-node
go run read.go < headers > of-go
paste -d'|' headers of-python of-werkzeug of-aiohttp of-node of-go | tee seen
cat > expected <<'E1'
lane=test; cart=1|test|test|test|test|test
lane=test; lane=perf|perf|test|perf|test|test
lane=test; seen=[1, 2]|test|test|test|test|test
note={"a":1}; lane=test|none|test|test|test|test
agreed; lane=test|none|test|test|test|test
lane=test%2Flogin|test%2Flogin|test%2Flogin|test%2Flogin|test/login|test%2Flogin
lane="test"|test|test|test|"test"|test
lane="te;st"|te;st|te;st|te;st|"te|none
E1
diff expected seen
