"""A model as a configuration repository, and a question to it as a `curl` line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.specification.model import Model

PLATFORM = {"name": "shop", "argocd": {"repository": "https://git.example.com/shop.git"}}


def repository(model: Model) -> dict[str, Any]:
    """Path below `environments/` → content."""
    files: dict[str, Any] = {"platform.yaml": PLATFORM}
    for name, service in model.services.items():
        files[f"services/{name}.yaml"] = {
            "image": f"registry.example.com/{name}",
            "ports": [{"name": "web", "port": 8080, "protocol": "tcp" if service.tcp else "http"}],
            "forwardsColour": service.forwards,
            **({"calls": list(service.calls)} if service.calls else {}),
            **({"entry": [{"prefix": f"/{name}"}]} if service.entry else {}),
        }
    for unit, runs in model.runs.items():
        environment, _, branch = unit.partition("/")
        content: dict[str, Any] = {"runs": {name: {"tag": "v1"} for name in sorted(runs)}}
        if unit in model.asleep and environment not in model.asleep - {unit}:
            content["asleep"] = True
        if branch:
            files[f"{environment}/branches/{branch}.yaml"] = content
            continue
        content["hosts"] = [f"{environment}.example.com"]
        if above := model.extends[environment]:
            content["extends"] = above
        files[f"{environment}/environment.yaml"] = content
    for name, lane in model.named.items():
        files[f"lanes/{name}.yaml"] = {
            "through": list(lane.through),
            **({"pin": dict(lane.pin)} if lane.pin else {}),
            **({"isolation": "strict"} if lane.strict else {}),
        }
    return files


def counterexample(
    model: Model, service: str, addressed: str, colour: str | None, said: str
) -> Iterator[str]:
    for path, content in sorted(repository(model).items()):
        yield f"# environments/{path}"
        yield json.dumps(content)
    told = f"-H 'x-lane: {colour}' " if colour is not None else ""
    yield f"$ curl -sS {told}http://{service}.shop-{addressed}:8080/"
    yield f"# {said}"
