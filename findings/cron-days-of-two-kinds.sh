#!/usr/bin/env bash
# github.com/robfig/cron/v3 3.0.1 (the parser of Kubernetes' CronJob), croniter 7.0.0 and cronsim
# 2.8 (Debian's cron) from PyPI.
#
# Guess: five plain fields mean one thing. Where days of the month and of the week are both given,
#   either suffices; a star, with or without a step, does not count as given; Sunday is 0 or 7.
# Seen: `*/2` of the month beside Monday is "odd days and Mondays" in a CronJob and "Mondays on odd
#   days" in Debian's cron. croniter takes 1-1 of the week for every day. A CronJob refuses 7.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install croniter==7.0.0 cronsim==2.8
cat > schedules <<'E1'
0 0 1 * 1
0 0 */2 * 1
0 0 * * 1-1
0 0 * * 7
E1
cat > main.go <<'E1'
package main

import (
	"bufio"
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

func main() {
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		fmt.Print("CronJob  ", lines.Text(), ":")
		schedule, err := cron.ParseStandard(lines.Text())
		if err != nil {
			fmt.Println(" refused")
			continue
		}
		day := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		for range 5 {
			day = schedule.Next(day)
			fmt.Print(day.Format(" 01-02"))
		}
		fmt.Println()
	}
}
E1
cat > days.py <<'E1'
from datetime import datetime
from itertools import islice
from croniter import croniter
from cronsim import CronSim
start = datetime(2026, 3, 1)
for line in open("schedules").read().splitlines():
    found = islice(croniter(line, start).all_next(datetime), 5)
    print("croniter", line + ":", *[day.strftime("%m-%d") for day in found])
    print("cronsim ", line + ":", *[day.strftime("%m-%d") for day in islice(CronSim(line, start), 5)])
E1
go mod init seen > /dev/null 2>&1
go get github.com/robfig/cron/v3@v3.0.1 2> /dev/null
{ go run . < schedules; env/bin/python days.py; } | tee seen
cat > expected <<'E1'
CronJob  0 0 1 * 1: 03-02 03-09 03-16 03-23 03-30
CronJob  0 0 */2 * 1: 03-02 03-03 03-05 03-07 03-09
CronJob  0 0 * * 1-1: 03-02 03-09 03-16 03-23 03-30
CronJob  0 0 * * 7: refused
croniter 0 0 1 * 1: 03-02 03-09 03-16 03-23 03-30
cronsim  0 0 1 * 1: 03-02 03-09 03-16 03-23 03-30
croniter 0 0 */2 * 1: 03-02 03-03 03-05 03-07 03-09
cronsim  0 0 */2 * 1: 03-09 03-23 04-13 04-27 05-11
croniter 0 0 * * 1-1: 03-02 03-03 03-04 03-05 03-06
cronsim  0 0 * * 1-1: 03-02 03-09 03-16 03-23 03-30
croniter 0 0 * * 7: 03-08 03-15 03-22 03-29 04-05
cronsim  0 0 * * 7: 03-08 03-15 03-22 03-29 04-05
E1
diff expected seen
