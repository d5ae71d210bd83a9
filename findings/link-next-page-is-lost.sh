#!/usr/bin/env bash
# The header Link of RFC 8288, by which registries (OCI), GitHub and GitLab name the next page: read
# by requests 2.34.2 (Python); parse-link-header 2.0.0, http-link-header 1.1.4, li 1.3.0
# (JavaScript); peterhellberg/link 1.2.0, tomnomnom/linkheader e5fe3b51442e (Go).
#
# Guess: where a header names a next page, each reader finds it, or says that it cannot.
# Seen: each but one misses it in some valid form, as if this were the last page. A comma in the
#   address, which needs no escape, ends the list in one library of Go, and the other drops it and
#   asks for another page; `;` in the address, or `;` or `=` in a title, ends the list in requests. A
#   relation beside another (`next last`), in capitals, or with `Rel=` as the parameter's name is no
#   relation for most; a second rel, which the RFC has ignored, replaces the first for three.
#   Of two next pages five readers of six take the last.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install requests==2.34.2
npm install --silent --no-fund --no-audit parse-link-header@2.0.0 http-link-header@1.1.4 li@1.3.0 > /dev/null
cat > headers <<'E1'
</tags?last=v2>; rel="next"
</tags?last=v2>; rel=next
</tags?last=v2>; rel="next last"
</tags?last=v2>; Rel="next"
</tags?last=v2>; rel="NEXT"
</tags?last=v2>; rel = "next"
</tags?last=v2>; rel="next"; rel="prev"
</merge_requests?labels=a,b>; rel="next"
</merge_requests?labels=a;b>; rel="next"
</tags?last=v2>; title="a, b"; rel="next"
</tags?last=v2>; title="a; b"; rel="next"
</tags?last=v2>; title="a=b"; rel="next"
</tags?last=v2>; rel="next", </tags?last=v3>; rel="next"
E1
cat > next.py <<'E1'
import requests
for line in open("headers"):
    answer = requests.Response()
    answer.headers["Link"] = line.strip()
    print(answer.links.get("next", {}).get("url", "no"))
E1
cat > next.js <<'E1'
const { parse } = require("http-link-header");
const li = require("li");
const parseLinkHeader = require("parse-link-header");
for (const line of require("fs").readFileSync("headers", "utf8").trim().split("\n")) {
  console.log([
    parseLinkHeader(line)?.next?.url ?? "no",
    parse(line).rel("next").map((link) => link.uri).join(" ") || "no",
    li.parse(line).next ?? "no",
  ].join("|"));
}
E1
cat > go.mod <<'E1'
module next
go 1.26
require (
	github.com/peterhellberg/link v1.2.0
	github.com/tomnomnom/linkheader v0.0.0-20250811210735-e5fe3b51442e
)
E1
cat > next.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/peterhellberg/link"
	"github.com/tomnomnom/linkheader"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		one, two := "no", "no"
		if next := link.Parse(lines.Text())["next"]; next != nil {
			one = next.URI
		}
		for _, next := range linkheader.Parse(lines.Text()).FilterByRel("next") {
			two = next.URL
		}
		fmt.Println(one + "|" + two)
	}
}
E1
go mod tidy > tidied 2>&1
env/bin/python next.py > of-python
node next.js > of-javascript
go run next.go < headers > of-go
{
  echo 'header|requests|parse-link-header|http-link-header|li|peterhellberg|tomnomnom'
  paste -d'|' headers of-python of-javascript of-go
} | tee seen
cat > expected <<'E1'
header|requests|parse-link-header|http-link-header|li|peterhellberg|tomnomnom
</tags?last=v2>; rel="next"|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2
</tags?last=v2>; rel=next|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2
</tags?last=v2>; rel="next last"|no|/tags?last=v2|/tags?last=v2|/tags?last=v2|no|no
</tags?last=v2>; Rel="next"|no|no|/tags?last=v2|no|no|/tags?last=v2
</tags?last=v2>; rel="NEXT"|no|no|/tags?last=v2|no|no|no
</tags?last=v2>; rel = "next"|/tags?last=v2|no|/tags?last=v2|no|/tags?last=v2|no
</tags?last=v2>; rel="next"; rel="prev"|no|no|/tags?last=v2|no|/tags?last=v2|no
</merge_requests?labels=a,b>; rel="next"|/merge_requests?labels=a,b|/merge_requests?labels=a,b|/merge_requests?labels=a,b|/merge_requests?labels=a,b|/merge_requests?labels=ab|no
</merge_requests?labels=a;b>; rel="next"|no|/merge_requests?labels=a;b|/merge_requests?labels=a;b|/merge_requests?labels=a;b|/merge_requests?labels=a;b|no
</tags?last=v2>; title="a, b"; rel="next"|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|no
</tags?last=v2>; title="a; b"; rel="next"|no|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2
</tags?last=v2>; title="a=b"; rel="next"|no|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2|/tags?last=v2
</tags?last=v2>; rel="next", </tags?last=v3>; rel="next"|/tags?last=v3|/tags?last=v3|/tags?last=v2 /tags?last=v3|/tags?last=v3|/tags?last=v3|/tags?last=v3
E1
diff expected seen
