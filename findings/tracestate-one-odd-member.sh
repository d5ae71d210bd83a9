#!/usr/bin/env bash
# OpenTelemetry's W3C trace context propagators: Go (otel 1.47.0), JavaScript (@opentelemetry/core
# 2.12.1), Python (opentelemetry-api 1.45.2). Each takes `tracestate` in and sends it on.
#
# Guess: the three follow one specification, so what a tracer of another vendor keeps there comes
#   out alike behind a service in any language.
# Seen: one member that is out of form (a capital, an empty value) costs the whole list in Go and in
#   Python, and itself alone in JavaScript. Of a key given twice the first two keep nothing and the
#   third the last one, in front. Of 33 members two keep none and one the first 32. A key that
#   begins with a digit is dropped by all three, with its list or alone, unless an `@` follows.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-api==1.45.2
npm install --silent --no-fund --no-audit @opentelemetry/core@2.12.1 @opentelemetry/api@1.9.1 > /dev/null
{
  printf '%s\n' 'a=1, b=2' 'A=1,b=2' 'a=,b=2' 'a=1,b=2,a=3' '1a=1,b=2' '1a@x=1,b=2'
  for count in 32 33; do seq -f 'k%.0f=v' -s, "$count"; done
} > states
cat > go.mod <<'E1'
module send
go 1.26
require go.opentelemetry.io/otel v1.47.0
E1
cat > send.go <<'E1'
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/propagation"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		out := propagation.MapCarrier{}
		ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{
			"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
			"tracestate":  lines.Text(),
		})
		propagation.TraceContext{}.Inject(ctx, out)
		fmt.Println(out["tracestate"])
	}
}
E1
cat > send.py <<'E1'
import sys
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
both = TraceContextTextMapPropagator()
for line in sys.stdin:
    out = {}
    came = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate": line.rstrip("\n")}
    both.inject(out, context=both.extract(came))
    print(out.get("tracestate", ""))
E1
cat > send.js <<'E1'
const { W3CTraceContextPropagator } = require("@opentelemetry/core");
const { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter } = require("@opentelemetry/api");
const both = new W3CTraceContextPropagator();
for (const line of require("fs").readFileSync(0, "utf8").trimEnd().split("\n")) {
  const came = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: line };
  const out = {};
  both.inject(both.extract(ROOT_CONTEXT, came, defaultTextMapGetter), out, defaultTextMapSetter);
  console.log(out.tracestate ?? "");
}
E1
go mod tidy > tidied 2>&1
go run send.go < states > of-go
env/bin/python send.py < states > of-python 2> said
node send.js < states > of-javascript
short() { sed 's/^\(k1=v\),.*,\(k[0-9]*=v\)$/\1 … \2/; s/^$/nothing/' "$1"; }
paste -d'|' <(short states) <(short of-go) <(short of-python) <(short of-javascript) | tee seen
cat > expected <<'E1'
a=1, b=2|a=1,b=2|a=1,b=2|a=1,b=2
A=1,b=2|nothing|nothing|b=2
a=,b=2|nothing|nothing|b=2
a=1,b=2,a=3|nothing|nothing|a=3,b=2
1a=1,b=2|nothing|nothing|b=2
1a@x=1,b=2|1a@x=1,b=2|1a@x=1,b=2|1a@x=1,b=2
k1=v … k32=v|k1=v … k32=v|k1=v … k32=v|k1=v … k32=v
k1=v … k33=v|nothing|nothing|k1=v … k32=v
E1
diff expected seen
