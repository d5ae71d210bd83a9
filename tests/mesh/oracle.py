"""Who must answer: a reading of the design's chapter on meaning, from the input YAML alone.

Written apart from the compiler, and simpler than it: no tables, no sharing, one question at a time.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
Lane = dict[str, Any]  # {through, pin?, isolation?}
Choice = str | Lane  # a lane by its name, or written in place
Instance = tuple[str, str]  # (service, unit)
ANY = "any"


@dataclass(frozen=True)
class Outcome:
    """What may become of a request: the unit that answers (None: nobody does), the colour that arrives there (None:
    none, ANY: not promised) and the lane that a refusal names."""

    unit: str | None
    colour: str | None
    lane: str | None


class Input:
    """A configuration repository as plain dicts."""

    def __init__(self, files: Mapping[str, Any]) -> None:
        """`files`: path below `environments/` → content. A folder of services, lanes or tenants is a kind; any other
        folder an environment."""
        self.platform = files["platform.yaml"]
        self.services: dict[str, Any] = {}
        self.tenants: dict[str, Any] = {}
        self.named: dict[str, Lane] = {}
        self.unpinned: frozenset[Instance] = frozenset()  # pins that count for nothing
        self.inline: dict[
            str, Lane
        ] = {}  # lanes written in place, by the names that the compiler gave them
        self.environments: dict[str, Any] = {}
        self.units: dict[str, set[str]] = {}
        self.asleep: set[str] = set()  # units whose pods are not there
        self._ways: dict[str, set[str]] = {}  # lane → where its requests can come
        self.previews: dict[str, str] = {}  # host → branch
        self.paths: dict[tuple[str, str], str] = {}  # (kind, name) → path below environments/
        kinds = {"services": self.services, "tenants": self.tenants, "lanes": self.named}
        for path, content in sorted(files.items()):
            top, *rest = path.split("/")
            stem = path.split("/")[-1].removesuffix(".yaml")
            if top in kinds:
                kinds[top][stem] = content
                self.paths[top, stem] = path
            elif rest == ["environment.yaml"]:
                self.environments[top] = content
                self.units[top] = set(content.get("runs") or {})
                self.paths["units", top] = path
                self.asleep |= {top} if content.get("asleep") else set()
            elif rest:
                self.units[f"{top}/{stem}"] = set(content["runs"])
                self.previews |= dict.fromkeys(content.get("hosts") or [], f"{top}/{stem}")
                self.paths["units", f"{top}/{stem}"] = path
                self.asleep |= {f"{top}/{stem}"} if content.get("asleep") else set()
        self.asleep |= {unit for unit in self.units if unit.split("/")[0] in self.asleep}

    @classmethod
    def read(cls, repository: Path) -> Input:
        top = repository / "environments"
        return cls(
            {
                path.relative_to(top).as_posix(): yaml.load(path.read_text(), _Loader)
                for path in top.rglob("*.yaml")
            }
        )

    # Names

    def cluster(self, environment: str) -> str:
        """Where an environment runs; the platform's own cluster has no name."""
        return str(self.environments[environment].get("cluster") or "")

    def mesh(self, cluster: str) -> str:
        """What the mesh of a cluster is called: as the cluster, where nobody says it."""
        named = (self.platform.get("clusters") or {}).get(cluster) or {}
        said = named if cluster else self.platform.get("cluster") or {}
        return str(said.get("mesh") or cluster)

    def trust(self, cluster: str) -> str:
        """The trust domain of a cluster: that of the platform's own, where nobody says it."""
        named = (self.platform.get("clusters") or {}).get(cluster) or {}
        own = self.platform.get("cluster") or {}
        return str(named.get("trustDomain") or own.get("trustDomain") or "cluster.local")

    def near(self, unit: str) -> list[str]:
        """Environments whose names mean something where a unit runs."""
        here = self.cluster(unit.split("/", maxsplit=1)[0])
        return [name for name in sorted(self.environments) if self.cluster(name) == here]

    def within(self, mesh: str) -> Input:
        """The same as if there were no other mesh: its environments, lanes and tenants."""
        seen = copy.copy(self)
        here = {name for name in self.environments if self.mesh(self.cluster(name)) == mesh}

        def begins(choice: Choice) -> bool:
            return self.lane(choice)["through"][0].split("/")[0] in here

        seen.environments = {name: self.environments[name] for name in sorted(here)}
        seen.units = {unit: runs for unit, runs in self.units.items() if unit.split("/")[0] in here}
        seen.named = {name: lane for name, lane in self.named.items() if begins(name)}
        seen.inline = {name: lane for name, lane in self.inline.items() if begins(name)}
        seen.tenants = {
            name: tenant for name, tenant in self.tenants.items() if begins(shares(tenant)[0][0])
        }
        seen.previews = {
            host: unit for host, unit in self.previews.items() if unit.split("/")[0] in here
        }
        return seen

    @property
    def header(self) -> str:
        return str((self.platform.get("mesh") or {}).get("header", "x-lane"))

    def namespace(self, environment: str) -> str:
        return str(
            self.environments[environment].get("namespace")
            or f"{self.platform['name']}-{environment}"
        )

    def pod(self, service: str, unit: str) -> tuple[str, str]:
        """(namespace, workload) of a service in a unit."""
        environment, _, branch = unit.partition("/")
        return self.namespace(environment), f"{service}-{branch}" if branch else service

    @property
    def running(self) -> dict[str, set[str]]:
        """What runs in each unit: nothing in one that sleeps."""
        return {unit: set() if unit in self.asleep else runs for unit, runs in self.units.items()}

    def known_in(self, environment: str) -> set[str]:
        """Services whose names exist in an environment."""
        found = {name for name, service in self.services.items() if service.get("entry")}
        for unit, runs in self.units.items():
            if unit.split("/")[0] == environment:
                for service in runs:
                    found |= {service, *self.calls(service)}
        return found

    def calls(self, service: str) -> list[str]:
        return list(self.services[service].get("calls") or [])

    def addressed(self, service: str, unit: str) -> set[str]:
        """Environments whose names the pods of a service in a unit may dial: their own, and those that are named."""
        named = {
            *(self.services[service].get("addresses") or ()),
            *((self.platform.get("mesh") or {}).get("addresses") or ()),
        }
        return set(self.environments) if "*" in named else {unit.split("/", maxsplit=1)[0], *named}

    def ports(self, service: str) -> list[dict[str, Any]]:
        return list(self.services[service]["ports"])

    @property
    def propagation(self) -> str:
        return str((self.platform.get("mesh") or {}).get("propagation", "header"))

    @property
    def private(self) -> tuple[str, str]:
        """(way in which calls carry private names, header for the ways that use one)."""
        chosen = (self.platform.get("mesh") or {}).get("privateNames") or {}
        return chosen.get("by", "authority"), chosen.get("header", "x-callee")

    def entries(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(prefix, service, port), the longest prefix first."""
        found = []
        for name, service in self.services.items():
            for entry in service.get("entry") or []:
                fitting = (
                    port
                    for port in service["ports"]
                    if port["name"] == entry.get("port")
                    or ("port" not in entry and port["protocol"] != "tcp")
                )
                found.append((entry["prefix"], name, next(fitting)))
        return sorted(found, key=lambda entry: -len(entry[0]))

    def entered(self, path: str) -> tuple[str, dict[str, Any]] | None:
        """(service, port) that a path leads to from the ingress."""
        return next(
            (
                (service, port)
                for prefix, service, port in self.entries()
                if path.startswith(prefix)
            ),
            None,
        )

    # Who answers

    def lanes(self) -> list[str]:
        return sorted([*self.units, *self.named, *self.inline])

    def name(self, choice: Choice) -> str | None:
        """A lane's name; of one written in place, that of equal content."""
        if isinstance(choice, str):
            return choice
        full = {"pin": {}, "isolation": "shared"} | choice
        return next((name for name, lane in self.inline.items() if lane == full), None)

    def lane(self, choice: Choice) -> Lane:
        """A lane's definition; units are lanes by themselves."""
        if not isinstance(choice, str):
            return choice
        if found := self.named.get(choice) or self.inline.get(choice):
            return found
        environment = choice.split("/")[0]
        return {"through": [choice, environment] if "/" in choice else [choice]}

    def target(self, choice: Choice, service: str, awake: bool = False) -> str | None:
        """The unit that answers, or None; or the one that would if all were awake."""
        lane, asleep = self.lane(choice), set() if awake else self.asleep
        pinned = (lane.get("pin") or {}).get(service)
        if pinned and pinned not in asleep and (service, pinned) not in self.unpinned:
            return str(pinned)
        for unit in lane["through"]:
            if service in self.units[unit] and unit not in asleep:
                return str(unit)
        if lane.get("isolation") == "strict":
            return None
        for unit in lane["through"]:
            environment: str | None = unit.split("/")[0]
            while environment is not None:
                if service in self.units[environment] and environment not in asleep:
                    return environment
                environment = self.environments[environment].get("extends")
        return None

    def candidates(self, choice: Choice, service: str) -> set[str]:
        """Who may answer while what sleeps wakes, one unit after the other."""
        seen, found = copy.copy(self), set()
        while (unit := seen.target(choice, service, awake=True)) is not None:
            found.add(unit)
            if unit not in self.asleep:
                break
            seen = seen._without(service, unit)
        return found

    def _without(self, service: str, unit: str) -> Input:
        """The same as if a unit did not run a service, and no lane pinned it there."""
        seen = copy.copy(self)
        seen.units = self.units | {unit: self.units[unit] - {service}}
        seen.unpinned = self.unpinned | {(service, unit)}
        return seen

    def sleeper(self, choice: Choice, service: str) -> str | None:
        """The unit that would answer if it did not sleep."""
        unit = self.target(choice, service, awake=True)
        return unit if unit in self.asleep else None

    def outcomes(
        self,
        service: str,
        addressed: str,
        colours: list[str],
        caller: str | None,
        tcp: bool = False,
        outside: bool = False,
    ) -> list[Outcome]:
        """What may become of a call to a service addressed in an environment. `caller` is the unit that the call starts
        in, None outside the mesh; `outside` is what comes in at the ingress. More than one outcome only if two colours
        were sent. An empty one is none."""
        own = caller if caller and "/" in caller else None
        if tcp:
            lane = own or addressed
            return [Outcome(self.target(lane, service), None, lane)]
        if not any(colours):
            lane = own or addressed
            return [Outcome(self.target(lane, service), own or (ANY if colours else None), lane)]
        default = Outcome(self.target(addressed, service), ANY, addressed)
        told = []
        for colour in colours:
            lane = self.met(service, addressed, colour, outside)
            unit = self.target(lane, service)
            told.append(Outcome(unit, colour, lane) if lane == colour else Outcome(unit, ANY, lane))
        if len(colours) == 1:
            return told
        return [*(Outcome(outcome.unit, ANY, ANY) for outcome in told), default]

    def met(self, service: str, addressed: str, colour: str, outside: bool = False) -> str:
        """The lane that decides: a colour's own; else, of one that looks like a branch's, that of the environment it
        names; else that of the environment addressed. In the mesh a shared lane counts for nothing where nobody answers
        it and no way along `calls` leads."""
        known = self.lanes()
        for lane in (colour, self.home(colour)):
            if lane not in known:
                continue
            strict = self.lane(lane).get("isolation") == "strict"
            if outside or strict or self.target(lane, service) or service in self._led(lane):
                return lane
        return addressed

    def home(self, colour: str) -> str | None:
        """The environment of a branch's colour, whether there is the branch or not."""
        environment, _, branch = colour.partition("/")
        named = re.fullmatch("[-a-z0-9]+", branch) and environment in self.environments
        return environment if named else None

    def _led(self, lane: str) -> set[str]:
        if lane not in self._ways:
            self._ways[lane] = self.reached(lane, awake=True)
        return self._ways[lane]

    # The edge

    def told(self, host: str, given: dict[str, dict[str, str]]) -> list[Choice]:
        """Lanes that the edge may choose for a request, by the documented order of the rules."""
        for kind in ("claim", "header", "cookie"):
            rules = [
                (name, value, tenant)
                for tenant in self.tenants.values()
                for rule in tenant["match"]
                for name, value in (rule.get(kind) or {}).items()
            ]
            for name, value, tenant in sorted(rules, key=lambda rule: rule[0]):
                if given[kind].get(name) == value:
                    return [choice for choice, weight in shares(tenant) if weight]
        for tenant in self.tenants.values():
            if any(rule.get("host") == host for rule in tenant["match"]):
                return [choice for choice, weight in shares(tenant) if weight]
        return [self.previews.get(host) or self.hosts()[host]]

    def hosts(self) -> dict[str, str]:
        """Host → the environment that a request to it is addressed to. A tenant's own host is addressed to where its
        first lane begins."""
        found = {}
        for tenant in self.tenants.values():
            for rule in tenant["match"]:
                if "host" in rule:
                    found[rule["host"]] = self.lane(shares(tenant)[0][0])["through"][0].split("/")[
                        0
                    ]
        found |= {host: unit.split("/")[0] for host, unit in self.previews.items()}
        return found | {
            host: name
            for name, environment in self.environments.items()
            for host in environment.get("hosts") or []
        }

    def trusts(self, host: str) -> bool:
        """Whether one colour from outside is believed: only at an environment's own hosts."""
        return any(
            environment.get("trustColour", False)
            for environment in self.environments.values()
            if host in (environment.get("hosts") or [])
        )

    # What can happen at all

    def choices(self) -> Iterator[Choice]:
        """All lanes: units, named ones, and those written in place."""
        yield from sorted([*self.units, *self.named])
        yield from (
            choice
            for tenant in self.tenants.values()
            for choice, _ in shares(tenant)
            if not isinstance(choice, str)
        )

    def reached(self, choice: Choice, awake: bool = False) -> set[str]:
        """Services that a request of a lane can come to: it starts at an entry that has an answer, or in a pod of one
        of the lane's own units, and goes on along the calls of what answers; or could if all were awake."""
        lane = self.lane(choice)
        own = {*lane["through"], *(lane.get("pin") or {}).values()}
        queue = [
            name
            for name, service in self.services.items()
            if (answer := self.target(choice, name, awake))
            and (service.get("entry") or answer in own)
        ]
        found = set(queue)
        while queue:
            caller = queue.pop()
            if self.target(choice, caller, awake) is not None:
                more = set(self.calls(caller)) - found
                found |= more
                queue += more
        return found

    def unanswered(self) -> list[tuple[Choice, str]]:
        """(lane, service) where a lane can reach what nobody answers there; a repository with any is invalid."""
        return [
            (choice, service)
            for choice in self.choices()
            for service in sorted(self.reached(choice))
            if self.target(choice, service) is None
        ]

    def allowed(self) -> set[tuple[Instance | None, Instance]]:
        """Edges (caller, callee) that policies let pass; the ingress is the caller None. A service is let in with all
        units of its environment; a branch in a strict lane lets in exactly who calls it in some lane."""
        homes = self.homes()
        everybody = [(service, unit) for unit, runs in self.units.items() for service in runs]
        strict = self._strict()
        taken = self.taken()
        open_to = {edge for edge in taken if edge[0] is None or edge[1][1] in strict}
        return open_to | {
            (caller, callee)
            for caller in everybody
            for callee in everybody
            if ((caller[0], caller[1].split("/")[0]), callee) in homes
        }

    def homes(self) -> set[tuple[Instance | None, Instance]]:
        """Edges ((caller, environment), callee): a baseline lets in what any branch of that environment could call,
        whether there is one or not."""
        strict = self._strict()
        homes: set[Any] = {
            (caller and (caller[0], caller[1].split("/")[0]), callee)
            for caller, callee in self.taken()
            if callee[1] not in strict
        }
        for environment in self.environments:
            for caller in self.services:
                places = {environment, *self.candidates(environment, caller)}
                for callee in self.calls(caller):
                    units = self.candidates(environment, callee)
                    homes |= {
                        ((caller, place), (callee, unit)) for place in places for unit in units
                    }
        return homes

    def _strict(self) -> set[str]:
        """Branches that a strict lane goes through or pins."""
        return {
            unit
            for choice in self.choices()
            if (lane := self.lane(choice)).get("isolation") == "strict"
            for unit in (*lane["through"], *(lane.get("pin") or {}).values())
            if "/" in unit
        }

    def taken(self) -> set[tuple[Instance | None, Instance]]:
        """Edges (caller, callee) that a request of some lane can take, or could while what sleeps wakes: the routes of
        services change one after the other, so each may be asked by whoever may answer before it. A hop without a colour
        (TCP, or after a service that drops it) is in the lane of the pod that makes it."""
        edges: set[tuple[Instance | None, Instance]] = set()
        for choice in self.choices():
            for caller in self.reached(choice) | self.reached(choice, awake=True):
                for unit in self.candidates(choice, caller):
                    if self.services[caller].get("entry"):
                        edges.add((None, (caller, unit)))
                    for callee in self.calls(caller):
                        answers = {
                            answer
                            for lane in self._decide(choice, caller, unit, callee)
                            for answer in self.candidates(lane, callee)
                        }
                        edges |= {((caller, unit), (callee, answer)) for answer in answers}
        return edges

    def _decide(self, choice: Choice, caller: str, unit: str, callee: str) -> list[Choice]:
        """The lanes that decide who answers the calls of a pod, made for requests of a lane."""
        tcp = [port["protocol"] == "tcp" for port in self.ports(callee)]
        carried = self.services[caller].get("forwardsColour", True) and not all(tcp)
        return [*([choice] if carried else []), *([unit] if any(tcp) or not carried else [])]

    def clashes(self) -> bool:
        """Whether two things of an environment would have one name in the cluster."""
        for environment in self.environments:
            names = [
                f"{service}-{unit.split('/')[1]}"
                for unit in self.units
                if unit.startswith(environment + "/")
                for service in self.units[unit]
            ]
            if (
                len(names) != len(set(names))
                or set(names) & self.known_in(environment)
                or any(len(name) > 63 for name in names)
            ):
                return True
        return False


def shares(tenant: dict[str, Any]) -> list[tuple[Choice, int]]:
    """(lane, weight) of a tenant."""
    lane = tenant["lane"]
    return (
        [(choice["lane"], choice["weight"]) for choice in lane]
        if isinstance(lane, list)
        else [(lane, 1)]
    )
