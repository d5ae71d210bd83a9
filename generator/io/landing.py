"""Edits that land, whatever others push meanwhile.

An edit is tried at once. If somebody was faster, it is not merged but done again on what is there
now; and since writers who all try again hinder each other, it is laid down beside the branch first.
The writer who asked first does all that lie there, each as a commit of its own, and pushes them
together; the others look from time to time whether theirs is among them. Whether an edit has landed
is told by the branch alone: by the id in a commit, or because nothing is left to change.

A writer who dies leaves an edit that others do; one who dies while it does those of all leaves them
as they were, and after a while the next does them.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from generator import __version__
from generator.edits.edit import Edit, Files
from generator.edits.state import State
from generator.io import answers
from generator.io.author import fits
from generator.io.forge.forge import There
from generator.io.git import GitFailed
from generator.io.revision import read_commit
from generator.io.scratch import TRAILER, Look, Scratch, Step
from generator.io.wish import Wish, asked_at, fold, new_id, read, written
from generator.vocabulary.findings import Findings
from generator.vocabulary.refusal import Refusal
from generator.vocabulary.source import Sources

FRESH = 20.0  # seconds for which others let the writer who asked first do the work
STILL = (8.0, 30.0)  # seconds without movement, drawn from, after which anybody does it
LOOKS = (0.3, 2.0)  # seconds between two looks, at first and at most
EACH = 0.03  # seconds at least for each edit that lies there: they are done together
ALONE = (0.2, 30.0)  # longest pause where edits cannot lie beside the branch, at first and at most
ABANDONED = 3600  # seconds after its owner gave up until an edit that waits is taken away


@dataclass(frozen=True, slots=True)
class Asked:
    """What to do with an edit: the branch (None: the remote's own), who it is by, how long to try
    (seconds)."""

    branch: str | None
    author: str
    committer: str
    patience: float
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Landed:
    """`commit` is None if nothing was left to change, or nothing was to be pushed. `request` is the
    pull request that waits for somebody, where one was asked for, and `how` it came about."""

    branch: str
    commit: str | None
    files: Files
    request: There | None = None
    how: str = ""


class Landing:
    """One edit on its way. `state` is what the branch holds, `edited` the same with the edit: what
    findings are about."""

    def __init__(
        self, scratch: Scratch, edit: Edit, asked: Asked, say: Callable[[str], None]
    ) -> None:
        self.scratch, self.asked, self.say = scratch, asked, say
        self.end = time.monotonic() + asked.patience
        self.wish = Wish(new_id(), edit, asked.author, until=int(time.time() + asked.patience))
        self.base: str | None = None
        self.tip = ""
        self.state = self.edited = State(Sources({}))
        self.files: Files = {}
        self.notes: tuple[str, ...] = ()
        self.committer = asked.committer
        self.laid: str | None = None  # what lies beside the branch
        self.seen = Look("", "", {})  # by the last look

    def run(self) -> Landed:
        look = self._look()
        if done := self._meet(look):
            return done
        self._judge()
        if self.asked.dry_run:
            return Landed(look.branch, None, self.files)
        return self._bring(look)

    def _bring(self, look: Look) -> Landed:
        """Pushes the edit at once, or lays it down beside the branch for whoever does all."""
        if not look.pending and (done := self._direct(look)):
            return done
        try:
            return self._queued()
        finally:
            self._withdraw()

    def broken(self) -> bool:
        """Whether what is on the branch holds errors without the edit."""
        try:
            self.state.validate()
        except Findings:
            return True
        return False

    def _judge(self) -> None:
        """Raises findings where the edit leaves an error; else what the platform says of commits
        counts."""
        said = self.edited.compiled.plan.platform.publish
        self.scratch.signed(said.sign)
        self.committer = (said.author if said.sign else None) or self.asked.committer

    def _look(self) -> Look:
        self.seen = self.scratch.look(self.asked.branch)
        return self.seen

    def _meet(self, look: Look, waiting: bool = False) -> Landed | None:
        """Brings what is there now, and does the edit on it; what it became, if it has landed."""
        self.say("fetching the configuration")
        tip = self.scratch.fetch(look.branch, waiting)
        if self.base and (commit := self.scratch.landed(self.base, tip, self.wish.id)):
            return Landed(look.branch, commit, self.files)
        if tip != self.tip:
            prefix = self.scratch.origin.prefix
            self.state = State(read_commit(self.scratch.repository, f"{tip}:{prefix}"))
            self.edited = self.state
        files = self.wish.on(self.state)
        if not files:
            return Landed(look.branch, None, {})
        self.files, self.edited = files, self.state.with_files(files)
        if self.base is None:
            change = self.wish.edit.change(self.state)
            self.base, self.notes = tip, change.notes
            self.wish = replace(self.wish, rests=change.rests)
        self.tip = tip
        return None

    def _direct(self, look: Look) -> Landed | None:
        """The edit alone, on what was met; None if somebody was faster."""
        return self._push(replace(look, tip=self.tip), [(self.wish, self.files)])

    def _push(self, look: Look, steps: list[tuple[Wish, Files]]) -> Landed | None:
        self.say("pushing")
        commits = [Step(files, wish.author, message(wish)) for wish, files in steps]
        commit = self.scratch.commits(look.tip, commits, self.committer)
        try:
            self.scratch.push(look, commit)
        except GitFailed as failed:
            self._lost(look, failed)
            return None
        mine = self.scratch.landed(look.tip, commit, self.wish.id)
        return Landed(look.branch, mine, self.files)

    def _lost(self, look: Look, failed: GitFailed) -> None:
        """Raises what git said, unless another push came first, or is under way."""
        called = self.scratch.origin.called
        try:
            now = self._look()
        except GitFailed as silent:
            raise GitFailed(
                f"{failed}\nsince then {called} does not answer",
                "nobody can tell whether the commit arrived; run the command again when it does: "
                "what has landed is not done twice",
            ) from silent
        if now.tip == look.tip and not answers.passing(failed):
            raise unpushed(answers.explained(failed, called, look.branch))

    def _queued(self) -> Landed:
        """Lays the edit down beside the branch, and waits until it is on it."""
        look = self.seen
        try:
            self._lay(look)
        except GitFailed:
            return self._alone()
        pause, patience = LOOKS[0] + EACH * len(look.pending), random.uniform(*STILL)  # noqa: S311
        seen, since = look.tip, time.monotonic()
        if not _leads(replace(look, pending={**look.pending, self.wish.id: ""}), self.wish.id):
            self._wait(pause)  # somebody asked before, and does this one too
        while time.monotonic() < self.end:
            look = self._look()
            if look.tip != seen:
                seen, since = look.tip, time.monotonic()
            done = self._turn(look, time.monotonic() - since > patience)
            if done:
                return done
            self.say(f"waiting for {len(look.pending) - 1} others")
            pause = max(min(pause * 1.3, LOOKS[1]), EACH * len(look.pending))
            self._wait(pause)
        return self._late()

    def _wait(self, pause: float) -> None:
        """So long, about: those who wait do not ask at the same moment."""
        time.sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311 no secret

    def _turn(self, look: Look, still: bool) -> Landed | None:
        """What there is to do after a look."""
        if self.wish.id not in look.pending:
            self.laid = None
            if done := self._meet(look):
                return done
            self._lay(look)
        elif still or _leads(look, self.wish.id):
            return self._folded(look)
        return None

    def _folded(self, look: Look) -> Landed | None:
        """Does all edits that lie there, this one first."""
        if done := self._meet(look, waiting=True):
            self._forget(look.branch, {self.wish.id})
            return done
        self._judge()
        lying = [self.wish, *self._waiting()]
        self.say(f"doing {len(lying)} edits")
        _, steps, there = fold(self.state, lying)
        done = self._push(replace(look, tip=self.tip), steps)
        if done:
            self._forget(look.branch, {wish.id for wish, _ in steps} | {wish.id for wish in there})
        return done

    def _waiting(self) -> list[Wish]:
        """Edits of others that may still be meant."""
        wishes = []
        for number, written_by, text in self.scratch.waiting():
            wish = read(number, written_by, text) if fits(written_by) else None
            if wish and wish.id != self.wish.id and wish.until > time.time():
                wishes.append(wish)
        return wishes

    def _lay(self, look: Look) -> None:
        self.scratch.submit(look.branch, self.wish.id, written(self.wish), self.wish.author)
        self.laid = look.branch

    def _forget(self, branch: str, edits: set[str]) -> None:
        """Takes away what is done, and what was abandoned long ago."""
        old = time.time() - ABANDONED - self.asked.patience
        lying = self.scratch.lying
        gone = {each: lying[each] for each in lying if each in edits or asked_at(each) < old}
        self.scratch.withdraw(branch, gone)
        self.laid = None

    def _withdraw(self) -> None:
        if self.laid is not None:
            self.scratch.withdraw(self.laid, {self.wish.id: self.scratch.lying[self.wish.id]})

    def _alone(self) -> Landed:
        """Where nothing may lie beside the branch: again and again, each time after a longer pause
        of a length that nobody else has."""
        longest = ALONE[0]
        while time.monotonic() < self.end:
            look = self._look()
            done = self._meet(look)
            if done is None:
                self._judge()
                done = self._direct(look)
            if done:
                return done
            time.sleep(random.uniform(0, longest))  # noqa: S311 no secret
            longest = min(longest * 2, ALONE[1])
        return self._late()

    def _late(self) -> Landed:
        if done := self._meet(self._look()):
            return done
        raise Refusal(
            f"others kept pushing to {self.scratch.origin.called}: the edit did not land "
            f"within {self.asked.patience:.0f} s",
            "run the command again, or give it longer with --patience; nothing was pushed",
            exit_code=4,
        )


def _leads(look: Look, mine: str) -> bool:
    """Whether nobody who asked before is at it."""
    now = time.time()
    first = min(each for each in look.pending if each == mine or now - asked_at(each) < FRESH)
    return first == mine


def title(edit: Edit) -> str:
    """What it does, as a line that steers nothing."""
    return re.sub(r"[^ -~]+", " ", edit.subject)[:200]


def message(wish: Wish) -> str:
    return f"{title(wish.edit)}\n\n{TRAILER}: {wish.id}\nGen-Version: {__version__}\n"


def unpushed(failed: GitFailed) -> GitFailed:
    """The same in the words of an edit."""
    failed.next_step = failed.next_step.replace(answers.NOTHING, "nothing was pushed")
    return failed
