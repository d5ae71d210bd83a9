#!/usr/bin/env bash
# github.com/gobwas/glob v0.2.3 (what Argo CD 3.2.6 and 3.5.7 match projects' repositories and
# namespaces with) and v1.1.0.
#
# Guess: `{shop-*,cart}-test` fits shop-eu-test; the order of what stands in braces does not matter,
#   nor does an empty choice.
# Seen: in v0.2.3 it fits cart-test alone; turned round, {cart,shop-*}, it fits both. Of
#   `shop{-eu,}{-test,}` the plain shop does not fit. Nothing is refused: a destination that a
#   project permits is not permitted. v1.1.0 fits all of them.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"fmt"

	"github.com/gobwas/glob"
)

func main() {
	for _, pair := range [][2]string{
		{"{shop-*,cart}-test", "cart-test"},
		{"{shop-*,cart}-test", "shop-eu-test"},
		{"{cart,shop-*}-test", "shop-eu-test"},
		{"shop{-eu,}{-test,}", "shop-test"},
		{"shop{-eu,}{-test,}", "shop"},
	} {
		fmt.Println(" ", pair[0], "fits", pair[1], glob.MustCompile(pair[0]).Match(pair[1]))
	}
}
E1
go mod init seen > /dev/null 2>&1
for version in v0.2.3 v1.1.0; do
  go get "github.com/gobwas/glob@$version" 2> /dev/null
  echo "$version"
  go run .
done | tee seen
cat > expected <<'E1'
v0.2.3
  {shop-*,cart}-test fits cart-test true
  {shop-*,cart}-test fits shop-eu-test false
  {cart,shop-*}-test fits shop-eu-test true
  shop{-eu,}{-test,} fits shop-test true
  shop{-eu,}{-test,} fits shop false
v1.1.0
  {shop-*,cart}-test fits cart-test true
  {shop-*,cart}-test fits shop-eu-test true
  {cart,shop-*}-test fits shop-eu-test true
  shop{-eu,}{-test,} fits shop-test true
  shop{-eu,}{-test,} fits shop true
E1
diff expected seen
