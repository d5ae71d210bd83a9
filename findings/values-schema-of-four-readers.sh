#!/usr/bin/env bash
# JSON Schema, in which a chart (values.schema.json) says what it takes: santhosh-tekuri/jsonschema
# 6.0.3 (Go; Helm's), ajv 8.20.0 with ajv-formats 3.0.1 (JavaScript), jsonschema 4.26.0 (Python) and
# jsonschema-rs 0.61.2 (Rust, by its binding).
#
# Guess: four that pass the test suite of JSON Schema, with the draft named, give one answer.
# Seen: beside a `$ref` in draft 7 the `maximum` holds in ajv alone, so a check in an editor or in
#   Node refuses what Helm installs. `\d` and `\w` take signs of all scripts in Python, and `\S` takes
#   a no-break space in Go. A pattern with `(?!` is an error in Helm, one with `\-` in ajv, one with
#   `\p{L}` in Python. Beyond 2^53 ajv takes another number for the same. `dependencies` of 2020-12
#   are heard by all but Python; a format of 2020-12 by ajv alone, of draft 7 by all but Python. A
#   misspelt `maxlength` is told by ajv only.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jsonschema==4.26.0 jsonschema-rs==0.61.2
npm install --silent --no-fund --no-audit ajv@8.20.0 ajv-formats@3.0.1 > /dev/null
cat > asked <<'E1'
7	{"properties": {"a": {"$ref": "#/definitions/n", "maximum": 5}}, "definitions": {"n": {"type": "integer"}}}	{"a": 7}
7	{"pattern": "^\\d+$"}	"\u0661"
7	{"pattern": "^\\w+$"}	"caf\u00e9"
7	{"pattern": "^\\S+$"}	"a\u00a0b"
7	{"pattern": "^(?!kube-)"}	"shop"
7	{"pattern": "^shop\\-eu$"}	"shop-eu"
7	{"pattern": "^\\p{L}+$"}	"shop"
7	{"const": 9007199254740992}	9007199254740993
7	{"maximum": 9007199254740992}	9007199254740993
7	{"format": "ipv4"}	"shop"
2020-12	{"format": "ipv4"}	"shop"
2020-12	{"dependencies": {"a": ["b"]}}	{"a": 1}
7	{"maxlength": 2}	"shop"
E1
cat > check.py <<'E1'
import json
import jsonschema_rs
from jsonschema import Draft7Validator, Draft202012Validator

def said(ask):
    try:
        return "yes" if ask() else "no"
    except Exception:
        return "error"

def of_python(draft, schema, value):
    validator = Draft7Validator if draft == "7" else Draft202012Validator
    validator.check_schema(schema)
    return validator(schema).is_valid(value)

def of_rust(draft, schema, value):
    validator = jsonschema_rs.Draft7Validator if draft == "7" else jsonschema_rs.Draft202012Validator
    return validator(schema).is_valid(value)

for line in open("asked"):
    draft, schema, value = line.split("\t")
    asked = draft, json.loads(schema), json.loads(value)
    print(said(lambda: of_python(*asked)), said(lambda: of_rust(*asked)), sep="|")
E1
cat > check.js <<'E1'
const drafts = { 7: require("ajv").default, "2020-12": require("ajv/dist/2020").default };
const addFormats = require("ajv-formats").default;
for (const line of require("fs").readFileSync("asked", "utf8").trim().split("\n")) {
  const [draft, schema, value] = line.split("\t");
  try {
    const ajv = addFormats(new drafts[draft]({ logger: false }));
    console.log(ajv.validate(JSON.parse(schema), JSON.parse(value)) ? "yes" : "no");
  } catch {
    console.log("error");
  }
}
E1
cat > go.mod <<'E1'
module check
go 1.26
require github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
E1
cat > check.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func read(text string) any {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		asked := strings.Split(lines.Text(), "\t")
		compiler := jsonschema.NewCompiler()
		compiler.DefaultDraft(map[string]*jsonschema.Draft{"7": jsonschema.Draft7, "2020-12": jsonschema.Draft2020}[asked[0]])
		if err := compiler.AddResource("schema.json", read(asked[1])); err != nil {
			panic(err)
		}
		schema, err := compiler.Compile("schema.json")
		if err != nil {
			fmt.Println("error")
		} else if schema.Validate(read(asked[2])) != nil {
			fmt.Println("no")
		} else {
			fmt.Println("yes")
		}
	}
}
E1
go mod tidy > tidied 2>&1
go run check.go < asked > of-go
node check.js > of-javascript
env/bin/python check.py > of-python
{
  echo 'draft|schema|value|Go|JavaScript|Python|Rust'
  paste -d'|' <(tr '\t' '|' < asked) of-go of-javascript of-python
} | tee seen
cat > expected <<'E1'
draft|schema|value|Go|JavaScript|Python|Rust
7|{"properties": {"a": {"$ref": "#/definitions/n", "maximum": 5}}, "definitions": {"n": {"type": "integer"}}}|{"a": 7}|yes|no|yes|yes
7|{"pattern": "^\\d+$"}|"\u0661"|no|no|yes|no
7|{"pattern": "^\\w+$"}|"caf\u00e9"|no|no|yes|no
7|{"pattern": "^\\S+$"}|"a\u00a0b"|yes|no|no|no
7|{"pattern": "^(?!kube-)"}|"shop"|error|yes|yes|yes
7|{"pattern": "^shop\\-eu$"}|"shop-eu"|yes|error|yes|yes
7|{"pattern": "^\\p{L}+$"}|"shop"|yes|yes|error|yes
7|{"const": 9007199254740992}|9007199254740993|no|yes|no|no
7|{"maximum": 9007199254740992}|9007199254740993|no|yes|no|no
7|{"format": "ipv4"}|"shop"|no|no|yes|no
2020-12|{"format": "ipv4"}|"shop"|yes|no|yes|yes
2020-12|{"dependencies": {"a": ["b"]}}|{"a": 1}|no|no|yes|no
7|{"maxlength": 2}|"shop"|yes|error|yes|yes
E1
diff expected seen
