"""The compiled tree, read as Istio and Envoy would read it, without either.

Nothing here knows the plan: objects are read from the files that Argo CD would apply. Each rule stands in a function
whose docstring says it, and where it is from: Istio's source (`pilot/pkg/…`), Envoy's documentation, or what real
ones answered in `make mesh` (seen). What a rule does not know is `Unread`, never overlooked. `python -m
tests.simulate.held` asks real Envoys the same questions and compares.
"""


class Unread(Exception):
    """An object says something that the simulation has no reading of."""


def only(said: dict[str, object], known: set[str], where: str) -> None:
    """Refuses keys that are not known: they might change who answers."""
    if more := said.keys() - known:
        raise Unread(f"no reading of {sorted(more)} in {where}")
