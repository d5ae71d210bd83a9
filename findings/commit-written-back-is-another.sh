#!/usr/bin/env bash
# GitPython 3.2.1 (`Commit.replace`), github.com/go-git/go-git/v5 5.19.3 (`Commit.Encode`).
#
# Guess: a commit that is read and written again without a change keeps its id. Headers that a
#   library does not know are carried along; git promises that they may be there.
# Seen: GitPython drops the `encoding` header, a `mergetag` and any other header, and both write
#   the zone -0000 as +0000. go-git keeps headers unless they stand behind the signature, where
#   git puts none but other tools may: then it moves them before it, and the id changes.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install GitPython==3.2.1
git init -q -b main repository
tree=$(git -C repository mktree < /dev/null)
signature='gpgsig -----BEGIN SSH SIGNATURE-----\n U1NIU0lH\n -----END SSH SIGNATURE-----\n'
made() { # name, zone of the author, more headers
  printf "tree $tree\nauthor A <a@b.c> 1700000000 $2\ncommitter A <a@b.c> 1700000000 +0000\n$3\nx\n" |
    git -C repository hash-object -t commit -w --stdin | sed "s/^/$1 /"
}
{
  made plain +0000 ''
  made signed +0000 "$signature"
  made encoding +0000 'encoding ISO-8859-1\n'
  made mergetag +0000 "mergetag object $tree\n type tree\n tag t\n tagger A <a@b.c> 1 +0000\n \n t\n"
  made change-id +0000 'change-id kxyz\n'
  made behind +0000 "${signature}change-id kxyz\n"
  made west -0000 ''
} > commits
cat > main.go <<'E1'
package main

import (
	"fmt"
	"io"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing"
)

func main() {
	repository, _ := git.PlainOpen("repository")
	var name, id string
	for {
		if _, err := fmt.Scan(&name, &id); err == io.EOF {
			return
		}
		commit, _ := repository.CommitObject(plumbing.NewHash(id))
		written := &plumbing.MemoryObject{}
		commit.Encode(written)
		fmt.Println("go-git", name, "same:", written.Hash() == commit.Hash)
	}
}
E1
cat > replace.py <<'E1'
import git
for line in open("commits"):
    name, commit = line.split()
    written = git.Repo("repository").commit(commit).replace()
    print("GitPython", name, "same:", str(written.hexsha == commit).lower())
E1
go mod init seen > /dev/null 2>&1
go get github.com/go-git/go-git/v5@v5.19.3 2> /dev/null
{ env/bin/python replace.py; go run . < commits; } | tee seen
cat > expected <<'E1'
GitPython plain same: true
GitPython signed same: true
GitPython encoding same: false
GitPython mergetag same: false
GitPython change-id same: false
GitPython behind same: false
GitPython west same: false
go-git plain same: true
go-git signed same: true
go-git encoding same: true
go-git mergetag same: true
go-git change-id same: true
go-git behind same: false
go-git west same: false
E1
diff expected seen
