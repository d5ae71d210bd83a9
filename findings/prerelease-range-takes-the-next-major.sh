#!/usr/bin/env bash
# Ranges of versions in Masterminds/semver 3.5.0 (Helm, Flux, Argo CD), npm's semver 7.7.3 (on which updaters of charts are
# built) and semantic_version 2.10.0 (Python, its NpmSpec).
#
# Guess: `>=1.2.3-beta <2.0.0` takes later versions below 2.0.0, `<2.0.0` what it says, and a library that reads npm's
#   ranges reads them as npm does.
# Seen: once one side names a prerelease, Masterminds takes those of all versions, 2.0.0-alpha too, since that is below
#   2.0.0; npm takes those of 1.2.3 alone. Python's reading of npm's ranges lets `<2.0.0` take 2.0.0-rc.1 where no
#   prerelease is named at all, which npm and Masterminds refuse.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
mkdir go js
cat > asked <<'E1'
>=1.2.3-beta <2.0.0|1.2.3-rc
>=1.2.3-beta <2.0.0|1.3.0-alpha
>=1.2.3-beta <2.0.0|2.0.0-alpha
^1.2.3-0|1.3.0-rc.1
>=0.0.0-0|1.0.0-rc.1
<2.0.0|2.0.0-rc.1
<2.0.0|1.9.0-rc.1
1.2.3+one|1.2.3+two
E1
cat > go/main.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		asked, version, _ := strings.Cut(lines.Text(), "|")
		of, err := semver.NewConstraint(asked)
		if err != nil {
			panic(err)
		}
		fmt.Println(of.Check(semver.MustParse(version)))
	}
}
E1
(cd go && go mod init ranges && go get github.com/Masterminds/semver/v3@v3.5.0 && go build -o ../of-go .) > built 2>&1 || { cat built; exit 1; }
(cd js && npm init -y && npm install --silent semver@7.7.3) > installed 2>&1
cat > js/of.js <<'E1'
const { satisfies } = require("semver");
for (const line of require("fs").readFileSync(0, "utf8").trim().split("\n")) {
  const [asked, version] = line.split("|");
  console.log(satisfies(version, asked));
}
E1
python3 -m venv env
env/bin/pip install --quiet semantic_version==2.10.0
cat > of.py <<'E1'
import sys

from semantic_version import NpmSpec, Version

for line in sys.stdin:
    asked, version = line.strip().split("|")
    print(str(NpmSpec(asked).match(Version(version))).lower())
E1
{
  echo 'range|version|Masterminds|npm|Python'
  paste -d'|' asked <(./of-go < asked) <(node js/of.js < asked) <(env/bin/python of.py < asked)
} | tee seen
cat > expected <<'E1'
range|version|Masterminds|npm|Python
>=1.2.3-beta <2.0.0|1.2.3-rc|true|true|true
>=1.2.3-beta <2.0.0|1.3.0-alpha|true|false|false
>=1.2.3-beta <2.0.0|2.0.0-alpha|true|false|false
^1.2.3-0|1.3.0-rc.1|true|false|false
>=0.0.0-0|1.0.0-rc.1|true|false|false
<2.0.0|2.0.0-rc.1|false|false|true
<2.0.0|1.9.0-rc.1|false|false|false
1.2.3+one|1.2.3+two|true|true|false
E1
diff expected seen
