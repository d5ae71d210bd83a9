#!/usr/bin/env bash
# CEL in Go (github.com/google/cel-go 0.26.0, which Kubernetes 1.36 uses), Python (cel-python
# 0.5.0) and Rust (common-expression-language 0.10.0, Python bindings).
#
# Guess: `string(x)` of a duration, a truth value or a number is the same text everywhere; rules and
#   names that are built with it can be tried in any of the three.
# Seen: hardly one line agrees. cel-python cuts 1.5 seconds to `1s` and 100 milliseconds off a time;
#   Rust writes 90 seconds as `1m30s`, has no text of a truth value and writes large numbers out.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install cel-python==0.5.0 common-expression-language==0.10.0
cat > rules <<'E1'
string(duration('90s'))
string(duration('1.5s'))
string(timestamp('2024-01-01T00:00:00.1Z'))
string(true)
string(1.0)
string(100000000.0)
E1
cat > main.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/google/cel-go/cel"
)

func main() {
	env, _ := cel.NewEnv()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		ast, _ := env.Compile(lines.Text())
		program, _ := env.Program(ast)
		value, _, err := program.Eval(map[string]any{})
		if err != nil {
			value = nil
		}
		fmt.Println("Go:", lines.Text(), "is", value)
	}
}
E1
cat > evaluate.py <<'E1'
import cel, celpy
def python(rule):
    environment = celpy.Environment()
    return environment.program(environment.compile(rule)).evaluate({})
for name, evaluate in ("Python", python), ("Rust", cel.evaluate):
    for rule in open("rules").read().splitlines():
        try:
            print(f"{name}: {rule} is", evaluate(rule))
        except Exception as error:
            print(f"{name}: {rule} is an error")
E1
go mod init seen > /dev/null 2>&1
go get github.com/google/cel-go/cel@v0.26.0 2> /dev/null
{ go run . < rules; env/bin/python evaluate.py; } | tee seen
cat > expected <<'E1'
Go: string(duration('90s')) is 90s
Go: string(duration('1.5s')) is 1.5s
Go: string(timestamp('2024-01-01T00:00:00.1Z')) is 2024-01-01T00:00:00.1Z
Go: string(true) is true
Go: string(1.0) is 1
Go: string(100000000.0) is 1e+08
Python: string(duration('90s')) is 90s
Python: string(duration('1.5s')) is 1s
Python: string(timestamp('2024-01-01T00:00:00.1Z')) is 2024-01-01T00:00:00Z
Python: string(true) is True
Python: string(1.0) is 1.0
Python: string(100000000.0) is 100000000.0
Rust: string(duration('90s')) is 1m30s
Rust: string(duration('1.5s')) is 1.5s
Rust: string(timestamp('2024-01-01T00:00:00.1Z')) is 2024-01-01T00:00:00.100+00:00
Rust: string(true) is an error
Rust: string(1.0) is 1
Rust: string(100000000.0) is 100000000
E1
diff expected seen
