#!/usr/bin/env bash
# k8s.io/kube-openapi v0.0.0-20260317180543-43fb72c5454a (the validator of custom resources in
# Kubernetes 1.36): `format: duration` in a CRD.
#
# Guess: the format means Go's durations, as the API's own fields do, or ISO 8601, as JSON Schema
#   has it; what belongs to the other notation is refused.
# Seen: ISO durations are accepted and read by the pieces that look like Go's or Scala's: PT0.5S
#   is five seconds, P1DT2H two hours, P1M (a month) one minute. Whatever follows is ignored.
#   CEL rules of the CRD get these values.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"fmt"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"k8s.io/kube-openapi/pkg/validation/strfmt"
	"k8s.io/kube-openapi/pkg/validation/validate"
)

func main() {
	schema := &spec.Schema{}
	schema.Typed("string", "duration")
	for _, text := range []string{
		"500ms", "1d", "1 week", "PT5S", "PT0.5S", "P1DT2H", "P1M", "P1Y", "1h or so", "90",
	} {
		valid := validate.NewSchemaValidator(schema, nil, "", strfmt.Default).Validate(text).IsValid()
		length, _ := strfmt.ParseDuration(text)
		fmt.Printf("%s: valid %v, %v\n", text, valid, length)
	}
}
E1
go mod init seen > /dev/null 2>&1
go get k8s.io/kube-openapi/pkg/validation/validate@v0.0.0-20260317180543-43fb72c5454a 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
500ms: valid true, 500ms
1d: valid true, 24h0m0s
1 week: valid true, 168h0m0s
PT5S: valid true, 5s
PT0.5S: valid true, 5s
P1DT2H: valid true, 2h0m0s
P1M: valid true, 1m0s
P1Y: valid false, 0s
1h or so: valid true, 1h0m0s
90: valid false, 0s
E1
diff expected seen
