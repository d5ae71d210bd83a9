#!/usr/bin/env bash
# OpenTelemetry's W3C trace context propagators: Go (otel 1.47.0), JavaScript (@opentelemetry/core
# 2.12.1), Python (opentelemetry-api 1.45.2). Each takes `traceparent` in and sends it on.
#
# Guess: flags that a version does not know are ignored or passed on; what goes out is a
#   traceparent.
# Seen: from flags 10 (hexadecimal) on JavaScript writes a zero too many, `-010`, three digits where
#   the header has two. Go drops the trace of 09 and of all above. Python passes every one on.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-api==1.45.2
npm install --silent --no-fund --no-audit @opentelemetry/core@2.12.1 @opentelemetry/api@1.9.1 > /dev/null
for flags in 01 03 09 10 ff; do
  echo "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-$flags"
done > headers
cat > main.go <<'E1'
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
		ctx := propagation.TraceContext{}.Extract(context.Background(),
			propagation.MapCarrier{"traceparent": lines.Text()})
		propagation.TraceContext{}.Inject(ctx, out)
		fmt.Println("Go", lines.Text()[53:], "->", out["traceparent"])
	}
}
E1
cat > pass.mjs <<'E1'
import { readFileSync } from "fs";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import * as api from "@opentelemetry/api";
const propagator = new W3CTraceContextPropagator();
for (const traceparent of readFileSync("headers", "utf8").trim().split("\n")) {
  const out = {};
  const context = propagator.extract(api.ROOT_CONTEXT, { traceparent }, api.defaultTextMapGetter);
  propagator.inject(context, out, api.defaultTextMapSetter);
  console.log("JavaScript", traceparent.slice(53), "->", out.traceparent);
}
E1
cat > pass.py <<'E1'
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
propagator = TraceContextTextMapPropagator()
for line in open("headers").read().split():
    out = {}
    propagator.inject(out, propagator.extract({"traceparent": line}))
    print("Python", line[53:], "->", out.get("traceparent"))
E1
go mod init seen > /dev/null 2>&1
go get go.opentelemetry.io/otel/propagation@v1.47.0 2> /dev/null
{ go run . < headers; node pass.mjs; env/bin/python pass.py; } | tee seen
cat > expected <<'E1'
Go 01 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
Go 03 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03
Go 09 -> 
Go 10 -> 
Go ff -> 
JavaScript 01 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
JavaScript 03 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03
JavaScript 09 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09
JavaScript 10 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-010
JavaScript ff -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0ff
Python 01 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
Python 03 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03
Python 09 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-09
Python 10 -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-10
Python ff -> 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff
E1
diff expected seen
