"""An edit that becomes a pull request, where nobody may push to the branch.

There is one for what an edit is about, from a branch of gen's own: the same command run again
changes nothing, and with other versions it brings the same pull request up to date.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from generator.edits.edit import Edit
from generator.io import answers
from generator.io.forge.forge import Forge, Proposed, brought
from generator.io.git import GitFailed
from generator.io.landing import Asked, Landed, Landing, message, title, unpushed
from generator.io.scratch import TRAILER, Look, Scratch, Step
from generator.vocabulary.refusal import Refusal

PREFIX = "gen/"
LONGEST = 60  # letters of what it is about, in a branch's name


class Proposal(Landing):
    """One edit on its way to a pull request."""

    def __init__(
        self,
        scratch: Scratch,
        edit: Edit,
        asked: Asked,
        say: Callable[[str], None],
        forge: Forge,
    ) -> None:
        super().__init__(scratch, edit, asked, say)
        self.forge = forge

    def _bring(self, look: Look) -> Landed:
        request = self._proposed(look.branch)
        self.say(f"asking {self.forge.api.called}")
        self.forge.opened(request.head, request.base)  # what it refuses, it refuses before a push
        commit = self._pushed(request.head)
        try:
            how, there = brought(self.forge, request)
        except Refusal as refused:
            raise Refusal(
                f"{refused}\nthe edit is on the branch {request.head}, without a pull request",
                f"{refused.next_step}; the same command goes on from there",
            ) from None
        return Landed(look.branch, commit, self.files, there, how)

    def _proposed(self, base: str) -> Proposed:
        edit = self.wish.edit
        words = title(edit).replace("`", "'")
        text = f"`gen {words}`\n\nThe same command brings this up to date, with other versions too."
        return Proposed(head(edit), base, title(edit), text)

    def _pushed(self, branch: str) -> str:
        """The commit on the branch of the pull request: a new one, if what is there says something
        else, or began elsewhere."""
        there = self.scratch.proposed(branch)
        if there and TRAILER not in there[1]:
            raise Refusal(
                f"somebody else committed to {branch}, where gen would write",
                "merge that pull request, or delete its branch, and run the command again; nothing "
                "was pushed",
                exit_code=4,
            )
        step = Step(self.files, self.wish.author, message(self.wish))
        commit = self.scratch.commits(self.tip, [step], self.committer)
        if there and self._same(commit, there[1]):
            return there[0]
        self.say("pushing")
        try:
            self.scratch.propose(branch, commit, there[0] if there else None)
        except GitFailed as failed:
            called = self.scratch.origin.called
            raise unpushed(answers.explained(failed, called, branch)) from None
        return commit

    def _same(self, commit: str, there: str) -> bool:
        """Whether a commit's text says the same tree on the same base."""
        tree = self.scratch.repository.text("rev-parse", f"{commit}^{{tree}}")
        return there.startswith(f"tree {tree}\nparent {self.tip}\nauthor ")


def head(edit: Edit) -> str:
    """The branch for what an edit is about."""
    words = re.sub(r"[^a-z0-9]+", "-", edit.topic.lower())[:LONGEST].strip("-")
    return f"{PREFIX}{words}-{hashlib.sha256(edit.topic.encode()).hexdigest()[:8]}"
