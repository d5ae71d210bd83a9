"""What a port speaks, and what says so. The first that says something counts: `appProtocol`, the
port's name, what probes ask it for, the image behind it. A number alone is a guess, and told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from generator.adoption.items import Item
from generator.manifests.workloads import SERVERS, containers, open_ports
from generator.vocabulary import names
from generator.vocabulary.findings import Finding
from generator.vocabulary.nodes import below, mappings, numbered
from generator.vocabulary.source import Place

Protocol = str  # http, http2, grpc or tcp
# Words of `appProtocol`, and words that a port's name begins or ends with, as Istio takes them.
_SAID: dict[str, Protocol] = {
    "http": "http",
    "http1": "http",
    "https": "tcp",
    "http2": "http2",
    "h2c": "http2",
    "kubernetes.io/h2c": "http2",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "tcp",
    "ws": "http",
    "grpc": "grpc",
    "grpc-web": "http",
    "tcp": "tcp",
    "tls": "tcp",
    "mongo": "tcp",
    "mysql": "tcp",
    "redis": "tcp",
}
_NAMED: Mapping[str, Protocol] = _SAID | {
    **dict.fromkeys(
        ("web", "ui", "api", "rest", "metrics", "prometheus", "health", "admin"), "http"
    ),
    **dict.fromkeys(("rpc", "triple", "tri"), "grpc"),
    **dict.fromkeys(
        (
            *("amqp", "amqps", "cassandra", "cql", "client", "dubbo", "epmd", "jdbc", "kafka"),
            *(
                "ldap",
                "plaintext",
                "memcached",
                "mongodb",
                "mqtt",
                "mssql",
                "nats",
                "peer",
                "pg",
                "postgres",
            ),
            *("postgresql", "raft", "sentinel", "smtp", "sql", "ssh", "stomp", "thrift", "valkey"),
            *("zookeeper", "bolt", "broker", "controller", "db"),
        ),
        "tcp",
    ),
}
_UNSURE = ("api", "client", "controller", "admin", "db", "rpc")  # words that more than one uses
# Images by the last words of their name, and the ports on which they do not speak TCP alone.
_IMAGES: Mapping[str, Mapping[int, Protocol]] = {
    "activemq": {8161: "http"},
    "adminer": {8080: "http"},
    "alertmanager": {9093: "http"},
    "azure-sql-edge": {},
    "cassandra": {},
    "cockroach": {8080: "http"},
    "elasticsearch": {9200: "http"},
    "gitea": {3000: "http"},
    "grafana": {3000: "http"},
    "httpd": {80: "http"},
    "influxdb": {8086: "http"},
    "keycloak": {8080: "http", 9000: "http"},
    "kibana": {5601: "http"},
    "logstash": {9600: "http"},
    "loki": {3100: "http"},
    "etcd": {2379: "grpc"},
    "jaeger": {16686: "http", 4317: "grpc", 4318: "http", 14250: "grpc", 9411: "http"},
    "kafka": {},
    "mariadb": {},
    "memcached": {},
    "minio": {9000: "http", 9001: "http"},
    "mongo": {},
    "mongodb": {},
    "mysql": {},
    "nacos": {8848: "http", 9848: "grpc", 9849: "grpc"},
    "nacos-server": {8848: "http", 9848: "grpc", 9849: "grpc"},
    "nats": {8222: "http"},
    "neo4j": {7474: "http"},
    "nextcloud": {80: "http"},
    "nginx": {80: "http", 8080: "http"},
    "opensearch": {9200: "http"},
    "opentelemetry-collector": {4317: "grpc", 4318: "http", 8888: "http"},
    "opentelemetry-collector-contrib": {4317: "grpc", 4318: "http", 8888: "http"},
    "otelcol": {4317: "grpc", 4318: "http", 8888: "http"},
    "pgadmin4": {80: "http"},
    "phpmyadmin": {80: "http"},
    "portainer": {9000: "http"},
    "portainer-ce": {9000: "http"},
    "postgres": {},
    "postgresql": {},
    "prometheus": {9090: "http"},
    "pulsar": {8080: "http"},
    "rabbitmq": {15672: "http", 15692: "http", 9419: "http", 9090: "http"},
    "redis": {},
    "redismod": {},
    "redpanda": {8081: "http", 8082: "http", 9644: "http"},
    "traefik": {80: "http", 8080: "http"},
    "valkey": {},
    "valkey-server": {},
    "wordpress": {80: "http"},
    "zipkin": {9411: "http"},
    "zookeeper": {8080: "http"},
}
# Guesses by number, each of which is told.
_NUMBERS: Mapping[int, Protocol] = {
    **dict.fromkeys((80, 3000, 4200, 5000, 8000, 8080, 8081, 8088, 8888, 9000, 9090), "http"),
    **dict.fromkeys((50051, 9095, 4317), "grpc"),
}
_SPLIT = re.compile(r"[-_.]")


class Known(NamedTuple):
    """A protocol, and what says so; a `guess` if nothing but the number does."""

    protocol: Protocol
    evidence: str
    guess: bool = False


@dataclass(frozen=True, slots=True)
class Port:
    """A port of the catalogue."""

    name: str
    port: int
    target: int
    known: Known


def ports(service: Item, workloads: Iterable[Item]) -> tuple[list[Port], list[Finding]]:
    """The ports of a Kubernetes Service, by what its workloads say of them."""
    workloads = list(workloads)
    made: list[Port] = []
    found: list[Finding] = []
    for index, port in numbered(service.data, "spec", "ports"):
        if not isinstance(port.get("port"), int):
            continue
        route = ("spec", "ports", index)
        if port.get("protocol", "TCP") != "TCP":
            found.append(_not_tcp(service, port, service.place(*route)))
            continue
        target = _target(port, workloads)
        if target is None:
            found.append(_nameless(service, port, service.place(*route)))
            target = port["port"]
        known = _known(port, target, workloads)
        name = _free(_name(port, known), made)
        made.append(Port(name, port["port"], target, known))
        if known.guess:
            found.append(_guessed(service.name, port["port"], known, service.place(*route)))
    return made, found


def unfronted(workload: Item) -> list[Finding]:
    """Ports of containers that no Service stands in front of: nobody dials them by a name."""
    said = sorted({number for number, _ in open_ports(workload.data)})
    if not said or workload.kind not in SERVERS:
        return []
    numbers = ", ".join(map(str, said[:5]))
    return [
        Finding(
            "GEN603",
            workload.place("metadata", "name"),
            f"{workload.name} listens on {numbers}, and no Service stands in front of it",
            "if it is called by addresses of a registry (Dubbo, Nacos), write its `ports` and "
            "`names` (docs/private-rpc.md); else leave it",
            about=workload.name,
        )
    ]


def _not_tcp(service: Item, port: Mapping[str, Any], place: Place) -> Finding:
    return Finding(
        "GEN603",
        place,
        f"port {port['port']} of {service.name} is {str(port['protocol'])[:10]}, which no mesh "
        "carries",
        "run what it is for beside the mesh, as docs/protocols.md says",
        about=f"{service.name}:{port['port']}",
    )


def _nameless(service: Item, port: Mapping[str, Any], place: Place) -> Finding:
    return Finding(
        "GEN603",
        place,
        f"no container of {service.name} has a port called {str(port.get('targetPort'))[:60]}",
        f"write the number as `targetPort` in the catalogue; {port['port']} is taken",
        about=f"{service.name}:{port['port']}",
    )


def _guessed(service: str, port: int, known: Known, place: Place) -> Finding:
    return Finding(
        "GEN602",
        place,
        f"protocol of port {port} of {service}: guessed {known.protocol}",
        "say it in `protocol` of the catalogue, or as `appProtocol` in what you bring",
        about=f"{service}:{port} ({known.protocol})",
    )


def _target(port: Mapping[str, Any], workloads: Iterable[Item]) -> int | None:
    """The number on which containers listen."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    if str(target).isdigit() and len(str(target)) < 6:
        return int(target)
    for _, _, said in _container_ports(workloads):
        if said.get("name") == target and isinstance(said.get("containerPort"), int):
            return int(said["containerPort"])
    return None


def _container_ports(
    workloads: Iterable[Item],
) -> Iterator[tuple[Item, Mapping[str, Any], Mapping[str, Any]]]:
    for workload in workloads:
        for container in containers(workload.data):
            for port in mappings(container, "ports"):
                yield workload, container, port


def _known(port: Mapping[str, Any], target: int, workloads: list[Item]) -> Known:
    said = str(port.get("appProtocol") or "").lower()
    if said in _SAID:
        return Known(_SAID[said], f"appProtocol: {said}")
    behind = [
        (container, other)
        for _, container, other in _container_ports(workloads)
        if other.get("containerPort") == target
    ]
    texts = [str(port.get("name") or ""), *(str(other.get("name") or "") for _, other in behind)]
    every = [container for workload in workloads for container in containers(workload.data)]
    here = [container for container, _ in behind] or every
    named = next(filter(None, map(_by_name, texts)), None)
    sure = (_by_image(here, target), _by_probe(every, here, port, target))
    return (
        named
        if named and not named.guess
        else next(filter(None, sure), None) or named or _by_number(port["port"], target)
    )


def _by_name(text: str) -> Known | None:
    words = _SPLIT.split(text.lower())
    for word in (words[0], words[-1], text.lower()):
        if word in _NAMED:
            return Known(_NAMED[word], f"named {text}", guess=word in _UNSURE)
    return None


def _by_probe(
    every: Iterable[Mapping[str, Any]],
    here: Iterable[Mapping[str, Any]],
    port: Mapping[str, Any],
    target: int,
) -> Known | None:
    """What a kubelet asks this port for, it speaks."""
    wanted = (target, str(target), port.get("targetPort"), port.get("name"))
    for container in [*here, *every]:
        for key in ("readinessProbe", "livenessProbe", "startupProbe"):
            for what, protocol in (("grpc", "grpc"), ("httpGet", "http")):
                get = below(container, key, what)
                if isinstance(get, dict) and get.get("port") in wanted:
                    https = str(get.get("scheme")).upper() == "HTTPS"
                    return Known("tcp" if https else protocol, f"{key} by {what}")
    return None


def _by_image(here: Iterable[Mapping[str, Any]], target: int) -> Known | None:
    for container in here:
        name = _short(str(container.get("image")))
        if name in _IMAGES:
            return Known(_IMAGES[name].get(target, "tcp"), f"image {name}")
    return None


def _short(image: str) -> str:
    """The last word of an image's name, without registry and version."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0]


def _by_number(port: int, target: int) -> Known:
    for number in (target, port):
        if number in _NUMBERS:
            return Known(_NUMBERS[number], f"guessed by {number}", guess=True)
    return Known("tcp", "guessed", guess=True)


def _name(port: Mapping[str, Any], known: Known) -> str:
    """The port's name, if the catalogue takes it."""
    said = str(port.get("name") or known.protocol)
    if names.matches(names.DNS_LABEL, said) and len(said) <= 15:
        return said
    words = re.sub(r"[^a-z0-9]+", "-", said.lower()).strip("-")[:15].strip("-")
    return words or known.protocol


def _free(name: str, made: Iterable[Port]) -> str:
    """The name, with a number behind it if another port has it."""
    taken = {port.name for port in made}
    number, free = 2, name
    while free in taken:
        free = f"{name[: 14 - len(str(number))]}-{number}"
        number += 1
    return free
