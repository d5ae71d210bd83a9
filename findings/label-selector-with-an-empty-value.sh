#!/usr/bin/env bash
# Label selectors as kubectl, Argo CD and every client with `-l` write them, and the same in a
# manifest's matchExpressions: apimachinery 0.36.1.
#
# Guess: `app in (web,)` is an error, or the comma is one too many; `app in ()` is nothing or an
#   error, as the same is in a manifest.
# Seen: the comma names the empty value. `app in (web,)` also selects what is labelled `app: ""`, and
#   `app notin (web,)` leaves it out. `app in ()` selects it alone. A manifest's `In` without values
#   is refused. `app!=web` and `notin` select objects without the label, and `app>9` takes "010" for
#   ten and leaves texts out.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > go.mod <<'E1'
module select
go 1.26
require k8s.io/apimachinery v0.36.1
E1
cat > select.go <<'E1'
package main

import (
	"fmt"
	"strings"

	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

func main() {
	pods := []struct {
		name   string
		labels labels.Set
	}{{"unlabelled", nil}, {"empty", labels.Set{"app": ""}}, {"web", labels.Set{"app": "web"}}, {"ten", labels.Set{"app": "010"}}}
	selected := func(selector labels.Selector, err error) string {
		if err != nil {
			return "error"
		}
		names := []string{}
		for _, pod := range pods {
			if selector.Matches(pod.labels) {
				names = append(names, pod.name)
			}
		}
		return strings.Join(names, " ")
	}
	for _, text := range []string{"app in (web)", "app in (web,)", "app notin (web,)", "app in ()", "app notin ()", "app!=web", "app>9"} {
		fmt.Printf("%s|%s\n", text, selected(labels.Parse(text)))
	}
	for _, values := range [][]string{{"web"}, {"web", ""}, {}} {
		in := meta.LabelSelectorRequirement{Key: "app", Operator: meta.LabelSelectorOpIn, Values: values}
		got := selected(meta.LabelSelectorAsSelector(&meta.LabelSelector{MatchExpressions: []meta.LabelSelectorRequirement{in}}))
		fmt.Printf("In %q|%s\n", values, got)
	}
}
E1
go mod tidy > tidied 2>&1
go run . | tee seen
cat > expected <<'E1'
app in (web)|web
app in (web,)|empty web
app notin (web,)|unlabelled ten
app in ()|empty
app notin ()|unlabelled web ten
app!=web|unlabelled empty ten
app>9|ten
In ["web"]|web
In ["web" ""]|empty web
In []|error
E1
diff expected seen
