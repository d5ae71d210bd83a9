#!/usr/bin/env bash
# sigs.k8s.io/structured-merge-diff/v6 6.3.3: server-side apply of Kubernetes 1.36. The schema below
# has the list and map kinds as Pod's fields have them.
#
# Guess: a forced apply of null has one meaning, whatever the field: it is removed or emptied, or
#   null counts as "no opinion".
# Seen: what another manager owns is overwritten by null if it is a scalar, an atomic map or an
#   atomic list. Labels, finalizers and lists with keys stay as they are, without a conflict and
#   without a word; but if the same manager had applied them, null takes them away.
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
  map: {fields: [
    {name: hostname, type: {scalar: string}},
    {name: nodeSelector, type: {map: {elementType: {scalar: string}, elementRelationship: atomic}}},
    {name: tolerations, type: {list: {elementType: {scalar: string}, elementRelationship: atomic}}},
    {name: labels, type: {map: {elementType: {scalar: string}}}},
    {name: finalizers, type: {list: {elementType: {scalar: string}, elementRelationship: associative}}},
    {name: containers, type: {list: {
      elementType: {namedType: container}, elementRelationship: associative, keys: [name]}}}]}
- name: container
  map: {fields: [{name: name, type: {scalar: string}}]}`

type oneVersion struct{}

func (oneVersion) Convert(object *typed.TypedValue, _ fieldpath.APIVersion) (*typed.TypedValue, error) {
	return object, nil
}
func (oneVersion) IsMissingVersionError(error) bool { return false }

func main() {
	parser, _ := typed.NewParser(schema)
	pod := parser.Type("pod")
	updater := merge.Updater{Converter: oneVersion{}}
	for _, field := range [][2]string{
		{"hostname", "a"}, {"nodeSelector", "{a: b}"}, {"tolerations", "[a]"},
		{"labels", "{a: b}"}, {"finalizers", "[a]"}, {"containers", "[{name: a}]"},
	} {
		for _, first := range []string{"other", "same"} {
			live, _ := pod.FromYAML("{}")
			managed := fieldpath.ManagedFields{}
			for _, step := range [][2]string{{first, field[1]}, {"same", "null"}} {
				applied, _ := pod.FromYAML(typed.YAMLObject(field[0] + ": " + step[1]))
				next, fields, err := updater.Apply(live, applied, "v1", managed, step[0], true)
				if err != nil {
					panic(err)
				}
				if managed = fields; next != nil {
					live = next
				}
			}
			left, _ := json.Marshal(live.AsValue().Unstructured())
			fmt.Printf("%s of the %s manager: %s\n", field[0], first, left)
		}
	}
}
E1
go mod init seen > /dev/null 2>&1
go get sigs.k8s.io/structured-merge-diff/v6/merge@v6.3.3 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
hostname of the other manager: {"hostname":null}
hostname of the same manager: {"hostname":null}
nodeSelector of the other manager: {"nodeSelector":null}
nodeSelector of the same manager: {"nodeSelector":null}
tolerations of the other manager: {"tolerations":null}
tolerations of the same manager: {"tolerations":null}
labels of the other manager: {"labels":{"a":"b"}}
labels of the same manager: {"labels":null}
finalizers of the other manager: {"finalizers":["a"]}
finalizers of the same manager: {"finalizers":null}
containers of the other manager: {"containers":[{"name":"a"}]}
containers of the same manager: {"containers":null}
E1
diff expected seen
