"""Compose files → objects: what is taken, what is asked, and that no secret comes along."""

from __future__ import annotations

import os
import random
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator.adoption.adopt import Adopted, Here, adopt
from generator.adoption.belongings import Asked
from generator.adoption.compose import translator
from generator.adoption.compose_near import MOST, bounded
from generator.adoption.items import Brought, read
from generator.io import bring

Gen = Callable[..., tuple[int, str, str]]
HEAD = "services:\n  web:\n    image: registry.example.com/web:v1\n"


def brought(
    text: str, *, secrets: bool = False, beside: str = "", registry: str | None = None
) -> Brought:
    known = {"compose.yaml": beside.encode()}
    made = translator(secrets=secrets, beside=known, registry=registry)
    return read({"compose.yaml": text.encode()}, made)


def taken(text: str, *, secrets: bool = False) -> tuple[Adopted, list[tuple[str, str]]]:
    """What becomes of it, and (line:column code, message) of all that is told."""
    there = brought(text, secrets=secrets)
    made = adopt(there.items, "test", Asked({}), Here())
    marks = [(one, one.place.mark) for one in (*there.found, *made.found)]
    told = [(f"{mark.line}:{mark.column} {one.code}", one.message) for one, mark in marks if mark]
    return made, told


def container(text: str, **asked: Any) -> dict[str, Any]:
    (workload,) = [
        item for item in brought(text, **asked).items if "template" in item.data.get("spec", {})
    ]
    made: dict[str, Any] = workload.data["spec"]["template"]["spec"]["containers"][0]
    return made


def test_services_ports_calls_and_versions() -> None:
    made, told = taken(
        HEAD
        + '    ports: ["8080:3000", {target: 9000, app_protocol: grpc}]\n'
        + "    environment: {CART: 'http://cart:7070', DB: 'db:5432'}\n"
        + "  cart:\n    image: registry.example.com/cart:v2\n    depends_on: [db]\n"
        + "  db:\n    image: postgres:16\n"
    )
    web = made.files["environments/services/web.yaml"]
    assert "{name: http, port: 3000, protocol: http}    # guessed by 3000" in web
    assert "{name: grpc, port: 9000, protocol: grpc}    # named grpc" in web
    assert "calls: [cart, db]" in web
    assert (
        "port: 7070, protocol: http}    # named http"
        in made.files["environments/services/cart.yaml"]
    )
    assert (
        "port: 5432, protocol: tcp}    # image postgres"
        in made.files["environments/services/db.yaml"]
    )
    assert made.environments[0].runs == {
        "web": {"tag": "v1"},
        "cart": {"tag": "v2"},
        "db": {"tag": "16"},
    }
    assert sorted(told) == [
        ("4:5 GEN602", "protocol of port 3000 of web: guessed http"),
        ("6:3 GEN617", "cart waits for db, which is taken for calls"),
    ]


def test_anchors_merges_and_variables_are_as_compose_reads_them() -> None:
    text = (
        "x-a: &a {A: one, B: two}\nx-b: &b {A: other, C: three}\n"
        + HEAD.replace("v1", "${TAG:-v3}")
        + "    environment: &env\n      <<: [*a, *b]\n      B: own$$\n      L: ${L}\n"
    )
    there = brought(text)
    said = {one["name"]: one["value"] for one in container(text)["env"]}
    assert said == {"A": "one", "B": "own$", "C": "three", "L": ""}
    assert container(text)["image"].endswith(":v3")
    assert [one.about for one in there.found] == [
        "TAG, whose default is taken",
        "L, which has no value here",
    ]


def called(env: str, more: str = "") -> bool:
    """Whether web calls db."""
    text = f"{HEAD}    environment: {{{env}}}\n  db:\n    image: postgres:16\n{more}"
    return "calls: [db]" in taken(text)[0].files["environments/services/web.yaml"]


@pytest.mark.parametrize(
    ("env", "calls"),
    [
        ("URL: 'postgres://me:hidden@db/x'", True),
        ("DB_PASSWORD: 'mysql://me:hidden@db:5432/x'", True),
        ("DB_PASSWORD: 'db'", False),
        ("DB_PASSWORD: 'db:5432'", False),  # a word may look like an address without a scheme
        ("DB_HOST: db", True),
        ("DATABASE: db", True),
        ("POSTGRES_DB: db", False),
        ("MYSQL_DATABASE: db", False),
        ("DB_USER: db", False),
        ("DB_NAME: db", False),
    ],
)
def test_what_names_a_server_is_a_call(env: str, calls: bool) -> None:
    assert called(env) == calls


@pytest.mark.parametrize(
    ("condition", "told"), [("service_started", 1), ("service_completed_successfully", 0)]
)
def test_what_is_waited_for_and_has_no_port_is_told(condition: str, told: int) -> None:
    text = f"{HEAD}    depends_on: {{api: {{condition: {condition}}}}}\n  api: {{image: api}}\n"
    made, said = taken(text)
    found = [message for _, message in said if message.endswith("waited for: api by web")]
    assert len(found) == told and "calls" not in made.files["environments/services/web.yaml"]


def test_images_that_are_built_lie_in_a_registry() -> None:
    text = "services:\n  my_web:\n    build: .\n    depends_on: [db]\n  api: {build: ., image: api}\n  db: {image: postgres:16}\n"
    images = [
        item.data["spec"]["template"]["spec"]["containers"][0]["image"]
        for item in brought(text, registry="registry.example.com:5000/shop").items
        if item.kind == "Deployment"
    ]
    assert images == ["registry.example.com:5000/shop/my-web", "api", "postgres:16"]
    (_, message), *_ = [one for one in taken(text)[1] if "GEN613" in one[0]]
    assert message == "Deployment my_web has no image that the catalogue can name"


@pytest.mark.parametrize(
    "env",
    ["DB_PASSWORD: hidden", "API_KEY: hidden", "TOKEN: hidden", "URL: 'postgres://me:hidden@db/x'"],
)
def test_secrets_are_told_and_not_taken(env: str) -> None:
    text = f"{HEAD}    environment: {{{env}}}\n"
    made, told = taken(text)
    assert [code for code, _ in told] == ["4:19 GEN608"]
    assert "hidden" not in str(made) and "hidden" not in str(told)
    key = env.partition(":")[0]
    (one,) = container(text)["env"]
    assert one["valueFrom"]["secretKeyRef"] == {"name": "web-secrets", "key": key}
    assert "hidden" in container(text, secrets=True)["env"][0]["value"]


def test_health_checks_become_probes() -> None:
    ask = "{test: ['CMD', wget, '-q', 'http://127.0.0.1:80/up'], interval: 1m30s, timeout: 5s, retries: 2}"
    made = container(f"{HEAD}    ports: [80]\n    healthcheck: {ask}\n")
    assert made["readinessProbe"] == {
        "httpGet": {"path": "/up", "port": 80},
        "periodSeconds": 90,
        "timeoutSeconds": 5,
        "failureThreshold": 2,
    }
    made = container(f"{HEAD}    healthcheck: {{test: pg_isready || exit 1}}\n")
    assert made["readinessProbe"]["exec"]["command"] == ["sh", "-c", "pg_isready || exit 1"]
    assert "readinessProbe" not in container(f"{HEAD}    healthcheck: {{disable: true}}\n")


def test_volumes_configs_and_what_a_container_may() -> None:
    text = (
        HEAD
        + "    volumes: ['data:/data', /tmp/x, './a:/b']\n    configs: [{source: ini, target: /etc/a.ini}]\n"
        + "    secrets: [key]\n    user: '10:20'\n    read_only: true\n    cap_drop: [ALL]\n"
        + "    deploy: {replicas: 2, resources: {limits: {memory: 50M, cpus: '0.5'}}}\n    command: a 'b c'\n"
        + "configs: {ini: {content: 'a=b'}, far: {file: ./far}}\nsecrets: {key: {file: ./key}}\n"
    )
    there = brought(text)
    workload = there.items[0]
    assert workload.kind == "StatefulSet" and workload.says("spec", "replicas") == 2
    made = container(text)
    assert [one["mountPath"] for one in made["volumeMounts"]] == [
        "/data",
        "/tmp/x",
        "/etc/a.ini",
        "/run/secrets/key",
    ]
    assert made["args"] == ["a", "b c"] and made["resources"] == {
        "limits": {"cpu": "0.5", "memory": "50Mi"}
    }
    assert made["securityContext"] == {
        "runAsUser": 10,
        "runAsGroup": 20,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert [one.kind for one in there.items] == ["StatefulSet", "ConfigMap"]
    codes = [one.code for one in there.found]
    assert codes == ["GEN617", "GEN617", "GEN617", "GEN608"]


@pytest.mark.parametrize(
    ("more", "spot"),
    [
        ("    network_mode: host\n", "4:5 GEN617"),
        ("    profiles: [debug]\n", "4:5 GEN617"),
        ("    env_file: .env\n", "4:5 GEN617"),
        ("    environment: [HERE]\n", "4:19 GEN617"),
        ("    environment: {A: 1.10}\n", "4:19 GEN617"),
        ("    environment: {A: 2024-01-01 10:00:00 +1}\n", "4:19 GEN617"),
        ("    environment: {A: 0o17}\n", "4:19 GEN617"),
        ("    ports: ['53:53/udp']\n", "4:13 GEN603"),
        ("    ports: [':::']\n", "4:13 GEN617"),
        ("    ports: ['1-9000']\n", "4:13 GEN617"),
        ("include: [a.yaml]\n", "4:1 GEN617"),
        ("  built: {build: .}\n", "4:3 GEN613"),
        ("  my_db: {image: 'a:1'}\n", "4:3 GEN606"),
    ],
)
def test_what_is_not_taken_is_told_at_its_line(more: str, spot: str) -> None:
    assert [code for code, _ in taken(HEAD + more)[1]] == [spot]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("services: [a]\n", "GEN009"),
        ("services: {web: {image: a}}\nservices: {}\n", "GEN004"),
        ("services: {a: &a [*a]}\n", "GEN008"),
        ("services:\n  a: " + "[" * 40 + "]" * 40 + "\n", "GEN008"),
        ("services: {}\na: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)), "GEN008"),
        ("services: [\n", "GEN004"),
        ("services: {? [a] : b}\n", "GEN004"),
    ],
)  # fmt: skip
def test_hostile_files_are_told(text: str, code: str) -> None:
    there = brought(text)
    assert not there.items and [one.code for one in there.found] == [code]


KEYS = ["image", "ports", "expose", "environment", "env_file", "volumes", "configs", "secrets", "healthcheck", "deploy", "command", "depends_on", "links", "tmpfs", "user", "cap_add", "profiles", "stop_grace_period", "read_only", "working_dir", "test", "resources", "limits", "memory", "replicas", "target", "source", "type", "content"]  # fmt: skip
WORDS = [None, True, 0, -1, 10**17, "", "a", "80:80", "a:/b", "../x", "$", "${", "${A:-}", "'", "1h", "\x00", "http://web:1", [], {}]  # fmt: skip


def odd(random_: random.Random, depth: int) -> Any:
    kind = random_.choice(["word", "list", "map", "map"] if depth else ["word"])
    if kind == "word":
        return random_.choice(WORDS)
    if kind == "list":
        return [odd(random_, depth - 1) for _ in range(random_.randint(0, 3))]
    return {random_.choice(KEYS): odd(random_, depth - 1) for _ in range(random_.randint(0, 5))}


def test_odd_types_end_no_import() -> None:
    from generator.targets.yaml_text import document

    for seed in range(150):
        random_ = random.Random(seed)
        data = {
            "services": {"web": odd(random_, 3), "db": odd(random_, 3)},
            "configs": odd(random_, 2),
        }
        data["secrets"] = odd(random_, 2)
        taken(document(data))


BESIDE = """# what docker compose reads by itself
export REPO=registry.example.com
TAG = "v2"  # said twice
EMPTY=
WORD='a # b'
DB_PASSWORD=secret
HALF="a
NESTED=${TAG}
"""
VARIABLES = """services:
  web:
    image: ${REPO}/web:${TAG}
    command: [run, --db, "${DB_PASSWORD}"]
    environment:
      TAG:
      A: ${WORD}
      B: ${EMPTY:-default}
      C: ${EMPTY-default}
      D: ${TAG:+there}
      E: ${HALF}${NESTED}
"""


def test_variables_stand_in_the_file_beside_it() -> None:
    made = container(VARIABLES, beside=BESIDE)
    assert (made["image"], made["args"]) == ("registry.example.com/web:v2", ["run", "--db", ""])
    values = {said["name"]: said["value"] for said in made["env"]}
    assert values == {"TAG": "v2", "A": "a # b", "B": "default", "C": "", "D": "there", "E": ""}
    (told,) = [one for one in brought(VARIABLES, beside=BESIDE).found if "beside" in one.message]
    assert told.message.endswith("EMPTY, REPO, TAG, WORD")
    assert container(VARIABLES, beside=BESIDE, secrets=True)["args"][2] == "secret"
    assert "image" not in container(VARIABLES) or "$" not in container(VARIABLES)["image"]


@pytest.mark.parametrize(
    ("beside", "names"),
    [("", {"web"}), ("COMPOSE_PROFILES=a, debug\n", {"web", "more"}), ("COMPOSE_PROFILES=*\n", {"web", "more"})],
)  # fmt: skip
def test_profiles_are_chosen_beside_it(beside: str, names: set[str]) -> None:
    text = HEAD + "  more: {image: 'registry.example.com/more:v1', profiles: [debug]}\n"
    assert {item.name for item in brought(text, beside=beside).items} == names


def test_who_is_named_and_opens_no_port_is_asked_for() -> None:
    made, told = taken(
        HEAD
        + "    environment: {STORE_HOST: store}\n  store: {image: 'registry.example.com/store:v1'}\n"
    )
    assert "calls" not in made.files["environments/services/web.yaml"]
    assert (
        "2:3 GEN617",
        "no port is known of what is named as a host, or waited for: store by web",
    ) in told


def test_a_long_line_beside_it_costs_nothing() -> None:
    line = "A=a" + " " * 1_000_000 + "'\n"
    started = time.process_time()
    assert "values are" not in "".join(one.message for one in brought(VARIABLES, beside=line).found)
    assert time.process_time() - started < 1


def test_a_registry_is_a_prefix_of_images(gen: Gen, tmp_path: Path) -> None:
    root, file = tmp_path / "shop", tmp_path / "compose.yaml"
    file.write_text("services:\n  web: {build: .}\n")
    assert gen("init", "--empty", root)[0] == 0
    code, _, said = gen("-C", root, "import", file, "--registry", "https://x")
    assert code == 2 and "is no registry" in said
    written = root / "environments/services/web.yaml"
    for registry in ("registry.example.com/shop", "registry.example.com:5000"):
        assert gen("-C", root, "import", file, "--registry", registry)[0] == 0
        assert f"{registry}/web" in written.read_text()
        written.unlink()


PROXY = """services:
  proxy:
    image: nginx:1.29
    ports: ["80:80"]
    volumes: [%s]
  backend:
    build: {context: backend%s}
"""


def near(files: dict[str, str]) -> Callable[[str, str], str]:
    return lambda _, name: files.get(name.removeprefix("./"), "")


def services(text: str, files: dict[str, str]) -> dict[str, str]:
    """What is written of each service, with these files beside the Compose file."""
    asked = translator(secrets=False, registry="registry.example.com", near=near(files))
    there = read({"compose.yaml": text.encode()}, asked)
    made = adopt(there.items, "test", Asked({}), Here())
    top = "environments/services/"
    return {
        path.removeprefix(top).removesuffix(".yaml"): said
        for path, said in made.files.items()
        if path.startswith(top)
    }


@pytest.mark.parametrize(
    "volume",
    [
        "./proxy/nginx.conf:/etc/nginx/conf.d/default.conf:ro",
        "{type: bind, source: ./proxy/nginx.conf, target: /etc/nginx/nginx.conf}",
    ],
)
@pytest.mark.parametrize(
    "line, port",
    [
        ("proxy_pass http://backend:8000;", "name: http, port: 8000, protocol: http"),
        ("upstream up { server backend:8000; }", "port: 8000"),
    ],
)
def test_a_mounted_file_tells_of_calls_and_ports(volume: str, line: str, port: str) -> None:
    said = services(
        PROXY % (f"'{volume}'" if volume[0] == "." else volume, ""),
        {"proxy/nginx.conf": f"server {{\n  {line}\n}}\n"},
    )
    assert "calls: [backend]" in said["proxy"] and port in said["backend"]


@pytest.mark.parametrize(
    "target, dockerfile, ports",
    [
        ("", "FROM a\nEXPOSE 9000\n", ["9000"]),
        ("", "FROM a AS build\nEXPOSE 1000\nFROM b\nexpose 8080/tcp 9090 $PORT 53/udp\n", ["8080", "9090"]),
        ("", "FROM --platform=linux/amd64 a AS base\nEXPOSE 7000\nFROM base\nRUN x\n", ["7000"]),
        (", target: Build", "FROM a as build\nEXPOSE 1000\nFROM b\nEXPOSE 8080\n", ["1000"]),
        ("", "FROM loop AS loop\nEXPOSE 70000 80\n", ["80"]),
        ("", "EXPOSE 80\n", []),
        ("", "FROM a\n# of old \\\nEXPOSE 8080 \\\r\n  9090\n", ["8080", "9090"]),
        (", target: 0", "FROM a AS one\nEXPOSE 1000\nFROM b\nEXPOSE 8080\n", ["1000"]),
        (', dockerfile_inline: "FROM a\\nEXPOSE 2222"', "FROM a\nEXPOSE 1111\n", ["2222"]),
    ],
)  # fmt: skip
def test_a_dockerfile_tells_of_ports(target: str, dockerfile: str, ports: list[str]) -> None:
    said = services(PROXY % ("", target), {"backend/Dockerfile": dockerfile})["backend"]
    assert re.findall(r"port: (\d+)", said) == ports


@pytest.mark.parametrize(
    "name, text",
    [
        ("nginx.conf", "# server backend:8000;\n"),
        ("nginx.conf", "listen 80;  # before backend:8000\n"),
        ("main.go", "// see http://backend:8000\n\nx := m[backend:8000]\n"),
        ("README.md", "Open http://backend:8000 then.\n"),
    ],
)
def test_comments_and_programs_tell_of_no_call(name: str, text: str) -> None:
    said = services(PROXY % (f"'./{name}:/x'", ""), {name: text})
    assert "calls" not in said["proxy"] and "ports: []" in said["backend"]


def test_what_is_said_comes_before_a_dockerfile() -> None:
    text = PROXY % ("", "") + "    ports: ['81:5000']\n"
    said = services(text, {"backend/Dockerfile": "FROM a\nEXPOSE 9000\n"})
    assert re.findall(r"port: (\d+)", said["backend"]) == ["5000"]


def test_labels_tell_a_proxy_of_ports() -> None:
    label = "traefik.http.services.go.loadbalancer.server.port"
    for labels in (f"['{label}=81', traefik.enable=true]", f"{{{label}: '81'}}"):
        text = f"services:\n  edge:\n    image: docker.io/traefik:v3\n    ports: ['80:80']\n  api:\n    build: .\n    labels: {labels}\n"
        said = services(text, {})
        assert "calls: [api]" in said["edge"] and "name: http, port: 81" in said["api"]


@pytest.mark.parametrize("said", ["'false'", "false", "'False'"])
def test_a_service_that_is_hidden_from_a_proxy_is_not_called(said: str) -> None:
    label = "traefik.http.services.go.loadbalancer.server.port"
    hidden = f"{{traefik.enable: {said}, {label}: 81}}"
    text = f"services:\n  edge: {{image: traefik, ports: ['80:80']}}\n  api: {{image: a, labels: {hidden}}}\n"
    assert "calls" not in services(text, {})["edge"]


@pytest.mark.parametrize(
    "told, ports",
    [
        ("", ["9187", "5432"]),
        ("environment: {EXPORTER: '0.0.0.0:9999'}", ["9187", "5432"]),
        ("expose: [5433]", ["5433", "9187"]),
    ],
)
def test_a_mounted_file_takes_no_port_of_an_image(told: str, ports: list[str]) -> None:
    text = PROXY % ("./scrape.yaml:/x", "") + f"  db:\n    image: postgres:18\n    {told}\n"
    said = services(text, {"scrape.yaml": "targets: ['db:9187']\n"})["db"]
    assert re.findall(r"port: (\d+)", said) == ports


@pytest.mark.parametrize("port", ["²", "٣", "-1", "", "0", "65536"])
def test_a_label_that_is_no_port_tells_of_none(port: str) -> None:
    label = f"labels: ['traefik.http.services.b.loadbalancer.server.port={port}']"
    assert "ports: []" in services(PROXY % ("", "") + f"    {label}\n", {})["backend"]


@pytest.mark.parametrize(
    "told",
    [
        "environment: [ASPNETCORE_URLS=http://+:8000]",
        "environment: {ASPNETCORE_URLS: 'http://*:8000'}",
        "command: gunicorn -b 0.0.0.0:8000 app:app",
        "command: [serve, '--listen=[::]:8000']",
    ],
)
def test_an_address_of_its_own_tells_of_a_port(told: str) -> None:
    said = services(PROXY % ("", "") + f"    {told}\n", {})["backend"]
    assert re.findall(r"port: (\d+)", said) == ["8000"]


@pytest.mark.parametrize(
    "told",
    [
        "environment: {CORS_ORIGINS: 'http://*:3000'}",
        "environment: ['UPSTREAM=http://0.0.0.0:4000']",
        "command: serve --allow 0.0.0.0:1234",
        "command: serve --trusted-proxies=0.0.0.0:1234",
    ],
)
def test_an_address_of_others_tells_of_no_port(told: str) -> None:
    said = services(PROXY % ("", "") + f"    {told}\n", {})["backend"]
    assert "port:" not in said


def test_files_near_are_read_below_the_folder_alone(tmp_path: Path) -> None:
    here = tmp_path / "app"
    (here / "conf").mkdir(parents=True)
    (here / "conf" / "a.conf").write_text("http://api:1")
    (here / "large").write_bytes(b"x" * 70_000)
    (tmp_path / "out").write_text("http://api:2")
    (here / "link").symlink_to(tmp_path / "out")
    (here / "way").symlink_to(here / "conf")
    os.mkfifo(here / "pipe")
    compose = str(here / "compose.yaml")
    assert bring.near(compose, "./conf/a.conf") == "http://api:1"
    outside = ("../out", str(tmp_path / "out"), "link", "way/a.conf", "large", "pipe", "conf", "")
    for name in (*outside, "none", "a\0b", "x" * 5000):
        assert bring.near(compose, name) == ""
    assert bring.near(bring.STDIN, "conf/a.conf") == ""


def test_no_import_reads_files_without_end() -> None:
    asked: list[str] = []
    read_ = bounded(lambda _, name: asked.append(name) or "")  # type: ignore[func-returns-value]
    for number in range(MOST + 10):
        read_("compose.yaml", str(number))
    assert len(asked) == MOST
