#!/usr/bin/env bash
# k8s.io/kube-openapi v0.0.0-20260317180543-43fb72c5454a (the validator of custom resources in
# Kubernetes 1.36), Python jsonschema 4.26.0 and jsonschema-rs 0.61.2.
#
# Guess: 19.99 is a multiple of 0.01 and 0.3 one of 0.1 for every validator, or, since numbers are
#   binary, the three agree on which decimals are not.
# Seen: no two agree. Kubernetes takes 0.3 and refuses 19.99, jsonschema refuses both,
#   jsonschema-rs takes both. A price that a check before the commit takes, the server refuses.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install jsonschema==4.26.0 jsonschema-rs==0.61.2
cat > main.go <<'E1'
package main

import (
	"fmt"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
)

func main() {
	for _, c := range [][2]float64{{0.3, 0.1}, {1.1, 0.01}, {4.35, 0.01}, {19.99, 0.01}, {0.35, 0.1}} {
		schema := &spec.Schema{}
		schema.Typed("number", "").WithMultipleOf(c[1])
		valid := validate.NewSchemaValidator(schema, nil, "", strfmt.Default).Validate(c[0]).IsValid()
		fmt.Println("Kubernetes", c[0], "of", c[1], valid)
	}
}
E1
cat > validate.py <<'E1'
import jsonschema, jsonschema_rs
for library in jsonschema, jsonschema_rs:
    for value, step in (0.3, 0.1), (1.1, 0.01), (4.35, 0.01), (19.99, 0.01), (0.35, 0.1):
        validator = library.Draft202012Validator({"type": "number", "multipleOf": step})
        valid = str(validator.is_valid(value)).lower()
        print(library.__name__, value, "of", step, valid)
E1
go mod init seen > /dev/null 2>&1
go get k8s.io/kube-openapi/pkg/validation/validate@v0.0.0-20260317180543-43fb72c5454a 2> /dev/null
{ go run .; env/bin/python validate.py; } | tee seen
cat > expected <<'E1'
Kubernetes 0.3 of 0.1 true
Kubernetes 1.1 of 0.01 true
Kubernetes 4.35 of 0.01 false
Kubernetes 19.99 of 0.01 false
Kubernetes 0.35 of 0.1 false
jsonschema 0.3 of 0.1 false
jsonschema 1.1 of 0.01 true
jsonschema 4.35 of 0.01 false
jsonschema 19.99 of 0.01 false
jsonschema 0.35 of 0.1 false
jsonschema_rs 0.3 of 0.1 true
jsonschema_rs 1.1 of 0.01 true
jsonschema_rs 4.35 of 0.01 true
jsonschema_rs 19.99 of 0.01 true
jsonschema_rs 0.35 of 0.1 false
E1
diff expected seen
