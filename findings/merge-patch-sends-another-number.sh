#!/usr/bin/env bash
# gopkg.in/evanphx/json-patch.v4 4.13.0 (kubectl's client-side apply of custom resources makes its
# patches with it), github.com/evanphx/json-patch/v5 5.9.11.
#
# Guess: a patch made from two documents, applied to the first, gives the second; it is empty only
#   if `Equal` of the same package says that they are equal.
# Seen: v4 goes through floating point. Of an int64 beyond 2^53 that goes down by one nothing is
#   sent; one that goes up by two is sent as a number that is in neither document. v5 is exact.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"fmt"

	v5 "github.com/evanphx/json-patch/v5"
	v4 "gopkg.in/evanphx/json-patch.v4"
)

func main() {
	for _, pair := range [][2]string{
		{`{"offset":9007199254740993}`, `{"offset":9007199254740992}`},
		{`{"offset":9007199254740993}`, `{"offset":9007199254740995}`},
	} {
		was, is := []byte(pair[0]), []byte(pair[1])
		four, _ := v4.CreateMergePatch(was, is)
		five, _ := v5.CreateMergePatch(was, is)
		fmt.Println(pair[0], "->", pair[1])
		fmt.Println("  v4", string(four), "equal:", v4.Equal(was, is))
		fmt.Println("  v5", string(five), "equal:", v5.Equal(was, is))
	}
}
E1
go mod init seen > /dev/null 2>&1
go get gopkg.in/evanphx/json-patch.v4@v4.13.0 github.com/evanphx/json-patch/v5@v5.9.11 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
{"offset":9007199254740993} -> {"offset":9007199254740992}
  v4 {} equal: false
  v5 {"offset":9007199254740992} equal: false
{"offset":9007199254740993} -> {"offset":9007199254740995}
  v4 {"offset":9007199254740996} equal: false
  v5 {"offset":9007199254740995} equal: false
E1
diff expected seen
