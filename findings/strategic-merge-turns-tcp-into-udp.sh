#!/usr/bin/env bash
# k8s.io/apimachinery and k8s.io/api 0.36.3: strategic merge patches as the API server applies them.
#
# Guess: a patch entry changes the list entry it describes. Entries with the same port number and
#   another protocol, or the same topologyKey and another whenUnsatisfiable, are other entries;
#   server-side apply and the published schema (x-kubernetes-list-map-keys) name both fields.
# Seen: strategic merge knows one key for each list. A name for 53/UDP goes to the first port 53,
#   which was TCP, and makes it UDP: the pod has UDP twice and TCP no more. The constraint that
#   must hold becomes one that may be broken. A deletion of one port 53 deletes both.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
cat > main.go <<'E1'
package main

import (
	"fmt"

	"k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

func main() {
	ports := `{"spec":{"containers":[{"name":"c","ports":[%s]}]}}`
	spread := `{"spec":{"topologySpreadConstraints":[%s]}}`
	both := `{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"}`
	zones := `{"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"},` +
		`{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"}`
	for _, c := range [][3]string{
		{ports, both, `{"containerPort":53,"protocol":"UDP","name":"dns"}`},
		{ports, both, `{"containerPort":53,"protocol":"UDP","$patch":"delete"}`},
		{spread, zones, `{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","maxSkew":3}`},
	} {
		was, patch := fmt.Sprintf(c[0], c[1]), fmt.Sprintf(c[0], c[2])
		is, _ := strategicpatch.StrategicMergePatch([]byte(was), []byte(patch), v1.Pod{})
		fmt.Println(c[1], "+", c[2])
		fmt.Println(" =", string(is))
	}
}
E1
go mod init seen > /dev/null 2>&1
go get k8s.io/apimachinery/pkg/util/strategicpatch@v0.36.3 k8s.io/api/core/v1@v0.36.3 2> /dev/null
go run . | tee seen
cat > expected <<'E1'
{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"} + {"containerPort":53,"protocol":"UDP","name":"dns"}
 = {"spec":{"containers":[{"name":"c","ports":[{"containerPort":53,"name":"dns","protocol":"UDP"},{"containerPort":53,"protocol":"UDP"}]}]}}
{"containerPort":53,"protocol":"TCP"},{"containerPort":53,"protocol":"UDP"} + {"containerPort":53,"protocol":"UDP","$patch":"delete"}
 = {"spec":{"containers":[{"name":"c","ports":[]}]}}
{"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule"},{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"} + {"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","maxSkew":3}
 = {"spec":{"topologySpreadConstraints":[{"maxSkew":3,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"},{"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway"}]}}
E1
diff expected seen
