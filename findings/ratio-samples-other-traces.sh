#!/usr/bin/env bash
# OpenTelemetry's sampler TraceIdRatioBased (OTEL_TRACES_SAMPLER=traceidratio) in Go 1.47.0,
# JavaScript 2.12.1 and Python 1.45.2, asked about the same thousand trace ids.
#
# Guess: the decision is a function of the trace id, so that services with one ratio keep the same
#   traces whole, and one with a higher ratio keeps those of the lower as well.
# Seen: Go and Python keep the same traces, and JavaScript others, as if by a throw of its own: at a
#   ratio of 0.1 each keeps about 104 of 1000 and 14 are kept by all three; at 0.01 it is one. Of the
#   traces that Go keeps at 0.1 JavaScript at 0.5 keeps the half. Services that decide for
#   themselves (without parentbased_) keep broken traces, though each ratio is what was asked for.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-sdk==1.45.2
npm install --silent --no-fund --no-audit @opentelemetry/sdk-trace-base@2.12.1 @opentelemetry/api@1.9.1 > /dev/null
python3 -c '
from hashlib import sha256
for number in range(1000):
    print(sha256(str(number).encode()).hexdigest()[:32])
' > traces
cat > keep.py <<'E1'
import sys
from opentelemetry.sdk.trace.sampling import Decision, TraceIdRatioBased
sampler = TraceIdRatioBased(float(sys.argv[1]))
for line in sys.stdin:
    if sampler.should_sample(None, int(line, 16), "call").decision is Decision.RECORD_AND_SAMPLE:
        print(line.strip())
E1
cat > keep.js <<'E1'
const { ROOT_CONTEXT } = require("@opentelemetry/api");
const { SamplingDecision, TraceIdRatioBasedSampler } = require("@opentelemetry/sdk-trace-base");
const sampler = new TraceIdRatioBasedSampler(Number(process.argv[2]));
for (const id of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  if (sampler.shouldSample(ROOT_CONTEXT, id).decision === SamplingDecision.RECORD_AND_SAMPLED) console.log(id);
}
E1
cat > go.mod <<'E1'
module keep
go 1.26
require go.opentelemetry.io/otel/sdk v1.47.0
E1
cat > keep.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"

	"go.opentelemetry.io/otel/sdk/trace"
	api "go.opentelemetry.io/otel/trace"
)

func main() {
	ratio, err := strconv.ParseFloat(os.Args[1], 64)
	if err != nil {
		panic(err)
	}
	sampler := trace.TraceIDRatioBased(ratio)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		id, err := api.TraceIDFromHex(lines.Text())
		if err != nil {
			panic(err)
		}
		if sampler.ShouldSample(trace.SamplingParameters{TraceID: id}).Decision == trace.RecordAndSample {
			fmt.Println(id)
		}
	}
}
E1
go mod tidy > tidied 2>&1
go build -o keep .
for ratio in 0.5 0.1 0.01; do
  ./keep "$ratio" < traces | sort > "Go-$ratio"
  env/bin/python keep.py "$ratio" < traces | sort > "Python-$ratio"
  node keep.js "$ratio" < traces | sort > "JavaScript-$ratio"
done
both() { comm -12 "$1" "$2" | wc -l; }
{
  for ratio in 0.5 0.1 0.01; do
    for name in Go Python JavaScript; do echo "$ratio of 1000 traces, $name: $(wc -l < "$name-$ratio")"; done
    echo "  kept by Go and Python: $(both "Go-$ratio" "Python-$ratio"), by Go and JavaScript: $(both "Go-$ratio" "JavaScript-$ratio")"
  done
  echo "0.1 in Go beside 0.5 in JavaScript: $(both Go-0.1 JavaScript-0.5)"
} | tee seen
cat > expected <<'E1'
0.5 of 1000 traces, Go: 482
0.5 of 1000 traces, Python: 482
0.5 of 1000 traces, JavaScript: 496
  kept by Go and Python: 482, by Go and JavaScript: 230
0.1 of 1000 traces, Go: 104
0.1 of 1000 traces, Python: 104
0.1 of 1000 traces, JavaScript: 105
  kept by Go and Python: 104, by Go and JavaScript: 14
0.01 of 1000 traces, Go: 16
0.01 of 1000 traces, Python: 16
0.01 of 1000 traces, JavaScript: 12
  kept by Go and Python: 16, by Go and JavaScript: 1
0.1 in Go beside 0.5 in JavaScript: 51
E1
diff expected seen
