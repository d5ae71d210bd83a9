#!/usr/bin/env bash
# github.com/go-git/go-git/v5 5.19.3, GitPython 3.2.1, dulwich 1.2.21, pygit2 1.21.0, git.
#
# Guess: a revision that is a branch's name is that branch. Names like `cafe`, `decade` or a
#   ticket's number are also hexadecimal; git prefers the branch, and so do all libraries.
# Seen: four of five do. go-git takes the commit whose id begins so, if there is one, from four
#   characters on, and says nothing; `refs/heads/NAME` is the way out.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install GitPython==3.2.1 dulwich==1.2.21 pygit2==1.21.0
export GIT_AUTHOR_NAME=gen GIT_AUTHOR_EMAIL=gen@example.invalid GIT_AUTHOR_DATE='1700000000 +0000'
export GIT_COMMITTER_NAME=gen GIT_COMMITTER_EMAIL=gen@example.invalid
export GIT_COMMITTER_DATE='1700000000 +0000' GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
git init -q -b main repository
git -C repository commit -q --allow-empty -m first
first=$(git -C repository rev-parse HEAD)
git -C repository commit -q --allow-empty -m second
git -C repository branch "${first:0:4}"
cat > main.go <<'E1'
package main

import (
	"fmt"
	"os"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

func main() {
	repository, _ := git.PlainOpen("repository")
	for _, name := range []string{os.Args[1], "refs/heads/" + os.Args[1]} {
		id, _ := repository.ResolveRevision(plumbing.Revision(name))
		commit, _ := repository.CommitObject(*id)
		fmt.Print("go-git: ", commit.Message)
	}
}
E1
cat > resolve.py <<'E1'
import sys, git, pygit2
from dulwich.objectspec import parse_commit
from dulwich.repo import Repo
name = sys.argv[1]
print("GitPython:", git.Repo("repository").commit(name).summary)
print("pygit2:", pygit2.Repository("repository").revparse_single(name).message.strip())
print("dulwich:", parse_commit(Repo("repository"), name.encode()).message.decode().strip())
E1
go mod init seen > /dev/null 2>&1
go get github.com/go-git/go-git/v5@v5.19.3 2> /dev/null
{
  git -C repository log -1 --format='git: %s' "${first:0:4}" --
  env/bin/python resolve.py "${first:0:4}"
  go run . "${first:0:4}"
} 2>&1 | grep -v 'refname.*ambiguous' | tee seen
cat > expected <<'E1'
git: second
GitPython: second
pygit2: second
dulwich: second
go-git: first
go-git: second
E1
diff expected seen
