"""What no schema tells: each mistake that a server refuses is told, and what it takes passes. The server itself is asked
by `python -m tests.schemas`."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest

from generator.manifests.crds import NONE
from generator.manifests.document import problems
from generator.manifests.library import versions
from tests.conftest import base, service
from tests.manifests.test_schema import DEPLOYMENT, VERSION, told
from tests.schemas import fields, valid, wrong
from tests.schemas.__main__ import gen
from tests.vocabulary.test_findings import DEPLOYMENT as DEPLOYED
from tests.vocabulary.test_findings import findings

API = "environments/services/api.yaml"

VARIANTS = [*wrong.variants()]


@pytest.mark.parametrize("text", wrong.good())
def test_a_good_document_passes(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize("instead, text", VARIANTS, ids=[instead[:60] for instead, _ in VARIANTS])
def test_a_mistake_is_told_and_says_what_to_do(instead: str, text: str) -> None:
    found = told(text)
    assert found
    assert all(line.partition(" | ")[2] for line in found)


def test_what_people_write_passes() -> None:
    chance = random.Random(7)
    for number in range(len(valid.MAKERS) * 4):
        document = valid.document(chance, number)
        assert gen(document, NONE) == [], document


def places(document: fields.Object, version: str = VERSION) -> list[str]:
    """`CODE place` of all that a document is told."""
    found = problems(document, version)
    return [f"{one.code} {'/'.join(map(str, one.route)) or '.'}" for one in found]


@pytest.mark.parametrize("name", fields.DOCUMENTS)
def test_a_good_document_with_all_its_fields_passes(name: str) -> None:
    assert places(fields.document(name)) == []


@pytest.mark.parametrize("name, path, value, told", fields.rows())
def test_a_field_is_told_in_its_place(name: str, path: str, value: Any, told: str) -> None:
    assert sorted(places(fields.changed(name, path, value))) == sorted(fields.expected(path, told))


@pytest.mark.parametrize(
    "path, words",
    [("rules/0/apiGroups", '[""] for the core group'), ("rules/0/resources", "list them")],
)
def test_what_to_write_into_a_role(path: str, words: str) -> None:
    assert words in problems(fields.changed("role", path, []), VERSION)[0].hint


@pytest.mark.parametrize("name", fields.DOCUMENTS)
def test_what_cannot_be_left_out_never_could(name: str) -> None:
    """Schemas of later versions require more, and gen asks the same of all that have the fields."""
    good = fields.document(name)
    oldest = next(version for version in versions() if "GEN410" not in str(places(good, version)))
    assert places(good, oldest) == []
    for path, value, said in fields.ROWS[name]:
        if value is fields.GONE:
            found = places(fields.changed(name, path, value), oldest)
            assert sorted(found) == sorted(fields.expected(path, said)), path


HEAD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: "
POD = HEAD + "{containers: [{name: a, image: 'a:1', PART}], MORE}"
# (part of a container, part of the pod, what is found: `CODE route` of the first, or nothing)
ROWS: list[tuple[str, str, str]] = [
    # taken by a server, and broken
    ("livenessProbe: {httpGet: {port: web}}", "", "GEN415"),
    ("ports: [{name: web, containerPort: 1}], livenessProbe: {httpGet: {port: web}}", "", ""),
    ("readinessProbe: {tcpSocket: {port: 8080}}", "", ""),
    ("", "volumes: [{name: v}]", "GEN415"),
    ("", "volumes: [{name: v, emptyDir: {}}]", ""),
    ("lifecycle: {preStop: {httpGet: {port: web}}}", "", "GEN415"),
    # near misses of what a server refuses
    ("ports: [{containerPort: 53}, {containerPort: 53, protocol: UDP}]", "", ""),
    ("ports: [{containerPort: 53}, {containerPort: 53, protocol: TCP}]", "", "GEN413"),
    ("env: [{name: A, value: ''}, {name: B, value: $(A)}]", "", ""),
    ("env: [{name: A, value: '', valueFrom: {fieldRef: {fieldPath: metadata.name}}}]", "", ""),
    ("env: [{name: A}]", "", ""),
    ("resources: {requests: {cpu: 1500m}, limits: {cpu: 1.5}}", "", ""),
    ("resources: {requests: {cpu: 1501m}, limits: {cpu: 1.5}}", "", "GEN413"),
    ("resources: {limits: {memory: 1e3, cpu: .5, example.com/gpu: 1}}", "", ""),
    ("resources: {limits: {memory: }}", "", ""),
    ("imagePullPolicy: ''", "", ""),
    ("livenessProbe: {exec: {command: [a]}, successThreshold: 1}", "", ""),
    ("", "terminationGracePeriodSeconds: 0x1E", ""),
    ("", "terminationGracePeriodSeconds: 1.5", "GEN410"),
    ("", "volumes: [{name: v, secret: {secretName: a, defaultMode: 0644}}]", ""),
    ("", "volumes: [{name: v, secret: {secretName: a, defaultMode: 644}}]", "GEN412"),
    ("", "initContainers: [{name: i, image: a, restartPolicy: Always, livenessProbe: {exec: {command: [a]}}}]", ""),
    ("lifecycle: {preStop: {sleep: {seconds: 30}}}", "", ""),
    ("lifecycle: {preStop: {sleep: {seconds: 31}}}", "", "GEN413"),
    ("args: [1]", "", "GEN410"),
    ("stdin: yes", "", "GEN410"),
]  # fmt: skip


@pytest.mark.parametrize("part, more, code", ROWS)
def test_what_looks_alike_is_told_apart(part: str, more: str, code: str) -> None:
    found = told(POD.replace("PART", part).replace("MORE", more))
    assert {line.split()[0] for line in found} == ({code} if code else set())


IMAGES = [
    ("nginx", True),
    ("localhost:5000/a/b_c:V1.x", True),
    ("a/b@sha256:" + "0" * 64, True),
    ("Nginx", False),
    ("a/b:", False),
    ("a b", False),
    ("http://a/b", False),
    ("a/b@sha256:12", False),
]


@pytest.mark.parametrize("image, fine", IMAGES)
def test_the_text_of_an_image(image: str, fine: bool) -> None:
    found = told(DEPLOYMENT.replace("registry.example.com/api", f"'{image}'"))
    assert [line[:6] for line in found] == ([] if fine else ["GEN415"])


SCHEDULES = [
    ("*/5 * * * *", True),
    ("0 0 1,15 * MON-fri", True),
    ("@hourly", True),
    ("0 0 ? * *", True),
    ("* * * *", False),
    ("60 * * * *", False),
    ("5-1 * * * *", False),
    ("*/0 * * * *", False),
    ("@often", False),
    ("TZ=UTC 0 * * * *", False),
    ("a * * * *", False),
    ("0-59 0-23 1-31 1-12 0-6", True),
    ("0 24 * * *", False),
    ("0 0 0 * *", False),
    ("0 0 32 * *", False),
    ("0 0 * 0 *", False),
    ("0 0 * 13 *", False),
    ("0 0 * * 7", False),
    ("0 0 * jan,Feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec sun,mon,tue,wed,thu,fri,sat", True),
    ("0 0 * dec-jan *", False),
    ("0 0 * * sat-sun", False),
    ("0 0 * monday *", False),
    ("1-2-3 * * * *", False),
    ("*/a * * * *", False),
    ("5-5/1 * * * *", True),
    ("@every 1h", True),
    ("@every", False),
    *(
        (word, True)
        for word in ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight")
    ),
    ("CRON_TZ=UTC 0 * * * *", False),
]


@pytest.mark.parametrize("schedule, fine", SCHEDULES)
def test_schedules(schedule: str, fine: bool) -> None:
    found = told(wrong.CRON.replace("0 1 * * *", schedule))
    assert [line[:6] for line in found] == ([] if fine else ["GEN412"])


@pytest.mark.parametrize(
    "schedule, words",
    [
        ("60 0 1 1 0", "cannot have `60` as minute | write 0 to 59"),
        ("0 24 1 1 0", "cannot have `24` as hour | write 0 to 23"),
        ("0 0 0 1 0", "cannot have `0` as day of the month | write 1 to 31"),
        ("0 0 1 13 0", "cannot have `13` as month | write 1 to 12"),
        ("0 0 1 1 7", "cannot have `7` as day of the week | write 0 to 6"),
        ("* * * *", "has 4 fields"),
        ("TZ=UTC * * * *", "holds a time zone"),
    ],
)
def test_which_part_of_a_schedule_is_wrong(schedule: str, words: str) -> None:
    assert [words in line for line in told(wrong.CRON.replace("0 1 * * *", schedule))] == [True]


def test_a_number_where_a_base_was_patched_is_still_held() -> None:
    """Nothing is missing in what others complete, but what is there is asked."""
    partial = (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: PLACE}\n"
    )
    assert told(partial.replace("PLACE", "2"), partial=True) == []
    assert told(partial.replace("PLACE", "-2"), partial=True)[0].startswith("GEN412 4:18")
    assert told(partial.replace("PLACE", "2"))[0].startswith("GEN413")
    merge = partial.replace(
        "PLACE", "2, template: {spec: {containers: [{name: a, $patch: delete}]}}"
    )
    assert told(merge, partial=True) == []


UNITS = [
    *(
        (low, high, 1000)
        for low, high in pairwise(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"))
    ),
    *((low, high, 1024) for low, high in pairwise(("", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))),
    ("", "e3", 1000),
    ("", "E3", 1000),
    ("e-3", "", 1000),
]


@pytest.mark.parametrize("low, high, times", UNITS)
def test_what_a_unit_is_worth(low: str, high: str, times: int) -> None:
    """A request may be its limit, and not one more of the smaller unit."""
    for more in (0, 1):
        asked = {"requests": {"memory": f"{times + more}{low}"}, "limits": {"memory": f"1{high}"}}
        found = places(fields.changed("pod", fields.C + "resources", asked))
        assert found == [f"GEN413 {fields.C}resources/requests/memory"] * more


AMOUNTS = [
    ("500 Mi", "did you mean `500Mi`?"),
    ("64MIB", "did you mean `64Mi`?"),
    ("1.5gb", "did you mean `1.5G`?"),
    ("2KB", "did you mean `2k`?"),
    ("1kib", "did you mean `1Ki`?"),
    ("5 M", "did you mean `5M`?"),
    ("5x", "write a number with one of the units"),
    ("", "write a number with one of the units"),
    ("a", "write a number with one of the units"),
    ("1 000", "write a number with one of the units"),
    ("+-1", "write a number with one of the units"),
    ("1e", "did you mean `1E`?"),
    ("1e12345", "write a number with one of the units"),
    ("1" * 61, "write a number with one of the units"),
    ("1" * 60, ""),
    ("+.5Gi", ""),
    ("5.", ""),
    ("1E2", ""),
    ("-0", ""),
]


@pytest.mark.parametrize("amount, words", AMOUNTS)
def test_what_is_a_quantity(amount: str, words: str) -> None:
    path = fields.C + "resources"
    found = problems(fields.changed("pod", path, {"limits": {"memory": amount}}), VERSION)
    assert [one.code for one in found] == ["GEN412"] * bool(words)
    assert all(words in one.hint for one in found)


@pytest.mark.parametrize(
    "mode, words",
    [(644, "write 0644,"), (777, "write 0777,"), (888, "up to 0777"), (1000, "up to 0777")],
)
def test_permissions_are_octal(mode: int, words: str) -> None:
    [found] = problems(fields.changed("pod", "spec/volumes/1/secret/defaultMode", mode), VERSION)
    assert words in found.hint


TIMES = [
    ("2026-01-31T08:00:00Z", True),
    ("2026-01-31t08:00:00.5+01:00", True),
    ("2026-02-31T08:00:00Z", False),
    ("2026-01-31", False),
    ("2026-01-31T08:00:00", False),
    ("2026-01-31T25:00:00Z", False),
]


@pytest.mark.parametrize("time, fine", TIMES)
def test_what_is_a_time(time: str, fine: bool) -> None:
    lease = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": "a"}}
    found = places(lease | {"spec": {"renewTime": time}})
    assert found == ([] if fine else ["GEN412 spec/renewTime"])


def test_services_may_begin_with_a_digit_since_1_36() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: 1a}\nspec: {ports: [{port: 80}]}\n"
    assert told(service) == []
    assert [line[:6] for line in told(service, "1.35")] == ["GEN412"]


PLATFORM = "environments/platform.yaml"
ALLOWED = (
    "name: shop\nargocd: {repository: https://git.example.com/shop.git}\n"
    "bases: {kinds: {example.com/Queue: everywhere}}\n"
)


def test_a_warning_about_a_base_is_accepted_in_the_services_file() -> None:
    queue = "---\napiVersion: example.com/v1\nkind: Queue\nmetadata: {name: a}\n"
    text = (base("api")[DEPLOYED] or "") + queue
    allowed = {PLATFORM: ALLOWED}
    assert [code for code, _, _ in findings(allowed | {DEPLOYED: text})] == ["GEN419"]
    accepts = service("api", "accept: {GEN419: the cluster has it}\n")[API] or ""
    assert findings(allowed | {DEPLOYED: text, API: accepts}) == []
    assert [code for code, _, _ in findings({API: accepts})] == ["GEN501"]


@pytest.mark.parametrize(
    "volume, words",
    [
        ({"emptyDir": {}, "configMap": {"name": "a"}}, "the volume nfs has more than one source"),
        ({}, "the volume nfs has no source"),
    ],
)
def test_a_volume_is_told_by_its_name(volume: dict[str, Any], words: str) -> None:
    document = fields.changed("pod", "spec/volumes/5", {"name": "nfs", **volume})
    assert any(words in one.message for one in problems(document, VERSION))
