"""The input model → the plan's own types. The one place where both are known: no model goes on from
here."""

from __future__ import annotations

from collections.abc import Container as Names
from typing import TYPE_CHECKING

from generator.plan import platform as installed
from generator.plan import services as planned
from generator.targets import gateway
from generator.vocabulary import curve

if TYPE_CHECKING:
    from generator.vocabulary import catalogue, clusters, ingress, model, seen, traffic
    from generator.vocabulary import platform as said


def platform(model: said.Platform) -> installed.Platform:
    cluster, argocd = model.cluster, model.argocd
    guards, publish = model.guards, model.publish
    return installed.Platform(
        model.name,
        installed.Cluster(cluster.server, cluster.domain, cluster.kubernetes, cluster.trust_domain),
        _mesh(model.mesh),
        _ingress(model),
        _namespaces(model.namespaces),
        installed.ArgoCD(
            argocd.namespace, argocd.repository, argocd.branch, argocd.shared, argocd.demanded
        ),
        installed.Publish(publish.author, publish.sign, publish.keys),
        installed.Guards(guards.deletions, guards.errors, guards.source),
        _telling(model.tenants.by),
        model.tests.image,
        _telemetry(model.telemetry),
        _seats(model) if model.clusters else {},
    )


def _seats(model: said.Platform) -> dict[str, installed.Seat]:
    """The clusters by name; the platform's own has none."""
    own, ingress, mesh_of_all = model.cluster, _ingress(model), _mesh(model.mesh)
    known = (own.server, own.domain, own.kubernetes, own.trust_domain)
    cluster = installed.Cluster(*known, "", "", *_meshed(own))
    seats = {"": installed.Seat(cluster, ingress, mesh_of_all)}
    for name, named in sorted(model.clusters.items()):
        where = named.server or named.name or name
        said = named.mesh or name
        mesh = "" if said == own.mesh else said
        domain, more = named.domain or own.domain, _meshed(named)
        version, trust = named.kubernetes or own.kubernetes, named.trust_domain or own.trust_domain
        cluster = installed.Cluster(where, domain, version, trust, name, mesh, *more)
        door = _door(ingress, named.ingress)
        seats[name] = installed.Seat(cluster, door, _installed(mesh_of_all, named))
    return seats


def _installed(mesh: installed.Mesh, named: clusters.Named) -> installed.Mesh:
    """The platform's Istio, and what differs of it in a cluster."""
    return mesh._replace(
        revision=named.revision or mesh.revision,
        istio=named.istio or mesh.istio,
        plane=named.plane or mesh.plane,
        routes=named.routes or mesh.routes,
    )


def _meshed(model: clusters.Meshed) -> tuple[str, tuple[str, ...], installed.EastWest]:
    gateway = installed.EastWest(model.east_west.namespace, model.east_west.selector)
    return model.network or "", model.pod_ranges, gateway


def _door(ingress: installed.Ingress, door: clusters.Door) -> installed.Ingress:
    """The platform's ingress, and what differs of it in a cluster."""
    return ingress._replace(
        namespace=door.namespace or ingress.namespace,
        service_account=door.service_account or ingress.service_account,
        selector=door.selector or ingress.selector,
        port=door.port or ingress.port,
        credential=door.tls.credential if door.tls else ingress.credential,
    )


def _mesh(model: said.Mesh) -> installed.Mesh:
    return installed.Mesh(
        model.istio,
        model.root_namespace,
        model.revision,
        model.header,
        model.propagation,
        installed.PrivateNames(model.private_names.by, model.private_names.header),
        model.mtls,
        model.addresses,
        model.across,
        model.routes,
        model.plane,
    )


def _ingress(platform: said.Platform) -> installed.Ingress:
    model = platform.ingress
    account, selector = model.service_account, model.selector
    if model.kind == "gateway":  # as Istio calls what it makes for the Gateway
        account, selector = f"{platform.name}-istio", {gateway.POD: platform.name}
    return installed.Ingress(
        model.kind,
        model.namespace,
        account,
        selector,
        model.port,
        model.tls.credential if model.tls else None,
        tuple(
            installed.Issuer(one.issuer, one.jwks, one.jwks_uri, one.audiences) for one in model.jwt
        ),
        _links(model.links) if model.links else None,
    )


def _links(model: ingress.Links) -> installed.Links:
    amount, unit = int(model.longest[:-1]), model.longest[-1]
    keys = {curve.name(curve.public(text) or b""): text for text in model.keys}
    return installed.Links(keys, model.lanes, amount * (3600 if unit == "h" else 60))


def _namespaces(model: said.Namespaces) -> installed.Namespaces:
    limits = None
    if model.limits is not None:
        limits = installed.ContainerLimits(
            _container(model.limits.default), _container(model.limits.default_request)
        )
    return installed.Namespaces(
        model.network_policies, model.observers, model.reaches, model.pod_security, limits
    )


def _container(model: said.Container) -> installed.Container:
    return installed.Container(model.cpu, model.memory)


def _telling(model: said.Telling | None) -> installed.Telling | None:
    if model is None:
        return None
    return installed.Telling(model.claims, model.headers, model.cookies, model.hosts)


def _telemetry(model: seen.Telemetry | None) -> installed.Telemetry | None:
    if model is None:
        return None
    return installed.Telemetry(model.metrics, model.access_log, model.spans)


def service(model: catalogue.Service, outside: Names[str]) -> planned.Service:
    """A service; `outside` are the names of externals, which the plan keeps apart."""
    account = model.account
    return planned.Service(
        image=model.image,
        ports=tuple(
            planned.Port(port.name, port.port, port.protocol, port.carrier, port.target_port)
            for port in model.ports
        ),
        calls=tuple(callee for callee in model.calls if callee not in outside),
        addresses=model.addresses,
        forwards_colour=model.forwards_colour,
        entry=tuple(
            planned.Entry(entry.path, entry.exact is not None, entry.rewrite, entry.port)
            for entry in model.entry
        ),
        names=model.names,
        listens=model.listens,
        publishes=model.publishes,
        consumes=model.consumes,
        stores=tuple(map(_store, model.stores)),
        traffic=_traffic(model.traffic) if model.traffic else None,
        account=planned.Account(account.annotations, account.image_pull_secrets)
        if account
        else None,
    )


def _store(model: str | catalogue.Store) -> planned.Store:
    if isinstance(model, str):
        return planned.Store(model, shared=True, component=None)
    return planned.Store(model.name, model.shared, model.component)


def _traffic(model: traffic.Traffic) -> planned.Traffic:
    retries, limits, outliers = model.retries, model.limits, model.outliers
    return planned.Traffic(
        model.timeout,
        planned.Retries(retries.attempts, retries.per_try, retries.on) if retries else None,
        planned.Limits(limits.connections, limits.requests, limits.pending) if limits else None,
        planned.Outliers(outliers.errors, outliers.every, outliers.rest, outliers.share)
        if outliers
        else None,
    )


def run(model: model.Run) -> planned.Run:
    return planned.Run(
        model.image,
        model.tag,
        model.digest,
        model.replicas,
        model.components,
        model.env,
        model.draining,
        _adopted(model.adopted) if model.adopted else None,
    )


def _adopted(model: model.Adopted) -> planned.Adopted:
    return planned.Adopted(model.selector, model.untouched, model.account)


def external(model: catalogue.External) -> planned.External:
    ports = tuple((port.protocol, port.port) for port in model.ports)
    return planned.External(model.hosts, model.cidrs, ports)


def smoke(model: model.Smoke) -> planned.Smoke:
    requests = tuple(
        planned.SmokeRequest(said.service, said.port, said.path, said.status)
        for said in model.requests
    )
    return planned.Smoke(requests, model.image, model.command, model.calls)
