#!/usr/bin/env bash
# CEL in Go (github.com/google/cel-go 0.26.0, which Kubernetes 1.36 uses), Python (cel-python
# 0.5.0) and Rust (common-expression-language 0.10.0, Python bindings).
#
# Guess: an implementation that follows CEL's rule that `||` and `&&` forgive an error on one side
#   if the other side decides, follows it in `exists` and `all` too, which are defined by them.
# Seen: Rust forgives in `||` and `&&`, but in the macros the order of the list decides: an error
#   before the answer is an error, after the answer it is not seen. Go and Python answer always.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install cel-python==0.5.0 common-expression-language==0.10.0
cat > rules <<'E1'
(1 / 0 > 0) || true
[1, 0].exists(x, 1 / x == 1)
[0, 1].exists(x, 1 / x == 1)
[1, 0].all(x, 1 / x == 2)
[0, 1].all(x, 1 / x == 2)
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
Go: (1 / 0 > 0) || true is true
Go: [1, 0].exists(x, 1 / x == 1) is true
Go: [0, 1].exists(x, 1 / x == 1) is true
Go: [1, 0].all(x, 1 / x == 2) is false
Go: [0, 1].all(x, 1 / x == 2) is false
Python: (1 / 0 > 0) || true is true
Python: [1, 0].exists(x, 1 / x == 1) is true
Python: [0, 1].exists(x, 1 / x == 1) is true
Python: [1, 0].all(x, 1 / x == 2) is false
Python: [0, 1].all(x, 1 / x == 2) is false
Rust: (1 / 0 > 0) || true is true
Rust: [1, 0].exists(x, 1 / x == 1) is true
Rust: [0, 1].exists(x, 1 / x == 1) is an error
Rust: [1, 0].all(x, 1 / x == 2) is false
Rust: [0, 1].all(x, 1 / x == 2) is an error
E1
diff expected seen
