"""Words that random repositories are made of: plain ones, and those that some reader could take for something else.

YAML 1.1 takes `on`, `no`, `1e3` and `0x1f` for other things than text, Lua and regular expressions have characters of
their own, Kustomize and shells have `$(…)`. All of it is allowed input, so none of it may change who answers.
"""

from __future__ import annotations

SERVICES = (
    "cart",
    "checkout",
    "payment",
    "ledger",
    "catalogue",
    "search",
    "pricing",
    "inventory",
    "notify",
    "sessions",
    "on",
    "no",
    "null",
    "e1",
    "y",
    "cart-api",
    "a",
)
ENVIRONMENTS = (
    "test",
    "staging",
    "perf",
    "dev-a",
    "dev-b",
    "demo",
    "1e3",
    "0x1f",
    "true",
    "null",
    "007",
)
BRANCHES = (
    "feature-login",
    "fix-1",
    "b",
    "wip",
    "release-2-0",
    "x1",
    "123",
    "1e3",
    "no",
    "0",
    "mesh-2",
    "api",
    "a-branch-with-a-rather-long-name-1",
)
HEADERS = ("x-lane", "x-shop-colour", "colour", "lane_1-x")
PORTS = (80, 8080, 8443, 9000, 9090, 6379, 7777)
TARGETS = (3000, 3001, 5000, 8081)
PREFIXES = ("/", "/api", "/api/v2", "/api/v2.1/~x", "/ca", "/static/", "/ap")

TENANT_HEADERS = ("x-tenant", "x-account", "x_old", "accept-language")
CLAIMS = ("tenant", "org", "https://example.com/tenant", "a.b")
COOKIES = ("tenant", "T", "a.b-c", "session_tenant")
# Values that go through YAML, Kustomize, JSON and Lua before they are compared.
HEADER_VALUES = (
    "{}",
    "acme-{}",
    'a"b{}',
    "a\\b{}",
    "]]--{}",
    "a, b {}",
    "$(x){}",
    "${{x}}{}",
    "%s{}",
    "'{}'",
    "{{{{ {} }}}}",
    "# {}: |",
    "*{}",
    "a  b{}",
    "\\n{}",
    "true{}",
)
COOKIE_VALUES = ("{}", "a={}", "==={}", "a/b+{}", "%20{}", "'{}'", "$(x){}", "[[{}]]", "{}:1")


def value(pool: tuple[str, ...], choice: int, index: int) -> str:
    """The `choice`-th value of a pool, made unique by the tenant's number."""
    return pool[choice % len(pool)].format(f"t{index}")
