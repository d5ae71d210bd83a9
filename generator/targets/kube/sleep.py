"""What scales the workloads of a unit that sleeps to none, by patches of whole kinds: all that a
base or a component brings, whoever's image it runs.

Jobs are left as they are: they end by themselves, and one that was suspended would be deleted and
made again, so run again, each time that its unit wakes.

Each carries a mark that goes when it wakes. From Argo CD 3.6 on a field that is said no longer, and
gets its default from the API server, makes no difference: what rested at `replicas: 0` would stay
there for ever, and be in sync.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from generator.targets.yaml_text import document
from generator.vocabulary.base import Base

Kind = tuple[str, str]  # (group, kind)
# An annotation of all that sleeps; and, as a label, one that no node has.
MARK = {"gen/asleep": "true"}
_NONE = {"spec": {"replicas": 0}}
# Kind → what is said of all objects of it. An autoscaler of Kubernetes rests where there are none.
STOPPED: Mapping[Kind, Mapping[str, Any]] = {
    ("apps", "Deployment"): _NONE,
    ("apps", "StatefulSet"): _NONE,
    ("apps", "DaemonSet"): {"spec": {"template": {"spec": {"nodeSelector": MARK}}}},
    ("batch", "CronJob"): {"spec": {"suspend": True}},
    ("argoproj.io", "Rollout"): _NONE,
    ("keda.sh", "ScaledObject"): {},
    ("keda.sh", "ScaledJob"): {},
}
_KEDA = "autoscaling.keda.sh"
_PAUSED = {
    ("keda.sh", "ScaledObject"): {f"{_KEDA}/paused-replicas": "0"},
    ("keda.sh", "ScaledJob"): {f"{_KEDA}/paused": "true"},
}


def patches(parts: Sequence[Base], gone: Collection[Kind]) -> Iterator[dict[str, Any]]:
    """Patches of what the parts bring, but for kinds that are `gone`."""
    brought = {kind for part in parts for kind in part.kinds}
    for kind in sorted(brought & STOPPED.keys() - set(gone)):
        group, name = kind
        metadata = {"name": "each", "annotations": MARK | _PAUSED.get(kind, {})}
        patch = {"apiVersion": f"{group}/v1", "kind": name, "metadata": metadata, **STOPPED[kind]}
        yield {
            "target": {"group": group.replace(".", "[.]"), "kind": name},
            "patch": document(patch),
        }
