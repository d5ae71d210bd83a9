"""The files of a service that is taken over: its base, with the text that people wrote, and its
entry in the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from generator.adoption import strip
from generator.adoption.cut import Keys, changed, cut, whole
from generator.adoption.group import Group
from generator.adoption.items import Item, printed
from generator.adoption.ports import Port
from generator.manifests.images import images, without_version
from generator.manifests.workloads import WORKLOADS
from generator.targets import objects
from generator.targets.yaml_text import scalar
from generator.views.scaffold import modeline
from generator.vocabulary import names
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.layout import BASES, path_of
from generator.vocabulary.nodes import below
from generator.vocabulary.source import Route

SCALERS = ("HorizontalPodAutoscaler", "ScaledObject")


@dataclass(frozen=True, slots=True)
class Version:
    """The image of a service, and what runs of it."""

    image: str
    tag: str | None
    digest: str | None

    @property
    def run(self) -> dict[str, str]:
        """As `runs` of an environment says it."""
        said = {"tag": self.tag, "digest": self.digest}
        return {key: value for key, value in said.items() if value is not None}


@dataclass(slots=True)
class Written:
    """Path → text, and what could not be kept."""

    files: dict[str, str] = field(default_factory=dict)
    found: tuple[Finding, ...] = ()


def version(text: str) -> Version | None:
    """An image as a container names it; None if it is none."""
    image = without_version(text)
    rest = text[len(image) :]
    tag, _, digest = rest.partition("@")
    tag = tag.removeprefix(":")
    if not names.matches(names.IMAGE, image):
        return None
    if digest and not names.matches(names.DIGEST, digest):
        return None
    if tag and not names.matches(names.TAG, tag):
        return None
    return Version(image, tag or (None if digest else "latest"), digest or None)


def base(one: Group, image: str, *, token: bool) -> Written:
    """The files of a base. `token`: its pods ask the API server, and gen's account gives none."""
    made = Written()
    made.found = tuple(_base(made.files, one, image, token=token))
    return made


def _base(files: dict[str, str], one: Group, image: str, *, token: bool) -> Iterator[Finding]:
    folder = f"{BASES}{one.name}/"
    taken: list[str] = []
    for item, name in _named(one.objects()):
        tokens = token and item.kind in WORKLOADS
        files[folder + name] = yield from _text(one, item, image, token=tokens)
        taken.append(name)
    listed = "".join(f"  - {name}\n" for name in taken)
    head = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
    files[f"{folder}kustomization.yaml"] = f"{head}resources:\n{listed}"


def _named(items: Iterable[Item]) -> Iterator[tuple[Item, str]]:
    """Each object with its file's name: its kind, and its name where there are several. No two have
    one name, on file systems either that take `A` for `a`."""
    items = list(items)
    kinds = [item.kind for item in items]
    taken = {"kustomization.yaml"}
    for item in items:
        name = item.kind if kinds.count(item.kind) == 1 else f"{item.kind}-{item.name}"
        file, number = f"{name.lower()}.yaml", 2
        while file in taken:
            file, number = f"{name.lower()}-{number}.yaml", number + 1
        taken.add(file)
        yield item, file


def _text(one: Group, item: Item, image: str, *, token: bool) -> Reading[str]:
    """The text of an object, without what is not its author's."""
    gone = set(strip.foreign(item))
    if item.kind in WORKLOADS and any(other.kind in SCALERS for other in one.beside):
        gone |= {("spec", "replicas")} if item.says("spec", "replicas") is not None else set()
    if item.kind == "PersistentVolumeClaim" and not strip.is_live(item):
        gone -= {("spec", "volumeName")}
    put = yield from _images(item, image)
    add: dict[Route, Keys] = (
        {WORKLOADS[item.kind]: {objects.AUTOMOUNT: True}} if token and _says_no_token(item) else {}
    )
    gone = whole(item.data, gone)
    meant = changed(item.data, gone, put, add)
    text = cut(item.text, gone, put, meant, add) if item.block else None
    if text is None and item.block and "#" in item.text:
        yield Finding(
            "GEN612",
            item.place(),
            f"{item.called} is written anew, without its comments",
            "look at the file, and copy the comments that are worth keeping",
            about=item.called,
        )
    return printed(meant) if text is None else text.strip("\n") + "\n"


def _says_no_token(item: Item) -> bool:
    spec = below(item.data, *WORKLOADS[item.kind])
    return isinstance(spec, dict) and objects.AUTOMOUNT not in spec


def _images(item: Item, own: str) -> Reading[dict[Route, str]]:
    """The service's image loses its version; others get the one that they mean."""
    put = {}
    for route, text in images(item.data):
        name = without_version(text)
        if name == own:
            if text != name:
                put[route] = name
        elif text == name:
            put[route] = f"{name}:latest"
            yield _versionless(item, route, name)
    return put


def _versionless(item: Item, route: Route, image: str) -> Finding:
    return Finding(
        "GEN613",
        item.place(*route),
        f"the image {image[:80]} says no version; `latest` is taken, as a kubelet does",
        "write the version that you mean",
        about=image[:80],
    )


def service(
    name: str,
    image: str,
    ports: Iterable[Port],
    calls: Iterable[str],
    entry: Iterable[Mapping[str, str]],
    account: Mapping[str, Any],
) -> str:
    """Its file in the catalogue, with the evidence for each protocol."""
    lines = [modeline("service", path_of("service", name)), f"image: {scalar(image)}\n"]
    lines += _ports(ports)
    if calls := list(calls):
        lines.append(f"calls: [{', '.join(map(scalar, calls))}]\n")
    if listed := list(entry):
        lines.append("entry:\n")
        lines += [f"  - {{{_pairs(each)}}}\n" for each in listed]
    if account:
        lines.append("account:\n")
    if notes := account.get("annotations"):
        lines.append("  annotations:\n")
        lines += [f"    {scalar(key)}: {scalar(value)}\n" for key, value in notes.items()]
    if pulls := account.get("imagePullSecrets"):
        lines.append(f"  imagePullSecrets: [{', '.join(map(scalar, pulls))}]\n")
    return "".join(lines)


def _ports(ports: Iterable[Port]) -> Iterator[str]:
    ports = list(ports)
    yield "ports:\n" if ports else "ports: []\n"
    for port in ports:
        target = f", targetPort: {port.target}" if port.target != port.port else ""
        said = f"name: {scalar(port.name)}, port: {port.port}, protocol: {port.known.protocol}"
        yield f"  - {{{said}{target}}}    # {comment(port.known.evidence)}\n"


def environment(
    namespace: str | None,
    hosts: Iterable[str],
    runs: Mapping[str, Mapping[str, Any]],
    *,
    adopting: bool = False,
) -> str:
    lines = [f"namespace: {scalar(namespace)}\n"] if namespace else []
    lines += ["adopting: true\n"] if adopting else []
    if hosts := list(hosts):
        lines.append(f"hosts: [{', '.join(map(scalar, hosts))}]\n")
    lines.append("runs:\n" if runs else "runs: {}\n")
    lines += [f"  {name}: {{{_pairs(run)}}}\n" for name, run in sorted(runs.items())]
    return "".join(lines)


def _pairs(said: Mapping[str, Any]) -> str:
    return ", ".join(f"{key}: {_flow(value)}" for key, value in said.items())


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    return scalar(value)


def comment(text: str) -> str:
    """Text as it can stand behind a `#`."""
    return "".join(character if " " <= character <= "~" else "?" for character in text)[:100]
