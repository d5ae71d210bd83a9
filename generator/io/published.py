"""What the output branch of a remote holds, looked at again and again."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.io.revision import read_commit
from generator.io.scratch import Scratch
from generator.vocabulary import names
from generator.vocabulary.refusal import Refusal

_SOURCE = re.compile(rf"^Gen-Source: ({names.COMMIT})$", re.MULTILINE)
OUTPUT, SOURCE = "refs/gen/output", "refs/gen/source"
FEW = 20  # commits of the output branch that are looked at for gen's own


@dataclass(frozen=True, slots=True)
class Published:
    """The output branch's commit, the source that it was compiled from (None: neither), and whether
    that holds the commit that was asked for."""

    tip: str | None
    source: str | None
    holds: bool


class Output:
    """The output branch of a configuration repository. `commit` is what is waited for; without one
    what the source branch holds now."""

    def __init__(self, scratch: Scratch, branch: str | None, commit: str | None) -> None:
        look = scratch.look(None)
        self.scratch, self.main = scratch, look.branch
        self.branch = branch or self._said(scratch.fetch(look.branch, waiting=False))
        self.commit = commit or look.tip
        self._known: dict[str, bool] = {}

    def _said(self, tip: str) -> str:
        """The branch that platform.yaml names."""
        from generator.edits.state import State

        prefix = self.scratch.origin.prefix
        sources = read_commit(self.scratch.repository, f"{tip}:{prefix}")
        return State(sources).compiled.plan.platform.argocd.branch

    def look(self) -> Published:
        if self.scratch.tip(self.branch) is None:
            return Published(None, None, holds=False)
        tip = self.scratch.bring(self.branch, OUTPUT, f"--depth={FEW}")
        text = self.scratch.repository.text("log", "--format=%B", f"--max-count={FEW}", tip)
        found = _SOURCE.search(text)
        source = found.group(1) if found else None
        return Published(tip, source, source is not None and self._holds(source))

    def _holds(self, source: str) -> bool:
        if source.startswith(self.commit):
            return True
        if source not in self._known:
            how = ("--filter=tree:0", "--unshallow") if self._shallow() else ("--filter=tree:0",)
            self.scratch.bring(self.main, SOURCE, *how)
            repository = self.scratch.repository
            there = repository.has(source)
            self._known[source] = there and repository.is_ancestor(self._whole(), source)
        return self._known[source]

    def _shallow(self) -> bool:
        return (self.scratch.repository.root / "shallow").exists()

    def _whole(self) -> str:
        try:
            return self.scratch.repository.text(
                "rev-parse", "--verify", f"{self.commit}^{{commit}}"
            )
        except Refusal:
            raise Refusal(
                f"{self.main} has no commit {self.commit[:40]}",
                "give the one that the edit landed as (`commit` of its --format json)",
            ) from None

    def applications(self, tip: str) -> dict[str, bytes]:
        """Path → text of the Applications on it."""
        repository = self.scratch.repository
        whole = repository.tree(tip)
        tree = {path: blob for path, blob in whole.items() if names.applied(path)}
        return dict(zip(tree, repository.blobs([each.id for each in tree.values()]), strict=True))
