#!/usr/bin/env bash
# CEL in Go (github.com/google/cel-go 0.26.0, which Kubernetes 1.36 uses), Python (cel-python
# 0.5.0) and Rust (common-expression-language 0.10.0, Python bindings).
#
# Guess: all three match with engines of the RE2 family (Go's regexp, RE2 itself, Rust's regex); an
#   expression that all accept means the same in all.
# Seen: Rust reads `\\<` as the start of a word, where the others see the sign; and `&&`, `--` and
#   `~~` in a class as operations on sets, where the others see characters. Nothing warns, and what
#   was tried in Rust means something else in Envoy, whose engine is RE2.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install cel-python==0.5.0 common-expression-language==0.10.0
cat > rules <<'E1'
'<b>'.matches('\\<b')
'b'.matches('\\<b')
'a&b'.matches('^[a&&b]+$')
'shop--cart'.matches('^[a-z--]+$')
'a~b'.matches('^[a~~b]+$')
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
            print(f"{name}: {rule} is", str(bool(evaluate(rule))).lower())
        except Exception as error:
            print(f"{name}: {rule} is an error")
E1
go mod init seen > /dev/null 2>&1
go get github.com/google/cel-go/cel@v0.26.0 2> /dev/null
{ go run . < rules; env/bin/python evaluate.py; } | tee seen
cat > expected <<'E1'
Go: '<b>'.matches('\\<b') is true
Go: 'b'.matches('\\<b') is false
Go: 'a&b'.matches('^[a&&b]+$') is true
Go: 'shop--cart'.matches('^[a-z--]+$') is true
Go: 'a~b'.matches('^[a~~b]+$') is true
Python: '<b>'.matches('\\<b') is true
Python: 'b'.matches('\\<b') is false
Python: 'a&b'.matches('^[a&&b]+$') is true
Python: 'shop--cart'.matches('^[a-z--]+$') is true
Python: 'a~b'.matches('^[a~~b]+$') is true
Rust: '<b>'.matches('\\<b') is true
Rust: 'b'.matches('\\<b') is true
Rust: 'a&b'.matches('^[a&&b]+$') is false
Rust: 'shop--cart'.matches('^[a-z--]+$') is false
Rust: 'a~b'.matches('^[a~~b]+$') is false
E1
diff expected seen
