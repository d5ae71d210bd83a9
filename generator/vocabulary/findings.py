"""Findings: what is wrong with the input, said once, in one order, for every output format.

A finding's code is permanent. `RULES` is the registry; `docs/reference/findings.md` is printed from
it."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Generic, Literal, NamedTuple, TypeAlias, TypeVar

from generator.vocabulary.plural import some
from generator.vocabulary.source import Place, Sources

Severity = Literal["error", "warning"]
T = TypeVar("T")


class Rule(NamedTuple):
    """What a code stands for, and why it is told."""

    title: str
    why: str
    severity: Severity = "error"


RULES: dict[str, Rule] = {
    # GEN0xx: the file as text
    "GEN001": Rule(
        "a path that gen cannot read safely",
        "A link may lead out of the repository, and a pipe or a device never ends. What stands "
        "there is named and never opened.",
    ),
    "GEN002": Rule(
        "not UTF-8 text", "In another encoding every reader guesses, and two guess differently."
    ),
    "GEN003": Rule(
        "a character that readers disagree about",
        "Invisible characters make two names look like one, and some end a line for one reader and "
        "not for the next. A reviewer must see what is compiled.",
    ),
    "GEN004": Rule(
        "broken YAML",
        "The text cannot be read. The mistake is often on the line above the one that is shown.",
    ),
    "GEN005": Rule(
        "YAML beyond the plain subset",
        "Anchors, aliases, merge keys, tags and directives mean different things to different "
        "readers, and a few lines of them can stand for gigabytes. Values are written out.",
    ),
    "GEN006": Rule(
        "a key given twice",
        "Some readers take the first, some the last, and a reviewer sees either.",
    ),
    "GEN007": Rule(
        "a key that is not a string",
        '`1` and `"1"` are two keys to one reader and the same to another.',
    ),
    "GEN008": Rule(
        "too large or too deep",
        "Far beyond what configuration needs; a limit keeps hostile input from costing memory or "
        "time.",
    ),
    "GEN009": Rule(
        "not one mapping", "Each file says one thing, as one document of `key: value` lines."
    ),
    # GEN1xx: the shape of one file
    "GEN101": Rule(
        "an unknown key", "A misspelt key would otherwise be a setting that silently does nothing."
    ),
    "GEN102": Rule("a missing key", "Without it the file says too little to act on."),
    "GEN103": Rule(
        "a value of the wrong type",
        "YAML reads some plain words as numbers or truth values, and parsers disagree which. "
        "Quotes make them text for all.",
    ),
    "GEN104": Rule(
        "a value that is not allowed",
        "Values become names, paths, headers and arguments further on; each has the alphabet of "
        "the strictest reader on its way.",
    ),
    "GEN105": Rule(
        "a file in a place where nothing is read",
        "It would look like configuration and change nothing.",
    ),
    "GEN106": Rule(
        "a name that is not allowed",
        "Names become folders, hosts, labels and branches of git. What one of them cannot hold is "
        "refused, never shortened behind a person's back.",
    ),
    # GEN2xx: what files say of each other
    "GEN201": Rule(
        "no platform.yaml",
        "It names the platform and its repository; nothing can be compiled without it.",
    ),
    "GEN202": Rule(
        "a name given twice",
        "A thing's name is its file's name, whatever the folder. Names that differ only in case "
        "are one on some file systems.",
    ),
    "GEN203": Rule("an unknown service", "Only services of the catalogue have ports and routes."),
    "GEN204": Rule("an unknown environment", "The way would lead nowhere."),
    "GEN205": Rule("an unknown unit", "Requests would be sent to versions that nobody deploys."),
    "GEN206": Rule("an unknown lane", "Requests would have no way to take."),
    "GEN207": Rule(
        "a unit that does not run the service",
        "A pin sends every request for the service to one unit, which must run it.",
    ),
    "GEN208": Rule(
        "environments whose `extends` form a cycle",
        "Nobody could say where the search for a service ends.",
    ),
    "GEN209": Rule(
        "two things with one name in the cluster", "The second would silently replace the first."
    ),
    "GEN210": Rule(
        "a private name that the chosen way cannot carry",
        "A call that carries the name would reach another service, or nobody.",
    ),
    "GEN211": Rule(
        "services whose calls form a cycle",
        "A request that goes round the cycle may meet itself, in another version if a hop drops "
        "the colour, and no order of deployment is right. Accept it where the cycle is intended.",
        "warning",
    ),
    "GEN212": Rule(
        "an image of a registry that the platform does not allow",
        "Whoever may write a branch could run any image of the world with the service's identity. "
        "`registries` in platform.yaml lists where images come from that are not the service's "
        "own; hosts are compared whole, with their port, and folders part by part.",
    ),
    "GEN213": Rule(
        "an unknown cluster",
        "Nobody could say where the environment is deployed. `clusters` in platform.yaml names all "
        "but the platform's own.",
    ),
    "GEN214": Rule(
        "a way from one mesh to another",
        "Clusters that share no mesh know nothing of each other: a request that is sent there ends "
        "nowhere. Lanes, `extends`, shares of a tenant's requests and links stay within a mesh.",
    ),
    "GEN215": Rule(
        "clusters that cannot be one mesh",
        "Where clusters share a mesh, a service has one name and the ingress one identity in all "
        "of them, and lanes are routed on one plane in one way; networks are joined by gateways "
        "that need mutual TLS, and NetworkPolicies must know the addresses of the other clusters' "
        "pods.",
    ),
    "GEN216": Rule(
        "a fallback to another cluster",
        "What an environment does not run itself would come from another cluster, without a word "
        "where it is asked, and fail whenever that one is away. `mesh.across` in platform.yaml "
        "allows it; lanes lead wherever they name a unit.",
    ),
    # GEN3xx: what it all means
    "GEN301": Rule(
        "a lane that can reach a service that nobody answers for",
        "Requests of the lane would be answered 503 there.",
    ),
    "GEN302": Rule(
        "two tenants with the same rule",
        "A request that fits would be either's. Rules that are not equal are asked in one order: "
        "claim, header, cookie, host, and by name within a kind.",
    ),
    "GEN303": Rule(
        "a tenant whose expectation does not hold",
        "`expect` is the tenant's test: a change elsewhere moved its requests to other versions.",
    ),
    "GEN304": Rule(
        "the colour is lost before an override",
        "A service that does not copy the colour's header, or calls over TCP, which carries none, "
        "sends what it calls to the baseline, so the versions behind it are never reached: the "
        "commonest silent failure of such systems.",
        "warning",
    ),
    "GEN305": Rule(
        "a rule that can never identify a tenant",
        "What it looks at is removed at the edge, has a meaning of its own, or is never verified.",
    ),
    "GEN306": Rule(
        "two services at one place of the ingress", "One of them would get the requests of both."
    ),
    "GEN307": Rule("a port that cannot work", "Clients, routes and Services must agree on it."),
    "GEN308": Rule(
        "more than a cluster can hold",
        "A cluster refuses objects above its limits when they are applied, long after the review. "
        "gen emits no HTTPRoute, so the limits of the Gateway API do not apply; the regular "
        "expressions of lanes stay far below the size that proxies take.",
    ),
    "GEN309": Rule(
        "a rule that can never win",
        "Another rule always decides before it, or no request that comes through can carry what it "
        "looks for.",
        "warning",
    ),
    "GEN310": Rule(
        "an expired unit that is still named",
        "`gen expire` would break what names it, and whoever made the unit may have forgotten it. "
        "Reported only by `gen validate`, for the day it runs on: the same commit always compiles "
        "to the same files.",
        "warning",
    ),
    "GEN311": Rule(
        "a smoke test that cannot pass",
        "What it asks has no name where it runs, no port that speaks HTTP, or no version that "
        "answers.",
    ),
    "GEN312": Rule(
        "a service that nobody may call",
        "It has ports and runs, no service calls it and no entry leads to it: policies let nobody "
        "in. Most often a `calls` is missing. What reads messages, and what has no ports, is not "
        "meant to be called.",
        "warning",
    ),
    "GEN313": Rule(
        "a version that no request reaches",
        "No way along `calls` leads there from an entry, or from what the branch itself starts: "
        "what is deployed, or expected, there is never asked.",
        "warning",
    ),
    "GEN314": Rule(
        "something that runs nowhere",
        "A service of the catalogue that no unit runs, or a base that belongs to no service: "
        "nothing of it reaches the cluster. It may be new, or forgotten, or misspelt.",
        "warning",
    ),
    "GEN315": Rule(
        "a Service of a base that nobody can reach",
        "Sidecars know what `calls` says, and policies let in whom it names. A database beside the "
        "service, an alias, a headless Service or a load balancer is in neither.",
        "warning",
    ),
    "GEN316": Rule(
        "a call that `calls` does not say",
        "A variable, an argument or a ConfigMap holds the address of a service or an external that "
        "is not in `calls`: no sidecar knows it and its policies refuse the caller.",
        "warning",
    ),
    "GEN317": Rule(
        "a branch depends on a colour that may be lost",
        "The service does not say whether it forwards the colour. gen assumes that it does; if "
        "not, the versions behind it are never reached.",
        "warning",
    ),
    "GEN318": Rule(
        "a call that leaves the platform",
        "The address is in a namespace that no environment has, so its sidecar does not know it "
        "and no policy of gen allows it.",
        "warning",
    ),
    "GEN319": Rule(
        "externals that cannot be told apart",
        "Raw TCP has no host to look at. Without addresses of their own, two externals on one port "
        "look the same to the sidecar of a service that calls both.",
        "warning",
    ),
    "GEN320": Rule(
        "a rule that takes other tenants' requests",
        "Requests of all tenants carry it, so a rule that looks at it takes those of others. "
        "`tenants.by` in platform.yaml allows it where that is intended.",
    ),
    "GEN321": Rule(
        "a rule that the platform does not allow",
        "`tenants.by` in platform.yaml lists what may identify tenants, so that nobody takes "
        "requests by something else.",
    ),
    "GEN322": Rule(
        "a claim that only text can match",
        "Claims are compared as text, and only whole numbers below 2^53 are exact. Booleans, "
        "lists, objects and other numbers identify no tenant.",
        "warning",
    ),
    "GEN323": Rule(
        "a header with a meaning of its own",
        "The colour would change how requests are carried, or be taken for something else.",
    ),
    "GEN324": Rule(
        "too many names to look for in a request",
        "Each name that any tenant's rule looks at is looked for in every request, whoever's it "
        "is. Values of one name cost nothing.",
    ),
    "GEN325": Rule(
        "requests that nobody answers while a unit sleeps",
        "What goes through a unit that sleeps falls back to others. Where there is no other, "
        "requests get 503 with the reason until it wakes. It is no mistake of the configuration, "
        "which is checked as if all were awake: so it is told, and cannot be accepted.",
        "warning",
    ),
    "GEN327": Rule(
        "links at an environment without a host",
        "A link opens a host of the environment that allows it. Where there is none, `gen link` "
        "can make no link, and the setting does nothing.",
        "warning",
    ),
    "GEN328": Rule(
        "metrics that clients could fill",
        "Each value of a label is a series that the metrics' store keeps. At an environment with "
        "`trustColour`, whoever reaches it sends any colour, as many as they like; everywhere else "
        "the edge gives it, and the values are lanes.",
    ),
    "GEN329": Rule(
        "a store that is to be kept apart and is not",
        "A branch runs the bases of its environment, so it writes the baseline's database, cache "
        "or bucket, unless a component brings it one of its own. The service says `shared: false` "
        "of it: versions under test would write what others rely on.",
        "warning",
    ),
    "GEN330": Rule(
        "a strict lane that shares a store",
        "A strict lane answers 503 rather than leave its units, so that nobody else has a part in "
        "its requests. What its units write, others write too. Accept it where that is intended.",
        "warning",
    ),
    "GEN331": Rule(
        "an adopted service whose pods would be lost or mixed up",
        "An adopted service goes on finding its pods by the labels by which it found them before "
        "gen. Its own pods must have them, and no others: requests would go to a branch, or to "
        "nobody. Pods without a proxy need an environment that is open to them.",
    ),
    "GEN332": Rule(
        "lanes that end at pods without a proxy",
        "Pods that stay as they ran before gen have no proxy, so no route applies to what they "
        "call: it meets the environment's own versions, whatever the lane.",
        "warning",
    ),
    "GEN333": Rule(
        "a name of another environment",
        "Sidecars know the names of their own environment. A pod that dials another one's is "
        "refused (502), unless the service or the platform names that environment in `addresses`.",
        "warning",
    ),
    "GEN334": Rule(
        "an address in another cluster",
        "The full name of a service means something in its own cluster alone. Where the mesh "
        "resolves it all the same, no lane leads on from it, since who calls is routed by the "
        "cluster that it runs on.",
        "warning",
    ),
    "GEN335": Rule(
        "what the chosen plane or routes cannot do",
        "Each has its own limits. Nothing is printed that would do something else than the "
        "configuration says.",
    ),
    # GEN4xx: Kustomize bases and components
    "GEN401": Rule(
        "a missing base or component",
        "Kustomize would fail after the commit, when Argo CD runs it.",
    ),
    "GEN402": Rule(
        "a base that Kustomize must not run",
        "Kustomize input is code: it can fetch, execute, reach out of its folder and tell Argo CD "
        "to bypass its own rules. Only what is known to be harmless is allowed.",
    ),
    "GEN403": Rule(
        "a base without the service's image",
        "A unit's tag is put on that image; without it another version runs than gen reports.",
    ),
    "GEN404": Rule(
        "a base that brings what gen emits",
        "Two owners of one object overwrite each other; and routes, policies and what belongs to "
        "the whole cluster may not be brought by a service.",
    ),
    "GEN405": Rule(
        "a base that Kustomize cannot build",
        "Kustomize would fail after the commit, or overlook a part of the file without a word.",
    ),
    "GEN406": Rule(
        "an image without a tag or digest",
        "Nobody could say what runs, and the same commit would run something else tomorrow.",
    ),
    "GEN407": Rule(
        "a file that Kustomize reads differently",
        "Kustomize ends a document at every line that begins with three dashes, drops what follows "
        "`...`, and rewrites numbers and times. What gen checked would not be what runs.",
    ),
    "GEN408": Rule(
        "a file of Git LFS",
        "A checkout holds the content and the repository a pointer, so what is built from a folder "
        "and what is published from a commit would differ.",
    ),
    "GEN409": Rule(
        "a kind that the platform does not allow",
        "What rules a namespace, a cluster or other people's traffic is not a service's to bring. "
        "Safe kinds are allowed; others need the platform owner's word in `bases.kinds`.",
    ),
    "GEN410": Rule(
        "a manifest that does not pass the schema",
        "The API server refuses unknown keys and values of another type, after the commit. "
        "`cluster.kubernetes` in platform.yaml says which schemas are used, and `kubernetes` of a "
        "cluster those for what goes there.",
    ),
    "GEN411": Rule(
        "a kind that this Kubernetes does not have",
        "Nothing would be created. Versions of an API are removed, and words are misspelt.",
    ),
    "GEN412": Rule(
        "a value that the API server refuses",
        "Schemas describe little more than types. Names, ports, quantities, schedules and fixed "
        "words have rules of their own, which the server applies when Argo CD applies the commit.",
    ),
    "GEN413": Rule(
        "parts of a manifest that are missing or do not fit",
        "A selector that fits no pod, a mount without its volume, a name given twice: each part "
        "passes the schema, and the server refuses the whole.",
    ),
    "GEN414": Rule(
        "a field that the server sets",
        "It is left over from a live object. Applied again it conflicts, or is overwritten.",
    ),
    "GEN415": Rule(
        "a manifest that the server takes and that cannot work",
        "The API server looks at no image, port or other object, so this would fail in the pods.",
    ),
    "GEN416": Rule(
        "a reference that looks misspelt",
        "The base brings an object with nearly that name. If another one is meant, accept it in "
        "the service's file.",
        "warning",
    ),
    "GEN417": Rule(
        "a custom resource that its definition refuses",
        "The CustomResourceDefinition in `schemas/crds/` says what the server takes. Rules in CEL "
        "are not evaluated.",
    ),
    "GEN418": Rule(
        "a definition of a custom kind that cannot be used",
        "Resources of the kind would go unchecked, although somebody meant them to be checked.",
    ),
    "GEN419": Rule(
        "a custom kind that nobody describes",
        "It is reported once for each kind, and nothing of it is checked until its "
        "CustomResourceDefinition lies in `schemas/crds/`.",
        "warning",
    ),
    "GEN430": Rule(
        "pods with rights on the node",
        "Privileged containers, the node's namespaces, paths and ports reach what belongs to all. "
        "The platform names the services that need them in `bases.privileged`.",
    ),
    "GEN431": Rule(
        "pods with another account",
        "Policies rest on identity: every pod of a service runs with the account that gen gives.",
    ),
    "GEN432": Rule(
        "an object that takes what is not the service's",
        "A token for an account, an address of the outside, a budget or a policy over another "
        "service's pods: with them a base takes the identity or the traffic of others, or rules "
        "their pods.",
    ),
    "GEN433": Rule(
        "a secret that everybody can read",
        "Who can read the repository, or ever could, has it. Keep it where it is encrypted.",
        "warning",
    ),
    "GEN434": Rule(
        "two units that want what a cluster has once",
        "The second unit that asks for it gets nothing, or takes it away from the first.",
    ),
    "GEN435": Rule(
        "a port that no container has",
        "Requests would be sent to a port on which nothing listens. Accept it where the container "
        "listens on more ports than it says.",
        "warning",
    ),
    "GEN436": Rule(
        "replicas beside an autoscaler",
        "The autoscaler sets the number again and again, and Argo CD sets it back.",
    ),
    "GEN437": Rule(
        "a name that a branch's suffix does not reach",
        "Objects of a branch have its name as a suffix. Fields that Kustomize does not know as "
        "references keep the baseline's name. The platform says which those are in "
        "`bases.references`; accept it where the baseline's object is meant.",
        "warning",
    ),
    "GEN438": Rule(
        "a lane that leads to no pod",
        "Nobody answers where no replica runs. Accept it where the workload is scaled by hand.",
        "warning",
    ),
    "GEN439": Rule(
        "a selector that fits no pods of its service",
        "Such a budget protects no pod, a Service has none behind it, a policy applies to none; or "
        "they are another service's pods, which no lane chose. Most often a label was renamed on "
        "one side. Accept it where another tool makes the pods.",
        "warning",
    ),
    "GEN440": Rule(
        "pods that leave the mesh",
        "Lanes and policies are the sidecar's work. Where a pod has none, or traffic goes past it, "
        "who calls and who answers is nobody's choice. Accept it where that is meant.",
        "warning",
    ),
    "GEN441": Rule(
        "pods that take no new version",
        "What a unit runs is its tag, and Argo CD calls such a workload healthy while all of its "
        "pods are old ones. Accept it where an operator or a person replaces them.",
        "warning",
    ),
    "GEN450": Rule(
        "a unit that Kustomize cannot build",
        "Reported only by `gen validate --render`, which runs Kustomize on every unit. Argo CD "
        "would fail in the same way after the commit.",
    ),
    "GEN451": Rule(
        "what Kustomize builds is not what gen expects",
        "Reported only by `gen validate --render`. Routes and policies are printed for the objects "
        "that the plan knows; another name, label, version or kind would not be theirs.",
    ),
    # GEN5xx: findings that were accepted
    "GEN501": Rule(
        "an acceptance that applies to nothing",
        "What was accepted is not found here any more, so the next one would be hidden without "
        "anybody having looked at it.",
        "warning",
    ),
    # GEN6xx: what `gen import` cannot know, and what `gen fmt` leaves alone
    "GEN601": Rule(
        "a document that is no object",
        "Values of a chart and templates among manifests say nothing that a cluster would hold.",
        "warning",
    ),
    "GEN602": Rule(
        "a protocol that was guessed",
        "Nothing but the number tells what the port speaks. As `http` it breaks whatever speaks "
        "something else, and as `tcp` no request on it is routed by its colour.",
        "warning",
    ),
    "GEN603": Rule(
        "a port that is not taken over unchanged",
        "The catalogue lists TCP ports, by number.",
        "warning",
    ),
    "GEN604": Rule(
        "a Service that belongs to no single service",
        "A service of the catalogue is one name in front of its own pods.",
        "warning",
    ),
    "GEN605": Rule(
        "a second version behind one name",
        "A unit runs one version of a service; another is a branch, or a service of its own. gen "
        "cannot know which is the baseline, so it takes the first that was brought.",
        "warning",
    ),
    "GEN606": Rule(
        "a name that cannot be a service's",
        "A service has one name in all environments, and it becomes a Kubernetes Service.",
        "warning",
    ),
    "GEN607": Rule(
        "an object that nobody refers to",
        "Whose it is cannot be told from what was brought, and a base belongs to one service.",
        "warning",
    ),
    "GEN608": Rule(
        "a Secret that is not taken",
        "What is in git stays there for ever. Pods that need the Secret start once it is in their "
        "namespace.",
        "warning",
    ),
    "GEN609": Rule(
        "rights of an account whose name changes",
        "Pods run with the account of their service, which the binding does not name.",
        "warning",
    ),
    "GEN610": Rule(
        "a way in that `entry` cannot express",
        "An entry is a path and, if need be, its rewrite. Expressions, snippets and several doors "
        "without paths are for people to decide.",
        "warning",
    ),
    "GEN611": Rule(
        "a call into a namespace that is not brought",
        "Sidecars know what `calls` names, and policies refuse the rest.",
        "warning",
    ),
    "GEN612": Rule(
        "an object that is written anew",
        "Its text cannot be cut where something had to go, so comments in it are lost.",
        "warning",
    ),
    "GEN613": Rule(
        "an image without a version",
        "`latest` is another image tomorrow, and without any name there is nothing to run.",
        "warning",
    ),
    "GEN614": Rule(
        "an address that named a namespace",
        "Several namespaces become one environment, or one base serves several: the name alone "
        "means the service of the environment that dials.",
        "warning",
    ),
    "GEN615": Rule(
        "what differs between environments and has no place",
        "Replicas and variables of a version stand in `runs`, and what can be merged in a "
        "component. What is missing in one of them, or differs in the middle of a list, does not.",
        "warning",
    ),
    "GEN616": Rule(
        "a file that `gen fmt` leaves as it is",
        "Its lines cannot be moved without touching a comment or a value, so nobody moves them.",
        "warning",
    ),
    "GEN617": Rule(
        "what a Compose file leaves open, or has no place in a cluster",
        "Files and variables of the machine that starts it, sizes of volumes, profiles: a cluster "
        "needs an answer, and nothing says it.",
        "warning",
    ),
    "GEN618": Rule(
        "something that adopting in place would change",
        "`--in-place` leaves pods as they run. What gen's own Service, or one account for a "
        "service, cannot be like what is there changes with the first publish all the same.",
        "warning",
    ),
}
WARNINGS = tuple(code for code, rule in RULES.items() if rule.severity == "warning")
# `gen validate` tells none of GEN6xx.
# What comes and goes by itself, with the time of day, can be neither accepted nor an error.
ACCEPTABLE = tuple(
    code for code in WARNINGS if code not in ("GEN325", "GEN501") and not code.startswith("GEN6")
)


class Finding(NamedTuple):
    """One thing to change: where, what, and the next step. `strict`: a warning that this
    repository, or this run, takes for an error. Those of one code and one next step that say what
    they are `about` have one cause, and are told as one."""

    code: str
    place: Place
    message: str
    hint: str = ""
    related: tuple[tuple[Place, str], ...] = ()
    strict: bool = False
    about: str = ""

    @property
    def severity(self) -> Severity:
        return "error" if self.strict else RULES[self.code].severity


# What looks at something and makes a value of it says what it finds as it goes on, and returns the
# value. So nobody hands a list on to be filled, and the order of findings is that of reading.
Reading: TypeAlias = Generator[Finding, None, T]


class Outcome(NamedTuple, Generic[T]):
    """What a reading came to."""

    value: T
    findings: tuple[Finding, ...]


def outcome(reading: Reading[T]) -> Outcome[T]:
    """Reads to the end."""
    findings: list[Finding] = []
    while True:
        try:
            findings.append(next(reading))
        except StopIteration as end:
            return Outcome(end.value, tuple(findings))


class Findings(Exception):
    """What came of sources that cannot be compiled: every finding of the stage that has no value to
    hand on. It is a value too, until a command that cannot go on without the other raises it."""

    def __init__(self, found: Iterable[Finding], sources: Sources) -> None:
        super().__init__()
        self.found = tuple(found)
        self.sources = sources


def errors(found: Iterable[Finding]) -> list[Finding]:
    return [finding for finding in found if finding.severity == "error"]


NAMED = 8  # of those that share a cause


def grouped(found: Iterable[Finding]) -> list[Finding]:
    """Findings of one cause as one, at the first of their places, with their number."""
    causes: dict[tuple[str, str], list[Finding]] = {}
    told: list[tuple[str, str] | Finding] = []
    for finding in found:
        cause = (finding.code, finding.hint)
        if not finding.about:
            told.append(finding)
        elif cause in causes:
            causes[cause].append(finding)
        else:
            causes[cause] = [finding]
            told.append(cause)
    return [one if isinstance(one, Finding) else _one(causes[one]) for one in told]


def _one(alike: Sequence[Finding]) -> Finding:
    first, *others = alike
    if not others:
        return first
    named = some([finding.about for finding in others], NAMED)
    related = tuple((finding.place, f"so is {finding.about}") for finding in others)
    return first._replace(
        message=f"{first.message}; the same of {len(others)} others: {named}",
        related=(*first.related, *related),
    )
