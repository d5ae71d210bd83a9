#!/usr/bin/env bash
# compose-go 2.16.2 (what docker compose reads with) and podman-compose 1.6.0: variables of a service
# whose values stand without quotes.
#
# Guess: the program gets what is written, or the file is refused; and both tools give the same.
# Seen: both read a number and print it anew. `1.10` is `1.1` in both. A day becomes Go's words for a
#   point in time in one; a large fraction gets an exponent. `12:30:45` is text to one and seconds
#   to the other, `yes` is text to one and `True` to the other, octal and exponents are read by one
#   each. Nothing is told. A version, a build number or a time of day is a different one for the program.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > compose.yaml <<'E1'
services:
  web:
    image: a
    environment:
      V01: 1.10
      V02: 1.0
      V03: 010
      V04: 0o17
      V05: 1e3
      V06: 21e6
      V07: 123456789.5
      V08: 1_000
      V09: 2024-01-01
      V10: 2024-01-01T00:00:00Z
      V11: 12:30:45
      V12: yes
      V13: 9007199254740993
E1
cat > go.mod <<'E1'
module read
go 1.26
require github.com/compose-spec/compose-go/v2 v2.16.2
E1
cat > read.go <<'E1'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	options, err := cli.NewProjectOptions([]string{"compose.yaml"}, cli.WithName("read"))
	if err != nil {
		panic(err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		panic(err)
	}
	for _, name := range os.Args[1:] {
		fmt.Println(*project.Services["web"].Environment[name])
	}
}
E1
go mod tidy > tidied 2>&1
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install podman-compose==1.6.0 PyYAML==6.0.4
cat > read.py <<'E1'
import yaml
from podman_compose import norm_as_list
for pair in norm_as_list(yaml.safe_load(open("compose.yaml"))["services"]["web"]["environment"]):
    print(pair.partition("=")[2])
E1
sed -n 's/^      \(V..\): \(.*\)/\2/p' compose.yaml > written
go run read.go $(sed -n 's/^      \(V..\):.*/\1/p' compose.yaml) > of-compose
env/bin/python read.py > of-podman
paste -d'|' written of-compose of-podman | tee seen
cat > expected <<'E1'
1.10|1.1|1.1
1.0|1|1.0
010|8|8
0o17|15|0o17
1e3|1000|1e3
21e6|2.1e+07|21e6
123456789.5|1.234567895e+08|123456789.5
1_000|1000|1000
2024-01-01|2024-01-01 00:00:00 +0000 UTC|2024-01-01
2024-01-01T00:00:00Z|2024-01-01 00:00:00 +0000 UTC|2024-01-01 00:00:00+00:00
12:30:45|12:30:45|45045
yes|yes|True
9007199254740993|9007199254740993|9007199254740993
E1
diff expected seen
