"""Workloads: whom they select, how they roll, when their pods end, and how long names may be."""

from __future__ import annotations

from collections.abc import Iterator

from generator.manifests.problem import Problem, shown
from generator.manifests.rules.pods import mounts
from generator.manifests.rules.rule import Object, Rule, broken, conflict, given, refused
from generator.vocabulary.names import LONGEST_LABEL
from generator.vocabulary.nodes import mapping, mappings, text, whole

CRON_JOB = 52  # characters; a job's name gets 11 more
STATEFUL_SET = 52  # the label with its revision gets 11 more


def _selects_own(value: Object) -> Iterator[Problem]:
    """A selector has to fit the labels of the pods; expressions are left to the server."""
    if "selector" not in value or "template" not in value:
        return
    selector = mapping(value, "selector")
    labels = mapping(value, "template", "metadata", "labels")
    wanted = mapping(selector, "matchLabels")
    if not wanted and not given(selector, "matchExpressions"):
        message = "`selector` is empty, so it would select every pod"
        yield conflict(message, "write `matchLabels` with a label of the pods", "selector")
    for key, label in wanted.items():
        if labels.get(key) != label:
            has = f"has {shown(labels[key])}" if key in labels else "has none"
            message = (
                f"the selector wants {shown(key)}: {shown(label)}, and the pods' template {has}"
            )
            hint = (
                f"write the same label in `template.metadata.labels`: {shown(key)}: {shown(label)}"
            )
            yield conflict(message, hint, "selector", "matchLabels", key)


def _runs_always(value: Object) -> Iterator[Problem]:
    policy = text(value, "template", "spec", "restartPolicy")
    if policy in ("Never", "OnFailure"):
        message = f"pods of this kind are always restarted, and `restartPolicy` says {policy}"
        hint = "delete it; what runs once is a Job"
        yield conflict(message, hint, "template", "spec", "restartPolicy")
    seconds = mapping(value, "template", "spec").get("activeDeadlineSeconds")
    if seconds is not None:
        message = "pods of this kind never end, so they take no `activeDeadlineSeconds`"
        yield conflict(message, "delete it", "template", "spec", "activeDeadlineSeconds")


def _has_volumes(value: Object) -> Iterator[Problem]:
    for problem in mounts(mapping(value, "template", "spec")):
        yield problem.below(("template", "spec"))


def _has_volumes_or_claims(value: Object) -> Iterator[Problem]:
    templates = mappings(value, "volumeClaimTemplates")
    claims = {text(claim, "metadata", "name") for claim in templates}
    for problem in mounts(mapping(value, "template", "spec"), frozenset(claims)):
        yield problem.below(("template", "spec"))


def _strategy(key: str) -> Rule:
    """Only one that rolls says how; of a DaemonSet the server lets it stand."""

    def rule(value: Object) -> Iterator[Problem]:
        kind, rolling = text(value, key, "type"), mapping(value, key).get("rollingUpdate")
        if kind not in ("", "RollingUpdate") and rolling is not None:
            message = f"`{key}.type: {shown(kind)}` takes no `rollingUpdate`"
            yield conflict(message, "delete one of the two", key, "rollingUpdate")

    return rule


def _rolls(value: Object) -> Iterator[Problem]:
    rolling = mapping(value, "strategy", "rollingUpdate")
    stuck = all(rolling.get(key) in (0, "0%") for key in ("maxSurge", "maxUnavailable"))
    if stuck and rolling.keys() >= {"maxSurge", "maxUnavailable"}:
        message = "with `maxSurge` and `maxUnavailable` 0 no pod could ever be replaced"
        place = ("strategy", "rollingUpdate", "maxUnavailable")
        yield conflict(message, "set one of them to 1", *place)
    ready, limit = whole(value, "minReadySeconds") or 0, whole(value, "progressDeadlineSeconds")
    if limit is not None and 0 <= limit <= ready:
        message = f"`progressDeadlineSeconds` must be above `minReadySeconds` ({ready})"
        yield conflict(message, "raise it, or delete it", "progressDeadlineSeconds")
    elif limit is None and ready >= 600:
        message = "`minReadySeconds` is not below `progressDeadlineSeconds`, which is 600 if unset"
        yield conflict(message, "add a longer `progressDeadlineSeconds`", "minReadySeconds")


def _job(value: Object) -> Iterator[Problem]:
    spec = mapping(value, "template", "spec")
    if "template" in value and text(spec, "restartPolicy") not in ("Never", "OnFailure"):
        said = text(spec, "restartPolicy")
        place = ("template", "spec", "restartPolicy") if said else ("template", "spec")
        message = "pods of a Job end, so `restartPolicy` must be Never or OnFailure"
        yield conflict(message, "write `restartPolicy: Never`", *place)
    if given(value, "selector") and value.get("manualSelector") is not True:
        message = "the selector of a Job is made by the server"
        yield conflict(message, "delete it", "selector")
    alone = value.get("parallelism") is None  # then both are 1
    indexed = text(value, "completionMode") == "Indexed"
    if indexed and not alone and value.get("completions") is None:
        message = "`completionMode: Indexed` with `parallelism` needs `completions`"
        yield conflict(message, "say how many there are", "completionMode")


def _stateful_name(document: Object) -> Iterator[Problem]:
    name = text(document, "metadata", "name")
    if len(name) > STATEFUL_SET:
        message = (
            f"the name has {len(name)} characters; "
            f"a StatefulSet with more than {STATEFUL_SET} gets no pods"
        )
        yield broken(message, "shorten it", "metadata", "name")


def _job_name(document: Object) -> Iterator[Problem]:
    if len(name := text(document, "metadata", "name")) > LONGEST_LABEL:
        message = f"the name has {len(name)} characters; a Job takes {LONGEST_LABEL}"
        yield refused(message, "shorten it", "metadata", "name")


def _cron_name(document: Object) -> Iterator[Problem]:
    if len(name := text(document, "metadata", "name")) > CRON_JOB:
        message = f"the name has {len(name)} characters; a CronJob takes {CRON_JOB}"
        yield refused(message, "shorten it", "metadata", "name")


def _pod_mounts(document: Object) -> Iterator[Problem]:
    for problem in mounts(mapping(document, "spec")):
        yield problem.below(("spec",))


RULES: tuple[tuple[str, Rule], ...] = (
    *(
        (f"apps.v1.{kind}Spec", rule)
        for kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")
        for rule in (_selects_own, _runs_always)
    ),
    *(
        (name, _has_volumes)
        for name in (
            "apps.v1.DeploymentSpec",
            "apps.v1.DaemonSetSpec",
            "apps.v1.ReplicaSetSpec",
            "batch.v1.JobSpec",
        )
    ),
    ("apps.v1.StatefulSetSpec", _has_volumes_or_claims),
    ("apps.v1.DeploymentSpec", _strategy("strategy")),
    ("apps.v1.StatefulSetSpec", _strategy("updateStrategy")),
    ("apps.v1.DeploymentSpec", _rolls),
    ("batch.v1.JobSpec", _job),
    ("apps.v1.StatefulSet", _stateful_name),
    ("batch.v1.Job", _job_name),
    ("batch.v1.CronJob", _cron_name),
    ("core.v1.Pod", _pod_mounts),
)
