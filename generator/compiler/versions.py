"""For which versions of Kubernetes what people bring must be right: those of the clusters that it
goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from generator.compiler.load import Project
from generator.manifests.library import versions
from generator.manifests.problem import UNCHECKED
from generator.plan import clusters
from generator.vocabulary.base import Choice
from generator.vocabulary.findings import Finding
from generator.vocabulary.layout import BASES, COMPONENTS
from generator.vocabulary.source import Place


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
        """What is wrong by version, each once; of what is not wrong in all, where it is."""
        said = {version: list(found) for version, found in told.items()}
        spots = {version: {_spot(one) for one in found} for version, found in said.items()}
        known: set[tuple[str, Place]] = set()
        for version, found in said.items():
            for one in found:
                if (spot := _spot(one)) in known:
                    continue
                wrong = [other for other in said if spot in spots[other]]
                everywhere = len(wrong) == len(said) or one.code == UNCHECKED
                more = () if everywhere else tuple(self._where(wrong))
                yield one._replace(related=(*one.related, *more))
            known |= spots[version]

    def _where(self, wrong: list[str]) -> Iterator[tuple[Place, str]]:
        for name, version in self._of.items():
            if version in wrong and name in self._inhabited:
                at = ("clusters", name, "kubernetes") if name else ("cluster", "kubernetes")
                yield self._place.at(*at), f"{clusters.named(name)} has Kubernetes {version}"


def _spot(finding: Finding) -> tuple[str, Place]:
    return finding.code, finding.place


def _in_order(those: set[str]) -> list[str]:
    return sorted(those, key=versions().index)
