#!/usr/bin/env bash
# B3, the older headers of traces, which meshes still send beside W3C's: OpenTelemetry's propagators
# in Go (contrib b3 1.46.0), JavaScript (propagator-b3 2.12.0) and Python (propagator-b3 1.45.1).
#
# Guess: one header in three languages names one trace, sampled or not alike.
# Seen: a single header that leaves the decision to whoever receives it (no third field) is sampled
#   in Python, and not in Go and JavaScript; as several headers the same is not sampled in Python
#   either. `true` for 1 in the single header is sampled in Python, not sampled in JavaScript and no
#   trace at all in Go; as several headers all three take it. Capitals in an id are the same id for
#   Python and the end of the trace for both others. JavaScript alone fills up an id of 15 digits.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-api==1.45.2 opentelemetry-sdk==1.45.2 opentelemetry-propagator-b3==1.45.1
npm install --silent --no-fund --no-audit @opentelemetry/propagator-b3@2.12.0 @opentelemetry/api@1.9.1 > /dev/null
cat > headers <<'E1'
b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1
b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331
b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-true
b3=0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-1
x-b3-traceid=0af7651916cd43dd8448eb211c80319c x-b3-spanid=b7ad6b7169203331
x-b3-traceid=0af7651916cd43dd8448eb211c80319c x-b3-spanid=b7ad6b7169203331 x-b3-sampled=true
x-b3-traceid=448eb211c80319c x-b3-spanid=b7ad6b7169203331 x-b3-sampled=1
E1
cat > take.py <<'E1'
import sys
from opentelemetry import trace
from opentelemetry.propagators.b3 import B3MultiFormat
for line in sys.stdin:
    came = dict(one.split("=") for one in line.split())
    context = trace.get_current_span(B3MultiFormat().extract(came)).get_span_context()
    print(f"{context.trace_id:032x} {context.trace_flags:d}" if context.is_valid else "no trace")
E1
cat > take.js <<'E1'
const { B3Propagator } = require("@opentelemetry/propagator-b3");
const { ROOT_CONTEXT, defaultTextMapGetter, trace } = require("@opentelemetry/api");
for (const line of require("fs").readFileSync(0, "utf8").trimEnd().split("\n")) {
  const came = Object.fromEntries(line.split(" ").map((one) => one.split("=")));
  const context = trace.getSpanContext(new B3Propagator().extract(ROOT_CONTEXT, came, defaultTextMapGetter));
  console.log(context ? `${context.traceId} ${context.traceFlags}` : "no trace");
}
E1
cat > go.mod <<'E1'
module take
go 1.26
require go.opentelemetry.io/contrib/propagators/b3 v1.46.0
E1
cat > take.go <<'E1'
package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"

	"go.opentelemetry.io/contrib/propagators/b3"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		came := http.Header{}
		for _, one := range strings.Fields(lines.Text()) {
			name, value, _ := strings.Cut(one, "=")
			came.Set(name, value)
		}
		got := trace.SpanContextFromContext(b3.New().Extract(context.Background(), propagation.HeaderCarrier(came)))
		if got.IsValid() {
			fmt.Println(got.TraceID(), int(got.TraceFlags()))
		} else {
			fmt.Println("no trace")
		}
	}
}
E1
go mod tidy > tidied 2>&1
go run . < headers > of-go
node take.js < headers > of-javascript
env/bin/python take.py < headers > of-python
paste -d'|' headers of-go of-javascript of-python | tee seen
cat > expected <<'E1'
b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1|0af7651916cd43dd8448eb211c80319c 1|0af7651916cd43dd8448eb211c80319c 1|0af7651916cd43dd8448eb211c80319c 1
b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331|0af7651916cd43dd8448eb211c80319c 0|0af7651916cd43dd8448eb211c80319c 0|0af7651916cd43dd8448eb211c80319c 1
b3=0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-true|no trace|0af7651916cd43dd8448eb211c80319c 0|0af7651916cd43dd8448eb211c80319c 1
b3=0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-1|no trace|no trace|0af7651916cd43dd8448eb211c80319c 1
x-b3-traceid=0af7651916cd43dd8448eb211c80319c x-b3-spanid=b7ad6b7169203331|0af7651916cd43dd8448eb211c80319c 0|0af7651916cd43dd8448eb211c80319c 0|0af7651916cd43dd8448eb211c80319c 0
x-b3-traceid=0af7651916cd43dd8448eb211c80319c x-b3-spanid=b7ad6b7169203331 x-b3-sampled=true|0af7651916cd43dd8448eb211c80319c 1|0af7651916cd43dd8448eb211c80319c 1|0af7651916cd43dd8448eb211c80319c 1
x-b3-traceid=448eb211c80319c x-b3-spanid=b7ad6b7169203331 x-b3-sampled=1|no trace|00000000000000000448eb211c80319c 1|no trace
E1
diff expected seen
