#!/usr/bin/env bash
# OTEL_PROPAGATORS, one variable that a platform sets for services in all languages: Python
# (opentelemetry-api 1.45.2), JavaScript (@opentelemetry/sdk-node 0.223.0), Go (contrib autoprop
# 0.72.0). Shown are the headers that a service then carries on.
#
# Guess: the names are the specification's, and what one SDK does not know all pass over alike.
# Seen: a name in capitals or a misspelt one stops a Python service at its first import, is left out
#   in JavaScript, so that of one name nothing is carried, and gives Go its default, if it knows none of
#   them, and else the rest. A space behind the comma is nothing to Python and JavaScript; Go takes
#   ` baggage` for an unknown name, so that a lane in the baggage ends there.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-api==1.45.2
npm install --silent --no-fund --no-audit @opentelemetry/sdk-node@0.223.0 @opentelemetry/api@1.9.1 > /dev/null
cat > fields.py <<'E1'
try:
    from opentelemetry import propagate
    print(" ".join(sorted(propagate.get_global_textmap().fields)))
except ValueError:
    print("does not start")
E1
cat > fields.js <<'E1'
const { NodeSDK } = require("@opentelemetry/sdk-node");
const { propagation } = require("@opentelemetry/api");
new NodeSDK({ instrumentations: [] }).start();
console.log(propagation.fields().sort().join(" ") || "nothing");
process.exit(0);
E1
cat > go.mod <<'E1'
module fields
go 1.26
require go.opentelemetry.io/contrib/propagators/autoprop v0.72.0
E1
cat > fields.go <<'E1'
package main

import (
	"fmt"
	"sort"
	"strings"

	"go.opentelemetry.io/contrib/propagators/autoprop"
)

func main() {
	fields := autoprop.NewTextMapPropagator().Fields()
	sort.Strings(fields)
	fmt.Println(strings.Join(fields, " "))
}
E1
go mod tidy > tidied 2>&1
go build -o fields .
export OTEL_TRACES_EXPORTER=none OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none
for names in tracecontext,baggage 'tracecontext, baggage' tracecontext,Baggage TraceContext; do
  export OTEL_PROPAGATORS=$names
  echo "$names|$(env/bin/python fields.py 2> told)|$(node fields.js 2> told)|$(./fields 2> told)"
done | tee seen
cat > expected <<'E1'
tracecontext,baggage|baggage traceparent tracestate|baggage traceparent tracestate|baggage traceparent tracestate
tracecontext, baggage|baggage traceparent tracestate|baggage traceparent tracestate|traceparent tracestate
tracecontext,Baggage|does not start|traceparent tracestate|traceparent tracestate
TraceContext|does not start|nothing|baggage traceparent tracestate
E1
diff expected seen
