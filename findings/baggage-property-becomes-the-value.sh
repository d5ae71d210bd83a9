#!/usr/bin/env bash
# OpenTelemetry's W3C baggage propagators: Go (otel 1.47.0), JavaScript (@opentelemetry/core 2.12.1)
# and Python (opentelemetry-api 1.45.2). Each takes a header in and sends it on.
#
# Guess: `lane=test;ttl=60` is lane "test" with a property, in every language, and a service that
#   only passes baggage on changes no value. A plus sign is a plus sign.
# Seen: in Python the property is part of the value, and is sent on encoded, so that behind one
#   Python service every other language reads the lane "test;ttl=60" as well. Python reads `a+b`
#   as "a b"; JavaScript drops a member whose value is empty. All other rows agree.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-api==1.45.2
npm install --silent --no-fund --no-audit @opentelemetry/core@2.12.1 @opentelemetry/api@1.9.1 > /dev/null
printf '%s\n' 'lane=test' 'lane=test;ttl=60' 'lane=a+b' 'lane=' > headers
cat > main.go <<'E1'
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		in, out := propagation.MapCarrier{"baggage": lines.Text()}, propagation.MapCarrier{}
		ctx := propagation.Baggage{}.Extract(context.Background(), in)
		propagation.Baggage{}.Inject(ctx, out)
		value := baggage.FromContext(ctx).Member("lane").Value()
		fmt.Printf("Go %s: lane %q, on %s\n", lines.Text(), value, out["baggage"])
	}
}
E1
cat > pass.mjs <<'E1'
import { readFileSync } from "fs";
import { W3CBaggagePropagator } from "@opentelemetry/core";
import * as api from "@opentelemetry/api";
const propagator = new W3CBaggagePropagator();
for (const baggage of readFileSync("headers", "utf8").trim().split("\n")) {
  const out = {};
  const context = propagator.extract(api.ROOT_CONTEXT, { baggage }, api.defaultTextMapGetter);
  propagator.inject(context, out, api.defaultTextMapSetter);
  const value = JSON.stringify(api.propagation.getBaggage(context)?.getEntry("lane")?.value);
  console.log(`JavaScript ${baggage}: lane ${value}, on ${out.baggage}`);
}
E1
cat > pass.py <<'E1'
import json
from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator
propagator = W3CBaggagePropagator()
for line in open("headers").read().splitlines():
    out = {}
    context = propagator.extract({"baggage": line})
    propagator.inject(out, context)
    value = json.dumps(baggage.get_baggage("lane", context))
    print(f"Python {line}: lane {value}, on {out.get('baggage')}")
E1
go mod init seen > /dev/null 2>&1
go get go.opentelemetry.io/otel/propagation@v1.47.0 2> /dev/null
{ go run . < headers; node pass.mjs; env/bin/python pass.py; } | tee seen
cat > expected <<'E1'
Go lane=test: lane "test", on lane=test
Go lane=test;ttl=60: lane "test", on lane=test;ttl=60
Go lane=a+b: lane "a+b", on lane=a+b
Go lane=: lane "", on lane=
JavaScript lane=test: lane "test", on lane=test
JavaScript lane=test;ttl=60: lane "test", on lane=test;ttl=60
JavaScript lane=a+b: lane "a+b", on lane=a%2Bb
JavaScript lane=: lane undefined, on undefined
Python lane=test: lane "test", on lane=test
Python lane=test;ttl=60: lane "test;ttl=60", on lane=test%3Bttl%3D60
Python lane=a+b: lane "a b", on lane=a+b
Python lane=: lane "", on lane=
E1
diff expected seen
