#!/usr/bin/env bash
# The text of a gRPC error (the trailer grpc-message): sent by a server of @connectrpc/connect-node
# 2.3.0, read by grpc-go 1.85.0, grpcio 1.85.3 (Python) and @grpc/grpc-js 1.14.7.
#
# Guess: the text that the service gave, whichever language asks: the specification lets a server
#   write any byte as %XX, and says how it is read back.
# Seen: grpc-js reads back no `:`, `,`, `;`, `/`, `?`, `#`, `=`, `@`, `+`, `&` and no dollar sign (it
#   calls decodeURI, which leaves them), so that a client in Node is told `no route%3A lane%3Dtest`.
#   Servers of gRPC's own write these bytes bare; one of Connect writes them all as %XX, and nobody
#   sees it before the first client in Node compares or shows the text.
set -euo pipefail
room=$(mktemp -d)
trap '[ -z "${server:-}" ] || kill "$server"; rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install grpcio==1.85.3
npm install --silent --no-fund --no-audit @connectrpc/connect-node@2.3.0 @connectrpc/connect@2.3.0 \
  @bufbuild/protobuf@2.17.0 @grpc/grpc-js@1.14.7 > /dev/null
cat > said <<'E1'
no lane "test"
no route: lane=test, try base?
see /docs/lanes#base
user@shop; a+b & c
50% of 100%
50%2C of 100%
E1
cat > serve.js <<'E1'
const fs = require("fs");
const http2 = require("http2");
const { Code, ConnectError } = require("@connectrpc/connect");
const { connectNodeAdapter } = require("@connectrpc/connect-node");
const { StringValueSchema, file_google_protobuf_wrappers: file } = require("@bufbuild/protobuf/wkt");
const texts = fs.readFileSync("said", "utf8").trim().split("\n");
const method = {
  kind: "rpc", name: "Ask", localName: "ask", methodKind: "unary",
  input: StringValueSchema, output: StringValueSchema, idempotency: 0, deprecated: false,
};
const service = { kind: "service", typeName: "Lanes", name: "Lanes", file, methods: [method], method: { ask: method } };
method.parent = service;
const routes = (router) => router.service(service, {
  ask: (asked) => { throw new ConnectError(texts[Number(asked.value)], Code.NotFound); },
});
const server = http2.createServer(connectNodeAdapter({ routes }));
server.listen(0, "127.0.0.1", () => fs.writeFileSync("port", `${server.address().port}\n`));
E1
cat > ask.py <<'E1'
import grpc
lanes = grpc.insecure_channel("127.0.0.1:" + open("port").read().strip())
ask = lanes.unary_unary("/Lanes/Ask", request_serializer=lambda number: b"\n\x01%d" % number)
for number, _ in enumerate(open("said")):
    try:
        ask(number)
    except grpc.RpcError as error:
        print(error.details())
E1
cat > ask.js <<'E1'
const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const client = new grpc.Client(`127.0.0.1:${fs.readFileSync("port", "utf8").trim()}`, grpc.credentials.createInsecure());
const ask = (number) => new Promise((done) => {
  const asked = Buffer.from(`\n\x01${number}`);
  client.makeUnaryRequest("/Lanes/Ask", (bytes) => bytes, (bytes) => bytes, asked, (error) => done(error.details));
});
(async () => {
  for (const number of fs.readFileSync("said", "utf8").trim().split("\n").keys()) console.log(await ask(number));
  client.close();
})();
E1
cat > go.mod <<'E1'
module ask
go 1.26
require google.golang.org/grpc v1.85.0
E1
cat > ask.go <<'E1'
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func main() {
	port, err := os.ReadFile("port")
	if err != nil {
		panic(err)
	}
	where := "127.0.0.1:" + strings.TrimSpace(string(port))
	lanes, err := grpc.NewClient(where, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	number := 0
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); number++ {
		asked := wrapperspb.String(fmt.Sprint(number))
		err := lanes.Invoke(context.Background(), "/Lanes/Ask", asked, &wrapperspb.StringValue{})
		fmt.Println(status.Convert(err).Message())
	}
}
E1
go mod tidy > tidied 2>&1
go build -o ask .
node serve.js &
server=$!
until [ -s port ]; do kill -0 "$server"; sleep 0.1; done
./ask < said > of-go
env/bin/python ask.py > of-python
node ask.js > of-javascript
{
  printf 'Go\tPython\tJavaScript\n'
  paste of-go of-python of-javascript
} | tee seen
cat > expected <<'E1'
Go	Python	JavaScript
no lane "test"	no lane "test"	no lane "test"
no route: lane=test, try base?	no route: lane=test, try base?	no route%3A lane%3Dtest%2C try base%3F
see /docs/lanes#base	see /docs/lanes#base	see %2Fdocs%2Flanes%23base
user@shop; a+b & c	user@shop; a+b & c	user%40shop%3B a%2Bb %26 c
50% of 100%	50% of 100%	50% of 100%
50%2C of 100%	50%2C of 100%	50%2C of 100%
E1
diff expected seen
