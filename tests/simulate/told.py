"""A counterexample as a person can hold it: the smallest repository that still shows it, and a `curl` line."""

from __future__ import annotations

import json
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from tests.mesh.case import Invalid
from tests.mesh.shrink import shrink
from tests.simulate.world import GATEWAY, Asked, Key, World, ask

Files = dict[str, str]
TRIES = 400  # repositories that are tried on the way to the smallest


def disagreement(files: Files, version: str, seed: int) -> tuple[World, str, Asked] | None:
    """The first wrong answer of a repository, one to a request if there is any; None if there is none, or it is no
    longer valid."""
    with tempfile.TemporaryDirectory(prefix="gen-repo-") as folder:
        for path, text in files.items():
            (Path(folder) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(folder) / path).write_text(text)
        try:
            world = World(Path(folder), version, seed)
        except (Invalid, KeyError, IndexError, StopIteration, ValueError):
            return None
        with suppress(IndexError, StopIteration):  # nothing is left to ask, or to follow
            ask(world)
    wrongs = sorted(world.judge.wrongs, key=lambda wrong: not wrong[1].request)
    return (world, *wrongs[0]) if wrongs else None


def smallest(files: Files, version: str, seed: int) -> Files:
    """What a request showed, a request still shows."""
    left, begun = TRIES, disagreement(files, version, seed)

    def still(candidate: Files) -> bool:
        nonlocal left
        left -= 1
        found = disagreement(candidate, version, seed) if left > 0 else None
        return bool(found and begun and (found[2].request or not begun[2].request))

    return shrink(files, still)


def counterexample(files: Files, version: str, seed: int) -> Iterator[str]:
    """Lines: what is written by hand in the smallest repository, the request, and what is wrong with its answer."""
    files = smallest(files, version, seed)
    found = disagreement(files, version, seed)
    if found is None:
        yield "it does not show again"
        return
    world, line, asked = found
    for path, text in sorted(files.items()):
        if path.startswith("environments/"):
            yield f"# {path}"
            yield json.dumps(json.loads(text))
    yield f"$ {curl(world, asked)}"
    yield f"# {line}"


def curl(world: World, asked: Asked) -> str:
    """The request as a person would send it: from its pod, or to the gateway from outside."""
    request = asked.request
    if not request:
        return "gen routes"
    place = _place(world, request["address"])
    if request.get("tcp"):
        return shlex.join([*_inside(asked.who), "nc", place, str(request["port"])])
    words = ["curl", "-sS", *(["--http2-prior-knowledge"] if request.get("http2") else [])]
    for name, value in request.get("headers", ()):
        words += ["-H", f"{name}: {value}" if value else f"{name};"]
    words += ["--connect-to", f"::{place}:{request['port']}"]
    words.append(f"http://{request['host']}{request.get('path', '/')}")
    return shlex.join([*_inside(asked.who), *words])


def _inside(who: Key) -> list[str]:
    if who == GATEWAY:
        return []
    namespace, workload = who
    return ["kubectl", "-n", namespace, "exec", f"deploy/{workload}", "--"]


def _place(world: World, address: str) -> str:
    """An address by what it belongs to."""
    for (namespace, name), own in world.cluster.addresses.items():
        if own == address:
            return f"{name}.{namespace}"
    if address == world.cluster.gateway["status"]["podIP"]:
        return "$INGRESS"
    key = world.judge.pods.get(address)
    return f"$(kubectl -n {key[0]} get pod -o wide … {key[1]})" if key else address


def repository(root: Path) -> Files:
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in root.rglob("*")
        if path.is_file()
    }
