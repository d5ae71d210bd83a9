#!/usr/bin/env bash
# compose-go 2.16.2 (what docker compose reads with) and podman-compose 1.6.0: `${NAME}` in a Compose file.
#
# Guess: variables come from the environment of whoever starts it and from `.env`, in both tools.
# Seen: in podman-compose a service's own `environment` counts as well, so that `image: web:${TAG:-1}` of a service that
#   is given TAG=2 is another image, and the names of its variables are filled in. Each tool starts something, and
#   neither says a word.
set -euo pipefail
unset TAG
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > compose.yaml <<'E1'
services:
  web:
    image: example.com/web:${TAG:-1}
    environment:
      TAG: "2"
      AT_${TAG:-1}: here
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
	"slices"

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
	web, lines := project.Services["web"], []string{}
	for name, value := range web.Environment {
		lines = append(lines, name+"="+*value)
	}
	slices.Sort(lines)
	fmt.Println(web.Image)
	for _, line := range lines {
		fmt.Println(line)
	}
}
E1
go mod tidy > tidied 2>&1
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install podman-compose==1.6.0 PyYAML==6.0.4
cat > read.py <<'E1'
import yaml
from podman_compose import rec_subs

web = rec_subs(yaml.safe_load(open("compose.yaml")), {})["services"]["web"]
print(web["image"])
for name, value in sorted(web["environment"].items()):
    print(f"{name}={value}")
E1
{
  echo docker
  go run read.go
  echo podman
  env/bin/python read.py
} | tee seen
cat > expected <<'E1'
docker
example.com/web:1
AT_${TAG:-1}=here
TAG=2
podman
example.com/web:2
AT_2=here
TAG=2
E1
diff expected seen
