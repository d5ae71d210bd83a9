"""What git and servers say when they refuse, and what a person does about each.

The texts are those of git 2.39, Gitea 1.26, gitolite 3.6, GitLab and GitHub. A meaning is found by
the first pattern that fits; what fits none is shown as it was said, with a step that is always
true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from generator.io.git import GitFailed

NOTHING = "nothing was published"

# Somebody else's push came first, or is under way: look again.
_PASSING = re.compile(
    r"is at \w+ but expected|stale info|fetch first|non-fast-forward|unable to resolve reference|"
    r"failed to update ref|transaction failed|failed to lock|reference already exists|"
    r"Unable to create '[^']*\.lock'|File exists|\.lock'"
)
_NO_ATOMIC = re.compile(r"does not support --atomic")
_MOST = re.compile(
    r"(?:more than|at most|maximum(?: of| is)?|limit(?:ed)?(?: of| to| is)?)\D{0,20}(\d{1,6})"
    r"[^\n]{0,40}\b(?:refs?|references|branches|tags)\b"
)


class Meaning(NamedTuple):
    """`{remote}` and `{branch}` stand in both texts, and `{1}`… for what the pattern caught. Where
    it is not `final`, a push may have arrived, or arrive still."""

    pattern: str
    what: str
    step: str
    final: bool = True


_ACCOUNT = "let the account that publishes {0}, or publish with one that may; " + NOTHING
_MEANINGS = (
    Meaning(
        r"cannot lock ref '([^'\n]+)'[^\n]*'([^'\n]+)' exists; cannot create",
        "{2} at {remote} is in the way of {1}",
        "see what it is for, and delete or rename it: `git push {remote} :{2}`; " + NOTHING,
    ),
    Meaning(
        r"(?i)must be (?:gpg.)?signed|verified signature|signed with|not signed|unsigned commit",
        "{remote} wants signed commits",
        "say how in platform.yaml: `publish: {{sign: ssh}}`, or `gpg`; the key is user.signingKey "
        "of the clone; " + NOTHING,
    ),
    Meaning(
        r"(?i)GH007|(?:author|committer|e-?mail)[^\n]*"
        r"(?:pattern|not a member|privacy|does not match|not match|is not allowed|must be)",
        "{remote} does not take commits of this author",
        'name another in platform.yaml: `publish: {{author: "Name <mail@example.com>"}}`; '
        + NOTHING,
    ),
    Meaning(
        r"(?i)Tag \S+ is protected|protected tags?\b|as it is protected",
        "{remote} protects the tags of Applications",
        _ACCOUNT.format("create and move tags below `gen/`"),
    ),
    Meaning(
        r"from changing file ([^\n]+)",
        "{remote} protects {1}",
        _ACCOUNT.format("change that file on {branch}"),
    ),
    Meaning(
        r"(?i)protected branch|GH006|branch \S+ is protected",
        "{remote} protects {branch}",
        _ACCOUNT.format("push to {branch}"),
    ),
    Meaning(
        r"(?i)GH013|rule violations",
        "rules at {remote} refuse what gen pushes",
        "see which: the server names them; let the account that publishes bypass them, or fix "
        "what they ask for; " + NOTHING,
    ),
    Meaning(
        r"DENIED by (VREF/\S+)",
        "{remote} refuses by its rule {1}",
        "see what the rule holds a push to, and let the account that publishes pass; " + NOTHING,
    ),
    Meaning(
        r"(\S+ \S+) \S+ \S+ DENIED by",
        "{remote} denies this account `{1}`",
        "grant it RW+ on refs/heads/{branch} and on refs/tags/gen/; " + NOTHING,
    ),
    Meaning(
        r"(?i)pack exceeds maximum|exceeds[^\n]*(?:limit|maximum)|too large|HTTP 413|error: 413",
        "the push is too large for {remote}",
        "raise the server's limit (of a push, or of a request); " + NOTHING,
    ),
    Meaning(
        r"shallow update not allowed",
        "{remote} takes no push of a shallow clone",
        "bring the history: `git fetch --unshallow`; " + NOTHING,
    ),
    Meaning(
        r"refusing to update checked out branch",
        "{branch} is checked out at {remote}",
        "push to a bare repository, or check out another branch there; " + NOTHING,
    ),
    Meaning(
        r"hidden ref",
        "{remote} hides refs that gen writes",
        "take refs/tags/gen/ and refs/heads/{branch} out of its transfer.hideRefs; " + NOTHING,
    ),
    Meaning(
        r"(?i)archived|read.only (?:repository|mode)|mirror repository|is a mirror",
        "{remote} is read-only",
        "publish to the repository that takes pushes; " + NOTHING,
    ),
    Meaning(
        r"(?i)Authentication failed|could not read (?:Username|Password)|Permission denied"
        r"|returned error: 40[13]|HTTP 40[13]|Forbidden|denied to|not authorized",
        "{remote} does not let this account in",
        "give the clone credentials that may push; the machine's own configuration of git counts "
        "only with GEN_GIT_CONFIG=machine; " + NOTHING,
    ),
    Meaning(
        r"unable to update url base from redirection|not valid: is this a git repository",
        "{remote} answers with a page that is not git's: of another address, or to sign in",
        "check its URL (`git remote get-url {remote}`) and the clone's credentials; " + NOTHING,
    ),
    Meaning(
        r"error: 429|HTTP 429|(?i:too many requests)",
        "{remote} takes no more requests for now",
        "run the command again later; " + NOTHING,
    ),
    Meaning(
        r"(?:error:|HTTP) (5\d\d)",
        "{remote} fails with HTTP {1}",
        "run the command again when it is well; " + NOTHING,
        final=False,
    ),
    Meaning(
        r"(?i)connection (?:reset|timed out|closed)|timed out|too slow|RPC failed|early EOF|hung up"
        r"|unexpected disconnect|broken pipe",
        "the connection to {remote} broke",
        "run the command again; " + NOTHING,
        final=False,
    ),
    Meaning(
        r"(?i)Could not resolve host|Connection refused|unable to access|SSL|certificate"
        r"|Host key verification",
        "{remote} cannot be reached",
        "check its URL, the network, its certificates or host key, and run the command again; "
        + NOTHING,
    ),
    Meaning(
        r"(?i)does not appear to be a git repository|repository [^\n]*not found",
        "there is no repository at {remote}",
        "check its URL: `git remote get-url {remote}`; " + NOTHING,
    ),
    Meaning(
        r"no message for end users",
        "{remote} failed without a message",
        "Gitea answers so to unsigned commits on a branch that asks for signatures: try "
        "`publish: {{sign: gpg}}` in platform.yaml, or see its log; " + NOTHING,
    ),
    Meaning(
        r"Could not read from remote repository",
        "{remote} does not serve this clone",
        "mind what it says first; check its URL (`git remote get-url {remote}`) and what the "
        "account may do there; " + NOTHING,
    ),
    Meaning(
        r"hook declined",
        "{remote} declined",
        "fix what it reports; where it does not say why, ask whether it wants signed commits "
        "(`publish: {{sign: ssh}}`) or other authors; " + NOTHING,
    ),
)


def passing(failed: GitFailed) -> bool:
    """Whether the same push may go through soon."""
    return not _final(failed) and bool(_PASSING.search(failed.whole))


def lost(failed: GitFailed) -> bool:
    """Whether the answer to a push was lost, so that nobody can tell whether it arrives."""
    known = _meaning(failed)
    return known is not None and not known[0].final


def _final(failed: GitFailed) -> bool:
    known = _meaning(failed)
    return known is not None and known[0].final


@contextmanager
def told(remote: str, branch: str) -> Iterator[None]:
    """What a remote says to a question is explained as what it says to a push."""
    try:
        yield
    except GitFailed as failed:
        explanation = explained(failed, remote, branch)
        if explanation is failed or not str(failed).startswith(("git ls-remote:", "git fetch:")):
            raise
        raise explanation from failed


def lacks_atomic(failed: GitFailed) -> bool:
    return bool(_NO_ATOMIC.search(failed.whole))


def most_refs(failed: GitFailed) -> int | None:
    """How many refs the server takes in one push, if that is why it refused."""
    limit = _MOST.search(failed.whole)
    return max(1, int(limit.group(1))) if limit else None


def explained(failed: GitFailed, remote: str, branch: str) -> GitFailed:
    """The same with what it means in front, and the next step."""
    known = _meaning(failed)
    if known is None:
        return failed
    meaning, caught = known
    words = ["", *(word or "" for word in caught.groups())]
    what = meaning.what.format(*words, remote=remote, branch=branch)
    step = meaning.step.format(*words, remote=remote, branch=branch)
    return GitFailed(f"{what}\n{failed}", step)


def _meaning(failed: GitFailed) -> tuple[Meaning, re.Match[str]] | None:
    for meaning in _MEANINGS:
        if match := re.search(meaning.pattern, failed.whole):
            return meaning, match
    return None
