#!/usr/bin/env bash
# GitPython 3.2.1, dulwich 1.2.21, git (2.34 or later): a repository whose configuration says
# commit.gpgsign = true, core.autocrlf = input, and core.hooksPath.
#
# Guess: a library that reads the repository's configuration obeys all three, or says which not.
# Seen: git obeys all. `index.commit` of GitPython runs the hooks, and neither signs nor converts
#   line ends. dulwich signs and converts, and does not run the hooks. Nobody says a word.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install GitPython==3.2.1 dulwich==1.2.21
export HOME=$room GIT_CONFIG_NOSYSTEM=1
ssh-keygen -q -t ed25519 -N '' -C gen -f key
mkdir hooks
printf '#!/bin/sh\necho ran >> "%s"\n' "$room/hook" > hooks/pre-commit
chmod +x hooks/pre-commit
git init -q -b main repository
git -C repository config user.name gen
git -C repository config user.email gen@example.invalid
git -C repository config gpg.format ssh
git -C repository config user.signingkey "$room/key.pub"
git -C repository config commit.gpgsign true
git -C repository config core.autocrlf input
git -C repository config core.hooksPath "$room/hooks"
cat > commit.py <<'E1'
import os, pathlib, subprocess, git
from dulwich import porcelain

def native(name):
    subprocess.run(["git", "add", name], check=True, stderr=subprocess.DEVNULL)
    subprocess.run(["git", "commit", "-q", "-m", name], check=True)

def gitpython(name):
    index = git.Repo(".").index
    index.add([name])
    index.commit(name)

def dulwich(name):
    porcelain.add(".", name)
    porcelain.commit(".", name.encode())

def git_says(*arguments):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, text=True).stdout

hook = pathlib.Path("hook").resolve()
os.chdir("repository")
for commit in native, gitpython, dulwich:
    hook.write_text("")
    name = commit.__name__
    pathlib.Path(name).write_bytes(b"a\r\n")
    commit(name)
    signed = "\ngpgsig " in git_says("cat-file", "commit", "HEAD")
    ends = git_says("ls-files", "--eol", name).split()[0]
    print(f"{name}: signed {signed}, line ends {ends}, hook {hook.read_text().strip() or 'silent'}")
E1
env/bin/python commit.py | tee seen
cat > expected <<'E1'
native: signed True, line ends i/lf, hook ran
gitpython: signed False, line ends i/crlf, hook ran
dulwich: signed True, line ends i/lf, hook silent
E1
diff expected seen
