"""The input model of the commits that `gen publish` makes."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from generator.vocabulary.fields import KeyId, Many, Model, Person


class Publish(Model):
    """The commits on the output branch."""

    author: Person | None = Field(
        None,
        description="Author and committer; without it what the clone's own configuration says.",
        examples=["gen <gen@example.com>"],
    )
    sign: Literal["ssh", "gpg"] | None = Field(
        None,
        description="Sign each commit, and those of edits that `--push` lands, with the clone's "
        "`user.signingKey`; `gen verify` checks it. Argo CD knows `gpg` alone.",
    )
    keys: Many[KeyId] = Field(
        (),
        description="GPG keys that Argo CD demands of commits, by its AppProjects "
        "(`argocd.signatures`); it must know them.",
        examples=[["4AEE18F83AFDEB23"]],
    )
