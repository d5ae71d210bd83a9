"""What scales the workloads of a unit that sleeps to none, by patches of whole kinds: all that a
base or a component brings, whoever's image it runs.

Jobs are left as they are: they end by themselves, and one that was suspended would be deleted and
made again, so run again, each time that its unit wakes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from generator.targets.yaml_text import document
from generator.vocabulary.base import Base

Kind = tuple[str, str]  # (group, kind)
NOWHERE = {"gen/asleep": "true"}  # a label that no node has
_NONE = {"spec": {"replicas": 0}}
_KEDA = "autoscaling.keda.sh"
# Kind → what is said of all objects of it. An autoscaler of Kubernetes rests where there are none.
STOPPED: Mapping[Kind, Mapping[str, Any]] = {
    ("apps", "Deployment"): _NONE,
    ("apps", "StatefulSet"): _NONE,
    ("apps", "DaemonSet"): {"spec": {"template": {"spec": {"nodeSelector": NOWHERE}}}},
    ("batch", "CronJob"): {"spec": {"suspend": True}},
    ("argoproj.io", "Rollout"): _NONE,
    ("keda.sh", "ScaledObject"): {"annotations": {f"{_KEDA}/paused-replicas": "0"}},
    ("keda.sh", "ScaledJob"): {"annotations": {f"{_KEDA}/paused": "true"}},
}


def patches(parts: Sequence[Base], gone: Collection[Kind]) -> Iterator[dict[str, Any]]:
    """Patches of what the parts bring, but for kinds that are `gone`."""
    brought = {kind for part in parts for kind in part.kinds}
    for kind in sorted(brought & STOPPED.keys() - set(gone)):
        group, name = kind
        said = dict(STOPPED[kind])
        metadata = {
            "name": "each",
            **{key: said.pop(key) for key in ("annotations",) if key in said},
        }
        patch = {"apiVersion": f"{group}/v1", "kind": name, "metadata": metadata, **said}
        yield {
            "target": {"group": group.replace(".", "[.]"), "kind": name},
            "patch": document(patch),
        }
