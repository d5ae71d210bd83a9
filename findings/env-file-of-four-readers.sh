#!/usr/bin/env bash
# kustomize 5.8.2 (configMapGenerator envs), compose-go v2.16.2, python-dotenv 1.2.4 and Node 20
# (--env-file): one .env file.
#
# Guess: quotes group, `#` behind a blank begins a comment, and the four read the same values, apart
#   perhaps from $NAME.
# Seen: kustomize takes the line as it stands: quotes, comment and blanks at both ends are in the
#   ConfigMap. Node cuts `a#b` at the sign, the others keep it. $NAME is filled in by one, ${NAME}
#   by two, `$$` becomes one sign in one. Only the first line is read alike by all.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
GOBIN=$room go install sigs.k8s.io/kustomize/kustomize/v5@v5.8.2
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install python-dotenv==1.2.4
cat > service.env <<'E1'
PLAIN=a
QUOTED="a b"
COMMENT=a # b
COLOUR=a#b
NAMED=$PLAIN
BRACED=${PLAIN}
DOUBLED=$$x
LINES="a\nb"
E1
cat > main.go <<'E1'
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	values, err := dotenv.Read("service.env")
	if err != nil {
		panic(err)
	}
	out := bufio.NewWriter(os.Stdout)
	_ = json.NewEncoder(out).Encode(values)
	_ = out.Flush()
}
E1
go mod init seen > /dev/null 2>&1
go get github.com/compose-spec/compose-go/v2/dotenv@v2.16.2 2> /dev/null
go run . > compose
env/bin/python -c 'import json, dotenv; print(json.dumps(dotenv.dotenv_values("service.env")))' > dotenv
node --env-file=service.env -e 'console.log(JSON.stringify(process.env))' > node
mkdir build
mv service.env build/
printf 'configMapGenerator: [{name: env, envs: [service.env]}]\n' > build/kustomization.yaml
./kustomize build build > kustomize.yaml
env/bin/pip -q --disable-pip-version-check install PyYAML==6.0.4
env/bin/python - > seen <<'E1'
import json, yaml
readers = {name: json.load(open(name)) for name in ("compose", "dotenv", "node")}
readers["kustomize"] = yaml.safe_load(open("kustomize.yaml"))["data"]
for key in "PLAIN QUOTED COMMENT COLOUR NAMED BRACED DOUBLED LINES".split():
    print(key, *(f"{name} {json.dumps(values[key])}" for name, values in readers.items()))
E1
cat seen
cat > expected <<'E1'
PLAIN compose "a" dotenv "a" node "a" kustomize "a"
QUOTED compose "a b" dotenv "a b" node "a b" kustomize "\"a b\""
COMMENT compose "a" dotenv "a" node "a" kustomize "a # b"
COLOUR compose "a#b" dotenv "a#b" node "a" kustomize "a#b"
NAMED compose "a" dotenv "$PLAIN" node "$PLAIN" kustomize "$PLAIN"
BRACED compose "a" dotenv "a" node "${PLAIN}" kustomize "${PLAIN}"
DOUBLED compose "$x" dotenv "$$x" node "$$x" kustomize "$$x"
LINES compose "a\nb" dotenv "a\nb" node "a\nb" kustomize "\"a\\nb\""
E1
diff expected seen
