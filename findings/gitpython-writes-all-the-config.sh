#!/usr/bin/env bash
# GitPython 3.2.1: `config_writer()` sets one key and changes others.
#
# Guess: to set gen.seen leaves the rest of .git/config as it is, or at least what it means.
# Seen: git reads other values afterwards. The url that stands on the line of its section's
#   heading is gone; what was escaped outside of quotes has backslashes in its value; a quoted
#   piece inside a value has quotes in it.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install GitPython==3.2.1
git init -q repository
cat >> repository/.git/config <<'E1'
[remote "origin"] url = https://git.example/cart
	fetch = +refs/heads/main:refs/remotes/origin/main
[alias]
	tip = !git log -1 --format=\"%h %s\"
	both = status" ; "diff
E1
cat > write.py <<'E1'
import git
with git.Repo("repository").config_writer() as config:
    config.set_value("gen", "seen", "1")
E1
shown() { git config -f repository/.git/config --get-regexp '^(remote|alias|gen)\.' || true; }
{
  echo "before:"; shown
  env/bin/python write.py; echo "after:"; shown
} | tee seen
cat > expected <<'E1'
before:
remote.origin.url https://git.example/cart
remote.origin.fetch +refs/heads/main:refs/remotes/origin/main
alias.tip !git log -1 --format="%h %s"
alias.both status ; diff
after:
remote.origin.fetch +refs/heads/main:refs/remotes/origin/main
alias.tip !git log -1 --format=\"%h %s\"
alias.both status" ; "diff
gen.seen 1
E1
diff expected seen
