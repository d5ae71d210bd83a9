#!/usr/bin/env bash
# istio.io/api v1.31.0-rc.0.0.20260824154656-b943409680a7 (the Go types of Istio's clients) and
# google.golang.org/protobuf's own JSON, at the version that module requires.
#
# Guess: types generated from protobuf read protobuf's JSON: a match has one of exact, prefix or
#   regex, a misspelt field is an error, and what is read is written back as it was.
# Seen: `UnmarshalJSON` of Istio's types takes exact and prefix together and keeps the prefix,
#   whichever stands first; ignores `timeuot`; and takes 1h, which comes back as 3600s, a change
#   for whoever compares texts. The same types refuse all three when protojson reads them.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protojson"
	"istio.io/api/networking/v1alpha3"
)

func main() {
	for _, text := range []string{
		`{"match":[{"uri":{"exact":"/a","prefix":"/b"}}]}`,
		`{"match":[{"uri":{"prefix":"/b","exact":"/a"}}]}`,
		`{"timeuot":"5s"}`,
		`{"timeout":"1h"}`,
	} {
		route := &v1alpha3.HTTPRoute{}
		err := route.UnmarshalJSON([]byte(text))
		back, _ := route.MarshalJSON()
		strict := protojson.Unmarshal([]byte(text), &v1alpha3.HTTPRoute{})
		fmt.Println(text)
		fmt.Println("  Istio:", err, string(back), " protojson refuses:", strict != nil)
	}
}
E1
go mod init seen > /dev/null 2>&1
go get istio.io/api/networking/v1alpha3@v1.31.0-rc.0.0.20260824154656-b943409680a7 2> /dev/null
go mod tidy 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
{"match":[{"uri":{"exact":"/a","prefix":"/b"}}]}
  Istio: <nil> {"match":[{"uri":{"prefix":"/b"}}]}  protojson refuses: true
{"match":[{"uri":{"prefix":"/b","exact":"/a"}}]}
  Istio: <nil> {"match":[{"uri":{"prefix":"/b"}}]}  protojson refuses: true
{"timeuot":"5s"}
  Istio: <nil> {}  protojson refuses: true
{"timeout":"1h"}
  Istio: <nil> {"timeout":"3600s"}  protojson refuses: true
E1
diff expected seen
