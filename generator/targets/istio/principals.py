"""Identities as AuthorizationPolicies name them: the trust domain of the cluster where pods run,
their namespace and their account.

A sidecar reads `cluster.local` as the trust domain of its own cluster and all aliases of it, and so
it reads each of these; tunnels of the ambient plane compare what is written.
"""

from __future__ import annotations

from generator.plan import clusters
from generator.plan.plan import Plan
from generator.targets.ambient import NAME


def of_account(plan: Plan, environment: str, account: str) -> str:
    """A service account of an environment."""
    here = plan.environments[environment]
    return _principal(plan.platform.trust_of(here.cluster), here.namespace, account)


def of_waypoint(plan: Plan, environment: str) -> str:
    """What calls come under that a waypoint leads on."""
    return of_account(plan, environment, NAME)


def of_ingress(plan: Plan) -> set[str]:
    """The gateways by which requests come in: those of all clusters of the mesh."""
    ingress = plan.platform.ingress
    those = (plan.platform.cluster, *clusters.beside(plan))
    return {_principal(one.trust, ingress.namespace, ingress.service_account) for one in those}


def _principal(trust: str, namespace: str, account: str) -> str:
    return f"{trust}/ns/{namespace}/sa/{account}"
