#!/usr/bin/env bash
# github.com/distribution/reference 0.6.0 (kubelet, Docker), github.com/google/go-containerregistry
# 0.22.1 (crane, ko, policy controllers), docker-image-py 0.2.0: one image text, its registry.
#
# Guess: what all of them accept they take from the same registry, under the same tag; a text
#   without a registry they can name is refused.
# Seen: with an underscore in the host's name distribution accepts the text and says that it has
#   no registry at all, crane takes the host, Python refuses. `Team/cart` is a host called Team or
#   an error. Beside a digest crane drops the tag.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install docker-image-py==0.2.0
digest=sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
printf '%s\n' cart:1 my_registry.local/cart:1 Team/cart:1 "registry.local/cart:1@$digest" > images
cat > main.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/distribution/reference"
	"github.com/google/go-containerregistry/pkg/name"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		text := lines.Text()
		if named, err := reference.ParseNormalizedNamed(text); err != nil {
			fmt.Printf("distribution %.30s: refused\n", text)
		} else {
			path := reference.Path(named)
			fmt.Printf("distribution %.30s: registry %q, path %s, ", text, reference.Domain(named), path)
			tagged, ok := named.(reference.Tagged)
			fmt.Println("tag", ok && tagged.Tag() == "1")
		}
		if ref, err := name.ParseReference(text); err != nil {
			fmt.Printf("crane %.30s: refused\n", text)
		} else {
			where := ref.Context()
			fmt.Printf("crane %.30s: registry %q, path %s, ", text, where.RegistryStr(), where.RepositoryStr())
			_, ok := ref.(name.Tag)
			fmt.Println("tag", ok)
		}
	}
}
E1
cat > parse.py <<'E1'
from docker_image import reference
for text in open("images").read().split():
    try:
        image = reference.Reference.parse_normalized_named(text)
        host, path = image.split_hostname()
        print(f'Python {text:.30}: registry "{host}", path {path}, tag', str(image["tag"] == "1").lower())
    except reference.InvalidReference:
        print(f"Python {text:.30}: refused")
E1
go mod init seen > /dev/null 2>&1
go get github.com/distribution/reference@v0.6.0 github.com/google/go-containerregistry/pkg/name@v0.22.1 2> /dev/null
{ go run . < images; env/bin/python parse.py; } | tee seen
cat > expected <<'E1'
distribution cart:1: registry "docker.io", path library/cart, tag true
crane cart:1: registry "index.docker.io", path library/cart, tag true
distribution my_registry.local/cart:1: registry "", path my_registry.local/cart, tag true
crane my_registry.local/cart:1: registry "my_registry.local", path cart, tag true
distribution Team/cart:1: registry "Team", path cart, tag true
crane Team/cart:1: refused
distribution registry.local/cart:1@sha256:e: registry "registry.local", path cart, tag true
crane registry.local/cart:1@sha256:e: registry "registry.local", path cart, tag false
Python cart:1: registry "docker.io", path library/cart, tag true
Python my_registry.local/cart:1: refused
Python Team/cart:1: registry "Team", path cart, tag true
Python registry.local/cart:1@sha256:e: registry "registry.local", path cart, tag true
E1
diff expected seen
