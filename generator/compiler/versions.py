"""For which versions of Kubernetes what people bring must be right: those of the clusters that it
goes to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from generator.compiler.load import Project
from generator.manifests.library import versions
from generator.manifests.problem import SHAPE, UNCHECKED, UNKNOWN_KIND
from generator.plan import clusters
from generator.vocabulary.base import Choice
from generator.vocabulary.findings import Finding
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.source import Place

BY_VERSION = (SHAPE, UNKNOWN_KIND)  # of which one version says what another does not


class Versions:
    """The version of each cluster, and by that those of environments, of the folders of bases and
    components that units use there, and of both together: each the oldest first. What nobody uses
    is for the platform's own."""

    def __init__(self, project: Project) -> None:
        if project.platform is None:
            raise ValueError("without a platform nothing is resolved")
        platform, self._place = project.platform, project.place("platform", "platform")
        self.own = platform.cluster.kubernetes
        self._of = {"": self.own} | {
            name: named.kubernetes or self.own for name, named in sorted(platform.clusters.items())
        }
        self._used: dict[str | Choice, set[str]] = {}
        self._there: dict[str, str] = {}  # environment → version
        self._inhabited: set[str] = set()
        if len({*self._of.values()}) > 1:
            self._read(project)

    def _read(self, project: Project) -> None:
        for name, environment in project.environments.items():
            cluster = environment.cluster or ""
            self._there[name] = self._of.get(cluster, self.own)
            self._inhabited.add(cluster)
        units = [(name, one.runs) for name, one in project.environments.items()]
        units += [(name, one.runs) for (name, _), one in project.branches.items()]
        for name, runs in units:
            version = self._there.get(name, self.own)
            for service, run in runs.items():
                used: list[str | Choice] = [BASES + service, (service, run.components)]
                used += [COMPONENTS + component for component in run.components]
                for one in used:
                    self._used.setdefault(one, set()).add(version)

    def of_folder(self, folder: str) -> list[str]:
        """Those of a base or a component."""
        return _in_order(self._used.get(folder) or {self.own})

    def of_choice(self, choice: Choice) -> list[str]:
        """Those of a base with components. Alone it is read where it runs with some."""
        used = self._used.get(choice)
        return _in_order(used) if used else self.of_folder(BASES + choice[0])

    def all(self) -> list[str]:
        return _in_order({self.own, *self._of.values()})

    def merged(self, told: Mapping[str, Iterable[Finding]]) -> Iterator[Finding]:
        """What is wrong by version, each once; of what is not wrong in all, or is a matter of the
        version and was not asked of all, with the version and the clusters that have it."""
        said = {version: list(found) for version, found in told.items()}
        spots = {version: {_spot(one) for one in found} for version, found in said.items()}
        known: set[tuple[str, Place]] = set()
        for version, found in said.items():
            for one in found:
                if (spot := _spot(one)) in known:
                    continue
                wrong = [other for other in said if spot in spots[other]]
                if one.code == UNCHECKED or (
                    len(wrong) == len(said) and self._is_settled(one, said)
                ):
                    yield one
                else:
                    related = (*one.related, *self._where(wrong))
                    yield one._replace(message=one.message + self._words(wrong), related=related)
            known |= spots[version]

    def _is_settled(self, finding: Finding, asked: Collection[str]) -> bool:
        """Whether no other version in use could say otherwise."""
        used = {self._of[name] for name in self._inhabited}
        return finding.code not in BY_VERSION or used <= set(asked)

    def _words(self, wrong: list[str]) -> str:
        """Versions, each with the clusters that have it."""
        having = {
            version: [
                clusters.named(name)
                for name, other in self._of.items()
                if other == version and name in self._inhabited
            ]
            for version in wrong
        }
        said = [f"{version} ({', '.join(those)})" for version, those in having.items() if those]
        return f", in Kubernetes {' and '.join(said)}" if said else ""

    def _where(self, wrong: list[str]) -> Iterator[tuple[Place, str]]:
        for name, version in self._of.items():
            if version in wrong and name in self._inhabited:
                at = ("clusters", name, "kubernetes") if name else ("cluster", "kubernetes")
                yield self._place.at(*at), f"{clusters.named(name)} has Kubernetes {version}"


def _spot(finding: Finding) -> tuple[str, Place]:
    return finding.code, finding.place


def _in_order(those: set[str]) -> list[str]:
    return sorted(those, key=versions().index)
