#!/usr/bin/env bash
# A request whose baggage stands in two header lines, as the specification allows, and
# OpenTelemetry's propagators: Go (otel 1.47.0, net/http), JavaScript (@opentelemetry/core 2.12.1,
# Node's http), Python (api 1.45.2 with the getters of instrumentation 0.66b2: wsgi behind wsgiref,
# asgi behind uvicorn 0.54.0), Rust (opentelemetry 0.33.1 and opentelemetry-http 0.33.1).
#
# Guess: lines of one header are one list, so the order does not matter and nothing is lost.
# Seen: Rust and Python's ASGI services read the first line alone: a lane in the second is gone,
#   and so is the user where the lane came first. The same Python library behind WSGI, Go and Node
#   read both. Of one key in two lines the first or the last wins accordingly.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install opentelemetry-api==1.45.2 uvicorn==0.54.0 \
  opentelemetry-instrumentation-wsgi==0.66b2 opentelemetry-instrumentation-asgi==0.66b2
npm install --silent --no-fund --no-audit @opentelemetry/core@2.12.1 @opentelemetry/api@1.9.1 > /dev/null
cat > sent <<'E1'
user=7 lane=test
lane=test user=7
lane=a lane=b
E1
cat > main.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"go.opentelemetry.io/otel/baggage"
	"go.opentelemetry.io/otel/propagation"
)

func main() {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, asked *http.Request) {
		ctx := propagation.Baggage{}.Extract(asked.Context(), propagation.HeaderCarrier(asked.Header))
		found := baggage.FromContext(ctx)
		fmt.Printf("%q %q\n", found.Member("lane").Value(), found.Member("user").Value())
	}))
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		request, _ := http.NewRequest("GET", server.URL, nil)
		request.Header["Baggage"] = strings.Fields(lines.Text())
		if _, err := server.Client().Do(request); err != nil {
			panic(err)
		}
	}
}
E1
cat > serve.mjs <<'E1'
import { readFileSync } from "fs";
import http from "http";
import { W3CBaggagePropagator } from "@opentelemetry/core";
import * as api from "@opentelemetry/api";
const propagator = new W3CBaggagePropagator();
const server = http.createServer((asked, answer) => {
  const context = propagator.extract(api.ROOT_CONTEXT, asked.headers, api.defaultTextMapGetter);
  const of = (key) => JSON.stringify(api.propagation.getBaggage(context)?.getEntry(key)?.value ?? "");
  console.log(of("lane"), of("user"));
  answer.end();
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
for (const line of readFileSync(0, "utf8").trim().split("\n")) {
  const headers = { baggage: line.split(" ") };
  const asked = { port: server.address().port, host: "127.0.0.1", headers, agent: false };
  await new Promise((done) => http.get(asked, (answer) => answer.resume().on("end", done)));
}
server.close();
E1
cat > serve.py <<'E1'
import json, sys, threading, time
from http.client import HTTPConnection
from wsgiref.simple_server import WSGIRequestHandler, make_server
import uvicorn
from opentelemetry import baggage
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.instrumentation.asgi import ASGIGetter
from opentelemetry.instrumentation.wsgi import WSGIGetter

def tell(carrier, getter):
    found = W3CBaggagePropagator().extract(carrier, getter=getter)
    print(*(json.dumps(baggage.get_baggage(key, found) or "") for key in ("lane", "user")), flush=True)

def wsgi(environ, start):
    tell(environ, WSGIGetter())
    start("204 No Content", [])
    return []

async def asgi(scope, receive, send):
    tell(scope, ASGIGetter())
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body"})

class Silent(WSGIRequestHandler):
    def log_message(self, *said):
        pass

if sys.argv[1] == "wsgi":
    server = make_server("127.0.0.1", 0, wsgi, handler_class=Silent)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_port
else:
    server = uvicorn.Server(uvicorn.Config(asgi, port=0, log_level="critical", lifespan="off"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
for line in sys.stdin:
    asked = HTTPConnection("127.0.0.1", port)
    asked.putrequest("GET", "/")
    for part in line.split():
        asked.putheader("baggage", part)
    asked.endheaders()
    asked.getresponse().read()
E1
mkdir -p rust/src
cat > rust/Cargo.toml <<'E1'
[package]
name = "seen"
version = "0.1.0"
edition = "2021"

[dependencies]
http = "=1.4.0"
opentelemetry = "=0.33.1"
opentelemetry-http = "=0.33.1"
opentelemetry_sdk = "=0.33.1"
E1
cat > rust/src/main.rs <<'E1'
use opentelemetry::{baggage::BaggageExt, propagation::TextMapPropagator};
use opentelemetry_http::HeaderExtractor;
use opentelemetry_sdk::propagation::BaggagePropagator;

fn main() {
    for line in std::io::stdin().lines() {
        let mut headers = http::HeaderMap::new();
        for part in line.unwrap().split(' ') {
            headers.append("baggage", part.parse().unwrap());
        }
        let found = BaggagePropagator::new().extract(&HeaderExtractor(&headers));
        let of = |key: &str| found.baggage().get(key).map(|value| value.to_string());
        println!("{:?} {:?}", of("lane").unwrap_or_default(), of("user").unwrap_or_default());
    }
}
E1
go mod init seen > /dev/null 2>&1
go get go.opentelemetry.io/otel/propagation@v1.47.0 2> /dev/null
go run . < sent > of-Go
node serve.mjs < sent > of-Node
env/bin/python serve.py wsgi < sent > of-WSGI
env/bin/python serve.py asgi < sent > of-ASGI
(cd rust && cargo run --quiet < ../sent) > of-Rust
for one in Go Node WSGI ASGI Rust; do
  paste -d'|' sent "of-$one" | sed "s/^/$one|/"
done | tee seen
cat > expected <<'E1'
Go|user=7 lane=test|"test" "7"
Go|lane=test user=7|"test" "7"
Go|lane=a lane=b|"b" ""
Node|user=7 lane=test|"test" "7"
Node|lane=test user=7|"test" "7"
Node|lane=a lane=b|"b" ""
WSGI|user=7 lane=test|"test" "7"
WSGI|lane=test user=7|"test" "7"
WSGI|lane=a lane=b|"b" ""
ASGI|user=7 lane=test|"" "7"
ASGI|lane=test user=7|"test" ""
ASGI|lane=a lane=b|"a" ""
Rust|user=7 lane=test|"" "7"
Rust|lane=test user=7|"test" ""
Rust|lane=a lane=b|"a" ""
E1
diff expected seen
