#!/usr/bin/env bash
# k8s.io/apimachinery 0.36.3: the decoder that kubectl and controllers read manifests with.
#
# Guess: objects of JSON one after another are read wherever they stand (the decoder says it takes
#   YAML or JSON), or an object that follows another without `---` is an error.
# Seen: at the start of a stream all are read (YAML after two of them is an error). After any
#   `---` only the first of them is; the others are gone, without an error.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"k8s.io/apimachinery/pkg/util/yaml"
)

func names(stream string) (read []any) {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(stream), 4096)
	for {
		var object map[string]any
		if err := decoder.Decode(&object); errors.Is(err, io.EOF) {
			return read
		} else if err != nil {
			return append(read, err)
		}
		read = append(read, object["name"])
	}
}

func main() {
	pair := "{\"name\": \"a\"}\n{\"name\": \"b\"}\n"
	fmt.Println("two objects:", names(pair))
	fmt.Println("two objects, then YAML:", names(pair+"---\nname: c\n"))
	fmt.Println("YAML, then two objects:", names("name: c\n---\n"+pair))
}
E1
go mod init seen > /dev/null 2>&1
go get k8s.io/apimachinery/pkg/util/yaml@v0.36.3 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
two objects: [a b]
two objects, then YAML: [a b invalid character '-' in numeric literal]
YAML, then two objects: [c a]
E1
diff expected seen
