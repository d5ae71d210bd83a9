"""The input model of the commits that `gen publish` makes, and of the Argo CD that reads them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from generator.vocabulary.fields import (
    ArgoVersion,
    GitBranch,
    KeyId,
    Label,
    Many,
    Model,
    Person,
    Url,
)


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


class ArgoCD(Model):
    """Where Argo CD runs and what it reads."""

    namespace: Label = Field("argocd", description="Namespace of Argo CD.")
    repository: Url = Field(description="Repository with the output branch, as Argo CD reads it.")
    branch: GitBranch = Field("deploy", description="The output branch.")
    shared: bool = Field(
        False,
        description="Whether another platform uses this Argo CD too: "
        "Applications then carry the platform's name.",
    )
    version: ArgoVersion | None = Field(
        None,
        description="Oldest Argo CD in use; quote it. From 3.5 on `signatures` is "
        "`sourceIntegrity`, if nothing else is said.",
        examples=["3.5"],
    )
    signatures: Literal["signatureKeys", "sourceIntegrity"] | None = Field(
        None,
        description="How AppProjects demand `publish.keys`: `signatureKeys`, which Argo CD 3.5 "
        "deprecates, or `sourceIntegrity`, which those before 3.5 do not know. Without it, as the "
        "version wants it; `signatureKeys` if that is not said either.",
    )

    @model_validator(mode="after")
    def _knows_its_signatures(self) -> ArgoCD:
        if self.signatures == "sourceIntegrity" and self.version and not self.asks_for_integrity:
            raise PydanticCustomError(
                "signatures",
                "Argo CD {version} does not know `sourceIntegrity` and would demand no signature",
                {"version": self.version},
            )
        return self

    @property
    def asks_for_integrity(self) -> bool:
        """Whether its version is one that knows `sourceIntegrity`."""
        return tuple(map(int, (self.version or "0.0").split("."))) >= (3, 5)

    @property
    def demanded(self) -> Literal["signatureKeys", "sourceIntegrity"]:
        """How signatures are demanded."""
        return self.signatures or (
            "sourceIntegrity" if self.asks_for_integrity else "signatureKeys"
        )
