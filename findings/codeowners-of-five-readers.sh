#!/usr/bin/env bash
# Five libraries that read CODEOWNERS: hmarr/codeowners 1.2.1 (Go), codeowners 0.9.0 (Python), and
# codeowners 5.1.1, codeowners-utils 1.0.2, @snyk/github-codeowners 1.1.0 (JavaScript).
#
# Guess: one line, one file, one answer. GitHub's page says that `docs/*` owns `docs/a.md` and not
#   `docs/more/a.md`, and that paths are compared with their case.
# Seen: two of the five let `docs/*` and `/*` own all that is below, as .gitignore would; the three
#   in JavaScript find `DOCS/` in `docs/`; to one a `?` is a letter; a name that begins with `#`, or
#   holds a blank, can be written for some of them only, and one of them takes the rest of such a name
#   for an owner and refuses the file. Who is asked for a review, and who a bot believes was asked,
#   are then not the same people.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > asked <<'E1'
docs/*	docs/a.md
docs/*	docs/more/a.md
/*	a.md
/*	docs/a.md
DOCS/	docs/a.md
a?.go	ab.go
\#notes	#notes
a\ b.go	a b.go
E1
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install codeowners==0.9.0
cat > read.py <<'E1'
from codeowners import CodeOwners
for line in open("asked"):
    pattern, path = line.rstrip("\n").split("\t")
    print("yes" if CodeOwners(f"{pattern} @x\n").of(path) else "no")
E1
cat > go.mod <<'E1'
module read
go 1.26
require github.com/hmarr/codeowners v1.2.1
E1
cat > read.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"github.com/hmarr/codeowners"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		pattern, path, _ := strings.Cut(lines.Text(), "\t")
		rules, err := codeowners.ParseFile(strings.NewReader(pattern + " @x\n"))
		if err != nil {
			fmt.Println("error")
			continue
		}
		rule, _ := rules.Match(path)
		fmt.Println(map[bool]string{true: "yes", false: "no"}[rule != nil])
	}
}
E1
go mod tidy > tidied 2>&1
npm install --silent --no-fund --no-audit codeowners@5.1.1 codeowners-utils@1.0.2 @snyk/github-codeowners@1.1.0 > installed
mkdir read
cat > read.js <<'E1'
const fs = require("fs");
const Codeowners = require("codeowners");
const utils = require("codeowners-utils");
const { OwnershipEngine } = require("@snyk/github-codeowners/dist/lib/ownership");
console.error = () => {};
const said = (ask) => { try { return ask() ? "yes" : "no"; } catch { return "error"; } };
for (const line of fs.readFileSync("asked", "utf8").trim().split("\n")) {
  const [pattern, path] = line.split("\t");
  fs.writeFileSync("read/CODEOWNERS", pattern + " @x\n");
  console.log([
    said(() => new Codeowners("read").getOwner(path).length),
    said(() => utils.matchFile(path, utils.parse(pattern + " @x\n"))),
    said(() => OwnershipEngine.FromCodeownersFile("read/CODEOWNERS").calcFileOwnership(path).length),
  ].join("\t"));
}
E1
go run read.go < asked > of-go
env/bin/python read.py > of-python
node read.js > of-javascript
{
  printf 'pattern\tpath\tGo\tPython\tJS codeowners\tJS utils\tJS snyk\n'
  paste asked of-go of-python of-javascript
} | tee seen
cat > expected <<'E1'
pattern	path	Go	Python	JS codeowners	JS utils	JS snyk
docs/*	docs/a.md	yes	yes	yes	yes	yes
docs/*	docs/more/a.md	no	no	yes	yes	no
/*	a.md	yes	yes	yes	yes	yes
/*	docs/a.md	no	no	yes	yes	no
DOCS/	docs/a.md	no	no	yes	yes	yes
a?.go	ab.go	yes	yes	no	yes	yes
\#notes	#notes	no	yes	yes	no	yes
a\ b.go	a b.go	yes	yes	no	no	error
E1
diff expected seen
