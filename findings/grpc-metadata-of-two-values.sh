#!/usr/bin/env bash
# One name with two values in a call's metadata, sent by grpcio 1.85.3 (Python), read by services of
# grpc-go 1.85.0, @grpc/grpc-js 1.14.7 and grpcio.
#
# Guess: a list of two values, as each of the three interfaces has it (Go's slice, Node's `get`,
#   Python's pairs), or two values joined by a comma for all.
# Seen: Go and Python have two; Node has one text, `test, base`, which it cannot tell from a value
#   with a comma, though values of bytes (`-bin`) stay two. Of names that HTTP knows as single (`from`,
#   `age`) Node has the first alone, and of `cookie` both behind a semicolon. A value that ends with
#   a blank, which the specification advises against and lets receivers strip, is kept by two and
#   absent in Node, while the call goes on: a service there takes it for one of no lane.
set -euo pipefail
room=$(mktemp -d)
servers=()
trap 'for one in "${servers[@]}"; do kill "$one"; done; rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install grpcio==1.85.3
npm install --silent --no-fund --no-audit @grpc/grpc-js@1.14.7 > /dev/null
cat > serve.py <<'E1'
import json
from concurrent.futures import ThreadPoolExecutor
import grpc

class Echo(grpc.GenericRpcHandler):
    def service(self, details):
        def answer(_, context):
            seen = {}
            for name, value in context.invocation_metadata():
                seen.setdefault(name, []).append(value.hex() if isinstance(value, bytes) else value)
            return json.dumps(seen).encode()
        return grpc.unary_unary_rpc_method_handler(answer)

server = grpc.server(ThreadPoolExecutor(1), handlers=[Echo()])
open("Python.port", "w").write(f"{server.add_insecure_port('127.0.0.1:0')}\n")
server.start()
server.wait_for_termination()
E1
cat > serve.js <<'E1'
const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const server = new grpc.Server();
const same = (bytes) => bytes;
const coder = {
  requestSerialize: same, requestDeserialize: same, responseSerialize: same, responseDeserialize: same,
  path: "/lanes/ask", requestStream: false, responseStream: false,
};
server.addService({ ask: coder }, {
  ask: (call, done) => {
    const values = (name) => call.metadata.get(name).map((one) => (Buffer.isBuffer(one) ? one.toString("hex") : one));
    const seen = Object.fromEntries(Object.keys(call.metadata.getMap()).map((name) => [name, values(name)]));
    done(null, Buffer.from(JSON.stringify(seen)));
  },
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_, port) => fs.writeFileSync("JavaScript.port", `${port}\n`));
E1
cat > go.mod <<'E1'
module serve
go 1.26
require google.golang.org/grpc v1.85.0
E1
cat > serve.go <<'E1'
package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/metadata"
)

type raw struct{}

func (raw) Name() string                       { return "raw" }
func (raw) Marshal(value any) ([]byte, error)   { return *value.(*[]byte), nil }
func (raw) Unmarshal(came []byte, to any) error { *to.(*[]byte) = came; return nil }

var _ encoding.Codec = raw{}

func answer(_ any, stream grpc.ServerStream) error {
	var asked []byte
	if err := stream.RecvMsg(&asked); err != nil {
		return err
	}
	seen, _ := metadata.FromIncomingContext(stream.Context())
	for name, values := range seen {
		for at, value := range values {
			if strings.HasSuffix(name, "-bin") {
				values[at] = hex.EncodeToString([]byte(value))
			}
		}
	}
	text, err := json.Marshal(seen)
	if err != nil {
		return err
	}
	return stream.SendMsg(&text)
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	port := fmt.Sprintln(listener.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile("Go.port", []byte(port), 0o644); err != nil {
		panic(err)
	}
	panic(grpc.NewServer(grpc.ForceServerCodec(raw{}), grpc.UnknownServiceHandler(answer)).Serve(listener))
}
E1
go mod tidy > tidied 2>&1
go build -o serve .
cat > ask.py <<'E1'
import json
import grpc
sent = {
    "two lanes": [("lane", "test"), ("lane", "base")],
    "one, with a comma": [("lane", "test, base")],
    "two, one empty": [("lane", "test"), ("lane", "")],
    "a blank behind": [("lane", "test ")],
    "two of bytes": [("lane-bin", b"\0\1"), ("lane-bin", b"\2\3")],
    "two of the name from": [("from", "a"), ("from", "b")],
    "two of the name age": [("age", "1"), ("age", "2")],
    "two cookies": [("cookie", "a=1"), ("cookie", "b=2")],
}
for name in "Go", "Python", "JavaScript":
    ask = grpc.insecure_channel("127.0.0.1:" + open(f"{name}.port").read().strip()).unary_unary("/lanes/ask")
    for what, metadata in sent.items():
        seen = json.loads(ask(b"a", metadata=metadata, wait_for_ready=True))
        print(f"{name}, {what}:", json.dumps(seen.get(metadata[0][0])))
E1
./serve & servers+=($!)
env/bin/python serve.py & servers+=($!)
node serve.js & servers+=($!)
for name in Go Python JavaScript; do until [ -s "$name.port" ]; do sleep 0.1; done; done
env/bin/python ask.py | tee seen
cat > expected <<'E1'
Go, two lanes: ["test", "base"]
Go, one, with a comma: ["test, base"]
Go, two, one empty: ["test", ""]
Go, a blank behind: ["test "]
Go, two of bytes: ["0001", "0203"]
Go, two of the name from: ["a", "b"]
Go, two of the name age: ["1", "2"]
Go, two cookies: ["a=1", "b=2"]
Python, two lanes: ["test", "base"]
Python, one, with a comma: ["test, base"]
Python, two, one empty: ["test", ""]
Python, a blank behind: ["test "]
Python, two of bytes: ["0001", "0203"]
Python, two of the name from: ["a", "b"]
Python, two of the name age: ["1", "2"]
Python, two cookies: ["a=1", "b=2"]
JavaScript, two lanes: ["test, base"]
JavaScript, one, with a comma: ["test, base"]
JavaScript, two, one empty: ["test, "]
JavaScript, a blank behind: null
JavaScript, two of bytes: ["0001", "0203"]
JavaScript, two of the name from: ["a"]
JavaScript, two of the name age: ["1"]
JavaScript, two cookies: ["a=1; b=2"]
E1
diff expected seen
