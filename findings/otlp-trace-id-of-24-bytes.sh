#!/usr/bin/env bash
# opentelemetry-proto 1.45.2 with protobuf 7.36.2 (Python), go.opentelemetry.io/proto/otlp v1.9.0
# with protojson 1.36.11 (Go): a line of OTLP/JSON, as collectors write it.
#
# Guess: OTLP/JSON is the JSON of its protobuf messages, so protobuf's own JSON reader reads it, or
#   fails on what it cannot read.
# Seen: both read it without an error and get other ids: OTLP writes ids in hexadecimal, protobuf
#   bytes are base64, and 32 hexadecimal digits are good base64 of 24 bytes. Written again by the
#   same library the text is the same, so that a round trip shows nothing; only joining with ids
#   from headers fails.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-proto==1.45.2 protobuf==7.36.2
echo '{"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","kind":2}' > span.json
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"

	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
)

func main() {
	text, _ := os.ReadFile("span.json")
	span := &trace.Span{}
	err := protojson.Unmarshal(text, span)
	fmt.Printf("Go: %v, trace %x (%d bytes), span %x\n", err, span.TraceId, len(span.TraceId), span.SpanId)
}
E1
cat > parse.py <<'E1'
from google.protobuf import json_format
from opentelemetry.proto.trace.v1.trace_pb2 import Span
span = json_format.Parse(open("span.json").read(), Span())
print(f"Python: trace {span.trace_id.hex()} ({len(span.trace_id)} bytes), span {span.span_id.hex()}")
print("Python again:", json_format.MessageToDict(span)["traceId"])
E1
go mod init seen > /dev/null 2>&1
go get go.opentelemetry.io/proto/otlp/trace/v1@v1.9.0 google.golang.org/protobuf/encoding/protojson@v1.36.11 2> /dev/null
{ go run .; env/bin/python parse.py; } | tee seen
cat > expected <<'E1'
Go: <nil>, trace d1a7fbeb9d7dd7a71de3775df38e3c79bdb5d5cf34df5f5c (24 bytes), span 6fb69de9bef5ebddb4df7df5
Python: trace d1a7fbeb9d7dd7a71de3775df38e3c79bdb5d5cf34df5f5c (24 bytes), span 6fb69de9bef5ebddb4df7df5
Python again: 0af7651916cd43dd8448eb211c80319c
E1
diff expected seen
