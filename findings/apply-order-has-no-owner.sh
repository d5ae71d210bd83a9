#!/usr/bin/env bash
# sigs.k8s.io/structured-merge-diff/v6 6.3.3: server-side apply of Kubernetes 1.36. The schema below
# has the list kind of initContainers.
#
# Guess: a manager who names another's entries of a list without any field changes nothing, or, as
#   init containers run in their order, a changed order is a conflict.
# Seen: the order is nobody's. An apply without force of [seed, migrate], names only, turns
#   migrate, fetch, seed into fetch, seed, migrate: fetch, which it does not name, now runs first.
#   The first manager's next apply turns it back; neither sees a conflict.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"encoding/json"
	"fmt"

	"sigs.k8s.io/structured-merge-diff/v6/fieldpath"
	"sigs.k8s.io/structured-merge-diff/v6/merge"
	"sigs.k8s.io/structured-merge-diff/v6/typed"
)

const schema = `types:
- name: pod
  map: {fields: [{name: initContainers, type: {list: {
    elementType: {namedType: container}, elementRelationship: associative, keys: [name]}}}]}
- name: container
  map: {fields: [{name: name, type: {scalar: string}}, {name: image, type: {scalar: string}}]}`

type oneVersion struct{}

func (oneVersion) Convert(object *typed.TypedValue, _ fieldpath.APIVersion) (*typed.TypedValue, error) {
	return object, nil
}
func (oneVersion) IsMissingVersionError(error) bool { return false }

func main() {
	parser, _ := typed.NewParser(schema)
	pod := parser.Type("pod")
	updater := merge.Updater{Converter: oneVersion{}}
	live, _ := pod.FromYAML("{}")
	managed := fieldpath.ManagedFields{}
	owner := "[{name: migrate, image: i}, {name: fetch, image: i}, {name: seed, image: i}]"
	for _, step := range [][2]string{
		{"owner", owner}, {"visitor", "[{name: seed}, {name: migrate}]"}, {"owner", owner},
	} {
		applied, _ := pod.FromYAML(typed.YAMLObject("initContainers: " + step[1]))
		next, fields, err := updater.Apply(live, applied, "v1", managed, step[0], false)
		if managed = fields; next != nil {
			live = next
		}
		left, _ := json.Marshal(live.AsValue().Unstructured())
		fmt.Println(step[0], err, string(left))
	}
}
E1
go mod init seen > /dev/null 2>&1
go get sigs.k8s.io/structured-merge-diff/v6/merge@v6.3.3 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
owner <nil> {"initContainers":[{"image":"i","name":"migrate"},{"image":"i","name":"fetch"},{"image":"i","name":"seed"}]}
visitor <nil> {"initContainers":[{"image":"i","name":"fetch"},{"image":"i","name":"seed"},{"image":"i","name":"migrate"}]}
owner <nil> {"initContainers":[{"image":"i","name":"migrate"},{"image":"i","name":"fetch"},{"image":"i","name":"seed"}]}
E1
diff expected seen
