#!/usr/bin/env bash
# CloudEvents over HTTP in the binary mode (attributes as headers): the SDKs of Go 2.16.2,
# JavaScript 10.0.0 and Python 2.2.0, each sending to each through a text of headers.
#
# Guess: an attribute arrives as it was sent; the binding says that a header's value is written with
#   %XX for blanks, quotes, per cent and all beyond ASCII, and is read back by the receiver.
# Seen: Python alone does both. What it sends reads `lane%20b` in Go and JavaScript; what they send
#   with `%20` in it, as a source that is an address has, is a blank in Python, so that one event has
#   two sources. A boolean of Python's arrives as `True`, where the format knows `true`.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install cloudevents==2.2.0
npm install --silent --no-fund --no-audit cloudevents@10.0.0 > /dev/null
cat > event.json <<'E1'
{"specversion": "1.0", "id": "1", "type": "deployed", "time": "2026-01-01T00:00:00Z",
 "source": "/lanes/a%20b", "subject": "lane b", "note": "50% \"done\"", "dry": true, "tries": 3}
E1
cat > say.py <<'E1'
import json, sys
from cloudevents.core.bindings.http import HTTPMessage, from_binary, from_structured, to_binary
from cloudevents.core.formats.json import JSONFormat
if sys.argv[1] == "send":
    came = HTTPMessage({"content-type": "application/cloudevents+json"}, open("event.json", "rb").read())
    print(json.dumps(dict(to_binary(from_structured(came, JSONFormat()), JSONFormat()).headers)))
else:
    event = from_binary(HTTPMessage(json.load(sys.stdin), b""), JSONFormat()).get_attributes()
    print(*(event[name] for name in ("source", "subject", "note", "dry", "tries")), sep="|")
E1
cat > say.js <<'E1'
const fs = require("fs");
const { HTTP } = require("cloudevents");
if (process.argv[2] === "send") {
  const came = { headers: { "content-type": "application/cloudevents+json" }, body: fs.readFileSync("event.json", "utf8") };
  const sent = Object.entries(HTTP.binary(HTTP.toEvent(came)).headers);
  console.log(JSON.stringify(Object.fromEntries(sent.map(([name, value]) => [name, String(value)]))));
} else {
  const event = HTTP.toEvent({ headers: JSON.parse(fs.readFileSync(0, "utf8")), body: "" });
  console.log([event.source, event.subject, event.note, event.dry, event.tries].join("|"));
}
E1
cat > go.mod <<'E1'
module say
go 1.26
require github.com/cloudevents/sdk-go/v2 v2.16.2
E1
cat > say.go <<'E1'
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	protocol "github.com/cloudevents/sdk-go/v2/protocol/http"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func main() {
	request, err := http.NewRequest("POST", "http://receiver/", nil)
	must(err)
	headers := map[string]string{}
	if os.Args[1] == "send" {
		raw, err := os.ReadFile("event.json")
		must(err)
		var sent event.Event
		must(json.Unmarshal(raw, &sent))
		must(protocol.WriteRequest(context.Background(), (*binding.EventMessage)(&sent), request))
		for name := range request.Header {
			headers[strings.ToLower(name)] = request.Header.Get(name)
		}
		must(json.NewEncoder(os.Stdout).Encode(headers))
		return
	}
	must(json.NewDecoder(os.Stdin).Decode(&headers))
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	came, err := binding.ToEvent(context.Background(), protocol.NewMessageFromHttpRequest(request))
	must(err)
	more := came.Extensions()
	fmt.Printf("%s|%s|%s|%v|%v\n", came.Source(), came.Subject(), more["note"], more["dry"], more["tries"])
}
E1
go mod tidy > tidied 2>&1
go build -o say .
say() {
  case $1 in
    Go) ./say "$2" ;;
    JavaScript) node say.js "$2" ;;
    Python) env/bin/python say.py "$2" ;;
  esac
}
{
  echo 'sent by, read by|source|subject|note|dry|tries'
  for sender in Go JavaScript Python; do
    say "$sender" send > "by-$sender"
    for reader in Go JavaScript Python; do echo "$sender, $reader|$(say "$reader" read < "by-$sender")"; done
  done
} | tee seen
cat > expected <<'E1'
sent by, read by|source|subject|note|dry|tries
Go, Go|/lanes/a%20b|lane b|50% "done"|true|3
Go, JavaScript|/lanes/a%20b|lane b|50% "done"|true|3
Go, Python|/lanes/a b|lane b|50% "done"|true|3
JavaScript, Go|/lanes/a%20b|lane b|50% "done"|true|3
JavaScript, JavaScript|/lanes/a%20b|lane b|50% "done"|true|3
JavaScript, Python|/lanes/a b|lane b|50% "done"|true|3
Python, Go|/lanes/a%2520b|lane%20b|50%25%20%22done%22|True|3
Python, JavaScript|/lanes/a%2520b|lane%20b|50%25%20%22done%22|True|3
Python, Python|/lanes/a%20b|lane b|50% "done"|True|3
E1
diff expected seen
