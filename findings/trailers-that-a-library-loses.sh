#!/usr/bin/env bash
# git (2.39 and later), GitPython 3.2.1, pygit2 1.21.0, dulwich 1.2.21: the trailers of a commit.
#
# Guess: what `git interpret-trailers --parse` finds, `git log --format=%(trailers)` finds too, and
#   the libraries follow git.
# Seen: pygit2 gives an empty trailer the whole next line as its value, so that one is lost.
#   dulwich loses all trailers of a commit that `git cherry-pick -x` made. git itself finds
#   trailers above a line of three dashes with the one command and none with the other.
set -euo pipefail
room=$(mktemp -d)
trap 'rm -rf "$room"' EXIT
cd "$room"
python3 -m venv env
env/bin/pip -q --disable-pip-version-check install GitPython==3.2.1 pygit2==1.21.0 dulwich==1.2.21
git init -q repository
cat > trailers.py <<'E1'
import subprocess, git, pygit2
from dulwich.trailers import parse_trailers

def native(*arguments, text=""):
    done = subprocess.run(["git", "-C", "repository", *arguments], input=text, text=True,
                          capture_output=True, check=True)
    return done.stdout.strip()

who = "A <a@b.c> 1700000000 +0000"
head = f"tree {native('mktree')}\nauthor {who}\ncommitter {who}\n\n"
for name, end in {
    "plain": "Source: abc\nReviewed-by: B\n",
    "empty value": "Source:\nReviewed-by: B\n",
    "cherry-pick -x": "Source: abc\n(cherry picked from commit 0123456789)\n",
    "three dashes": "Source: abc\n---\nnotes\n",
}.items():
    message = "subject\n\nbody\n\n" + end
    commit = native("hash-object", "-t", "commit", "-w", "--stdin", text=head + message)
    print(name)
    print("  git interpret-trailers", native("interpret-trailers", "--parse", text=message).split("\n"))
    print("  git log", native("log", "-1", "--format=%(trailers:only,unfold)", commit).split("\n"))
    print("  GitPython", git.Repo("repository").commit(commit).trailers_list)
    print("  pygit2", dict(pygit2.Repository("repository")[commit].message_trailers))
    print("  dulwich", [(found.key, found.value) for found in parse_trailers(message.encode())[1]])
E1
env/bin/python trailers.py | tee seen
cat > expected <<'E1'
plain
  git interpret-trailers ['Source: abc', 'Reviewed-by: B']
  git log ['Source: abc', 'Reviewed-by: B']
  GitPython [('Source', 'abc'), ('Reviewed-by', 'B')]
  pygit2 {'Source': 'abc', 'Reviewed-by': 'B'}
  dulwich [('Source', 'abc'), ('Reviewed-by', 'B')]
empty value
  git interpret-trailers ['Source: ', 'Reviewed-by: B']
  git log ['Source: ', 'Reviewed-by: B']
  GitPython [('Source', ''), ('Reviewed-by', 'B')]
  pygit2 {'Source': '\nReviewed-by: B'}
  dulwich [('Source', ''), ('Reviewed-by', 'B')]
cherry-pick -x
  git interpret-trailers ['Source: abc']
  git log ['Source: abc']
  GitPython [('Source', 'abc')]
  pygit2 {'Source': 'abc'}
  dulwich []
three dashes
  git interpret-trailers ['Source: abc']
  git log ['']
  GitPython [('Source', 'abc')]
  pygit2 {'Source': 'abc'}
  dulwich [('Source', 'abc')]
E1
diff expected seen
