"""On which ports a service of a Compose file listens: what it opens, what others dial, and what its
image is known for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from generator.adoption.compose_text import HINT, Composed
from generator.manifests.dials import addresses
from generator.vocabulary.findings import Finding, Reading
from generator.vocabulary.nodes import below, listed
from generator.vocabulary.source import Place

_SHORT = re.compile(
    r"(?:(?P<host>.*):)?(?P<first>[0-9]{1,5})(?:-(?P<last>[0-9]{1,5}))?(?:/(?P<protocol>\w+))?"
)
_MOST = 50  # ports of one service
# Image → the ports that it opens when nothing else says any.
_KNOWN: Mapping[str, tuple[int, ...]] = {
    "azure-sql-edge": (1433,),
    "cassandra": (9042,),
    "clickhouse": (8123, 9000),
    "clickhouse-server": (8123, 9000),
    "couchdb": (5984,),
    "eclipse-mosquitto": (1883,),
    "elasticsearch": (9200,),
    "etcd": (2379,),
    "influxdb": (8086,),
    "kafka": (9092,),
    "localstack": (4566,),
    "mailhog": (1025, 8025),
    "mariadb": (3306,),
    "meilisearch": (7700,),
    "memcached": (11211,),
    "minio": (9000, 9001),
    "mongo": (27017,),
    "mongodb": (27017,),
    "mysql": (3306,),
    "nats": (4222,),
    "neo4j": (7474, 7687),
    "opensearch": (9200,),
    "pgvector": (5432,),
    "postgis": (5432,),
    "postgres": (5432,),
    "postgresql": (5432,),
    "rabbitmq": (5672,),
    "redis": (6379,),
    "solr": (8983,),
    "timescaledb": (5432,),
    "valkey": (6379,),
    "zookeeper": (2181,),
}
_SCHEMES = re.compile(r"\b(http|grpc)://([A-Za-z0-9-]{1,63}):([0-9]{1,5})\b")
# `http://+:8000`, `-b 0.0.0.0:8000`: an address of its own, at which it listens.
_OWN = re.compile(r"(?<![\w.:-])(?:\+|\*|0\.0\.0\.0|\[::\]):([0-9]{1,5})(?![\w.:-])")
# What stands before an address that is not where it listens itself: `CORS_ORIGINS`, `--allow`.
_OTHERS = re.compile(
    r"(?:allow|cors|origin|proxy|trust|upstream)\w*[^\w\s]*\S{0,100}\s*$", re.IGNORECASE
)


class Opened(NamedTuple):
    """A port of a container; `published`: Compose opens it to the outside."""

    port: int
    name: str = ""
    published: bool = False


def opened(
    made: Composed,
    service: str,
    said: Mapping[str, Any],
    heard: Mapping[int, str],
    inside: Sequence[int],
    *,
    sure: bool,
) -> Reading[list[Opened]]:
    """The ports of a service, each once. `heard`: those that others dial, with what they speak;
    `inside`: those at which it is told to listen, which count where nothing else is said. What its
    image is known for counts unless somebody says ports to Compose itself, or is `sure`."""
    ports: dict[int, Opened] = {}
    for key in ("ports", "expose"):
        for index, port in enumerate(listed(said, key)):
            place = made.place("services", service, key, index)
            for one in (yield from _port(place, service, port, published=key == "ports")):
                ports.setdefault(one.port, one._replace(name=one.name or heard.get(one.port, "")))
    known = not (ports or sure)
    for number, name in heard.items():
        ports.setdefault(number, Opened(number, name))
    image = str(said.get("image") or "").partition("@")[0].rpartition("/")[2].partition(":")[0]
    more = () if ports else inside
    for number in (*more, *(_KNOWN.get(image, ()) if known else ())):
        ports.setdefault(number, Opened(number))
    return list(ports.values())[:_MOST]


def _port(place: Place, service: str, port: Any, *, published: bool) -> Reading[list[Opened]]:
    """A port, or a range of them, in the short form or the long one."""
    if isinstance(port, dict):
        name = str(port.get("app_protocol") or port.get("name") or "")
        said = f"{port.get('target')}/{port.get('protocol') or 'tcp'}"
    else:
        name, said = "", str(port)
    match = _SHORT.fullmatch(said)
    first, last = (int(match["first"]), int(match["last"] or match["first"])) if match else (0, 0)
    if not match or not 0 < first <= last < 65536 or last - first >= _MOST:
        message = f"`{said[:60]}` of {service[:60]} is no port that can be taken"
        yield Finding("GEN617", place, message, HINT)
        return []
    if match["protocol"] not in (None, "tcp"):
        message = f"port {said[:60]} of {service[:60]} is not TCP, and no mesh carries it"
        step = "run what it is for beside the mesh, as docs/protocols.md says"
        yield Finding("GEN603", place, message, step)
        return []
    return [Opened(number, name, published) for number in range(first, last + 1)]


def dialled(
    services: Mapping[str, Any], mounted: Mapping[str, Sequence[str]]
) -> dict[str, dict[int, str]]:
    """Service → ports at which others dial it, with what an address says that they speak. `mounted`
    are the texts of files by who mounts them."""
    heard: dict[str, dict[int, str]] = {}
    for name, said in services.items():
        for text in (*_texts(said), *mounted.get(name, ())):
            for dial in addresses(text, Place("")):
                if dial.host in services and dial.port and dial.port < 65536:
                    heard.setdefault(dial.host, {}).setdefault(dial.port, "")
            for scheme, host, port in _SCHEMES.findall(text):
                if host in services and int(port) in heard.get(host, ()):
                    heard[host][int(port)] = scheme
    return heard


def listening(said: Mapping[str, Any]) -> list[int]:
    """The ports at which a service is told to listen, by its variables or its command."""
    found = (
        int(match[1])
        for text in _texts(said, named=True)
        for match in _OWN.finditer(text)
        if not _OTHERS.search(text[max(0, match.start() - 100) : match.start()])
    )
    return [number for number in dict.fromkeys(found) if 0 < number < 65536]


def _texts(said: Any, *, named: bool = False) -> Iterator[str]:
    """What a service is told: its variables, `named` with their names, and its command."""
    for key in ("environment", "command", "entrypoint"):
        told = below(said, key)
        if isinstance(told, dict):
            told = [f"{name}={text}" for name, text in told.items() if isinstance(text, str)]
        for text in told if isinstance(told, list) else [told]:
            if isinstance(text, str):
                bare = key == "environment" and "=" in text and not named
                yield text.partition("=")[2] if bare else text
