"""Which names are allowed, and how the names that Kubernetes sees are derived from them.

Everything that becomes a path, a label, a host or a header passes through an allow-list here.
Patterns are ASCII and are always used with `fullmatch`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

DNS_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"  # RFC 1123
OWN = (
    "own"  # what people call the platform's own cluster, which has no name, where one is asked for
)
# A part of a tag's name, none of which may end in `.lock`.
CLUSTER = rf"(?!(?:lock|{OWN})$){DNS_LABEL}"
SERVICE_LABEL = r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?"  # RFC 1035: a Kubernetes Service's name
TRUST_DOMAIN = r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?"
HOST = rf"(?=.{{1,253}}$){DNS_LABEL}(?:\.{DNS_LABEL})+"
WILDCARD = rf"(?:\*\.)?{DNS_LABEL}(?:\.{DNS_LABEL})+"  # a host, or all hosts below one
HOST_OR_LABEL = rf"(?=.{{1,253}}$){DNS_LABEL}(?:\.{DNS_LABEL})*"
ADDRESSED = rf"\*|{DNS_LABEL}"  # an environment, or all of them
UNIT = rf"{DNS_LABEL}(?:/{DNS_LABEL})?"
TAG = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"  # the OCI distribution's grammar of a tag
GIT_BRANCH = r"(?!.*(?:\.\.|//|\.lock(?:/|$)|/\.))[A-Za-z0-9][A-Za-z0-9._/-]{0,99}(?<![./])"
PERSON = r"[^<>\s\x00-\x1f\x7f][^<>\x00-\x1f\x7f]{0,99} <[^<>\s\x00-\x1f\x7f]{1,200}>"
COMMIT = r"[0-9a-f]{40}(?:[0-9a-f]{24})?"  # by SHA-1 or by SHA-256
KEY_ID = r"[0-9A-F]{16,40}"  # of a GPG key
BUILT_FROM = (
    r"[0-9a-f]{7,64}@\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"  # a commit of an application, and its time
)
DIGEST = r"sha256:[0-9a-f]{64}"
_REGISTRY = rf"{DNS_LABEL}(?:\.{DNS_LABEL})*(?::[0-9]{{1,5}})?/"
_REPOSITORY = r"[a-z0-9]+(?:[._-]+[a-z0-9]+)*"
IMAGE = rf"(?=.{{1,255}}$)(?:{_REGISTRY})?{_REPOSITORY}(?:/{_REPOSITORY})*"
# What surely is a registry's host, and no folder of the default one: it has a dot or a port.
_HOME = rf"(?:{DNS_LABEL}(?:\.{DNS_LABEL})+(?::[0-9]{{1,5}})?|{DNS_LABEL}:[0-9]{{1,5}})"
REGISTRY = rf"(?=.{{1,255}}$){_HOME}(?:/{_REPOSITORY})*"
FULL_IMAGE = rf"{IMAGE}(?::{TAG}|@{DIGEST})"
PORT_NAME = r"(?=.*[a-z])(?!.*--)[a-z0-9](?:[-a-z0-9]{0,13}[a-z0-9])?"  # of a container's port
PROVIDER = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"  # an extension of the mesh
HEADER = r"[a-z0-9](?:[-a-z0-9_]{0,126}[a-z0-9])?"  # lower case: proxies compare without case
COOKIE = r"[A-Za-z0-9_.-]{1,128}"
CLAIM = r"[A-Za-z0-9_.:/-]{1,128}"
# Printable ASCII without blanks at the ends.
VISIBLE = r"[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?"
COOKIE_VALUE = r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,256}"  # RFC 6265 cookie-octet
ENVIRONMENT_VARIABLE = r"(?!GEN_)[A-Za-z_][A-Za-z0-9_]{0,127}"  # those are what gen tells pods
PREFIX = r"/[A-Za-z0-9_.~/-]{0,255}"
OWNER = r"[A-Za-z0-9@](?:[A-Za-z0-9@/_. -]{0,126}[A-Za-z0-9])?"
HANDLE = r"@[A-Za-z0-9][A-Za-z0-9._/-]{0,126}|[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,126}"
DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT = rf"{DATE}T{CLOCK}:[0-5][0-9]Z"
# Of a quota: pods, requests.cpu, count/jobs.batch.
RESOURCE = r"[a-z0-9](?:[a-z0-9./-]{0,120}[a-z0-9])?"
QUANTITY = r"[0-9]{1,12}(?:\.[0-9]{1,6})?(?:[mkMGTP]|[KMGTP]i)?"
QUEUE = r"[A-Za-z0-9](?:[A-Za-z0-9_.:/-]{0,126}[A-Za-z0-9])?"
PRIVATE_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,251}[A-Za-z0-9])?"

# Names that some systems open as devices, whatever the folder.
DEVICES = r"(?i:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.[^/]*)?"
TESTER = "gen.tests"  # who calls in smoke tests; no service's name has a dot

# Files of the output: Argo CD's Applications, by environment, in a folder for each mesh.
_ARGOCD = rf"argocd(?:\.{DNS_LABEL})?/"
_APPLICATION = rf"{_ARGOCD}applications/(.+)\.yaml"
# Folders of the output's overlays/ and the root's project; of an environment's overlay; and of
# environments/.
SHARED = frozenset({"lanes", "edge"})  # parts of the output that are a whole mesh's
RESERVED_ENVIRONMENTS = frozenset({"base", "components", "root"}) | SHARED
MESH, PODS = "mesh", "mesh.pods"  # of an environment's overlay; no branch has a dot
RESERVED_BRANCHES = frozenset({"baseline", MESH, "namespace"})
RESERVED_ROOTS = frozenset({"services", "lanes", "tenants", "externals"})

# How lanes that are written in place are named; no other lane or environment may be.
INLINE = "inline-"
SYSTEM_NAMESPACES = r"kube-.*|default"

BASELINE = "baseline"  # value of the label gen/branch on an environment's own versions
LONGEST_LABEL = 63

KIND = rf"(?:{DNS_LABEL}(?:\.{DNS_LABEL})*/)?[A-Z][A-Za-z0-9]{{0,62}}"
_FIELD = r"[A-Za-z][A-Za-z0-9_-]{0,62}"
_IDENTITY = r"(?:apiVersion|kind|metadata(?:/name(?:space)?)?)"  # what an object is known by
FIELD_PATH = rf"(?!{_IDENTITY}$){_FIELD}(?:/{_FIELD}){{0,15}}"
LABEL_KEY = rf"(?:{DNS_LABEL}(?:\.{DNS_LABEL})*/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{{0,61}}[A-Za-z0-9])?"
# Kustomize writes some keys without quotes, reads them again, and stops at those that are then no
# text: numbers, days, `true` and `null`, as go-yaml has them (a little more is taken for such).
NO_TEXT = (
    r"(?:true|True|TRUE|false|False|FALSE|null|Null|NULL"
    r"|[-+]?(?:0[xX][0-9a-fA-F_]+|0[bBoO][0-9_]+)"
    r"|[-+]?(?:[0-9][0-9_]*\.?|\.[0-9])[0-9_]*(?:[eE][-+]?[0-9_]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|~|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})"
)
ANNOTATION_KEY = rf"(?!{NO_TEXT}$){LABEL_KEY}"
LABEL_VALUE = r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?"

# Of a character class: C0/C1 controls but tab and line feed, soft hyphen, zero-width and bidi
# controls, line separators, fillers, the byte order mark, surrogates, tag characters.
UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff"
)


def matches(pattern: str, text: str) -> bool:
    """Whether all of `text` fits; `re.match` with `$` would let a trailing newline pass."""
    return _compiled(pattern).fullmatch(text) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII)


def kubernetes_name(service: str, branch: str | None) -> str:
    """The Service, workload and ServiceAccount of a service in a unit."""
    return service if branch is None else f"{service}-{branch}"


OF_BRANCH = ".branch"  # ends the first part of an account's name; no service's name has a dot


def branch_account(service: str, branch: str) -> str:
    """The ServiceAccount of a service in a branch, such as `cart.branch-login`, where its name
    alone tells who calls. It ends as Kustomize ends all names of a branch."""
    return f"{service}{OF_BRANCH}-{branch}"


def beginning_alike(names: Iterable[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Of names that go on from another one with a dash: by the shorter all longer ones, and by the
    longer all shorter ones, each in the order that they came in."""
    names = list(names)
    known, longer, shorter = set(names), dict[str, list[str]](), dict[str, list[str]]()
    for name in names:
        parts = name.split("-")
        for begin in ("-".join(parts[:count]) for count in range(1, len(parts))):
            if begin in known:
                longer.setdefault(begin, []).append(name)
                shorter.setdefault(name, []).append(begin)
    return longer, shorter


def application_name(*parts: str) -> str:
    """An Argo CD Application. The dot keeps `a` + `b-c` and `a-b` + `c` apart: it is in no DNS
    label."""
    return ".".join(parts)


def argocd_folder(mesh: str) -> str:
    """The folder of the output that a mesh's root reads; the platform's own mesh has no name."""
    return f"argocd.{mesh}" if mesh else "argocd"


def is_argocd(path: str) -> bool:
    """Whether a file of the output is in such a folder."""
    return _compiled(_ARGOCD).match(path) is not None


def application_file(mesh: str, part: str) -> str:
    """The file of the Application that deploys a folder of overlays/, such as `test/mesh`."""
    return f"{argocd_folder(mesh)}/applications/{part}.yaml"


def applied(path: str) -> str | None:
    """The folder of overlays/ that an Application of the output deploys; None of other files."""
    found = _compiled(_APPLICATION).fullmatch(path)
    return found[1] if found else None


def lets_in(path: str) -> bool:
    """Whether a file of the output is an AppProject."""
    return is_argocd(path) and path.split("/", 1)[1].startswith("projects/")


def is_project(path: str, part: str) -> bool:
    """Whether a file of the output is the AppProject of an environment, or of an edge."""
    return is_argocd(path) and path.split("/", 1)[1] == f"projects/{part}.yaml"


def edge(cluster: str) -> str:
    """The folder of overlays/ with a cluster's edge. No environment has a dot."""
    return f"edge.{cluster}" if cluster else "edge"


def lanes(cluster: str) -> str:
    """The folder of overlays/ with the routes of a cluster's lanes."""
    return f"lanes.{cluster}" if cluster else "lanes"


def far(cluster: str) -> str:
    """The folder of overlays/ with the hosts that lead from a cluster's edge to other clusters."""
    return f"hosts.{edge(cluster)}"


def is_shared(folder: str) -> bool:
    """Whether a folder of overlays/ is an edge, or holds its hosts or the routes of lanes."""
    return folder.removeprefix("hosts.").split(".", maxsplit=1)[0] in SHARED


def tags(branch: str) -> str:
    """Where the tags of an output branch are: refs/tags/gen/deploy/."""
    return f"refs/tags/gen/{branch.replace('/', '@')}/"


def tag(branch: str, part: str, content: str) -> str:
    """The tag by which an Argo CD Application names its content, such as
    refs/tags/gen/deploy/test/mesh/1f3a."""
    return f"{tags(branch)}{part}/{content}"
