"""Which modules get faults, and which tests have to notice them."""

from __future__ import annotations

from pathlib import Path

TOP = Path(__file__).parents[2]
GENERATOR = TOP / "generator"

# A module, or what the names of modules begin with → words that name test files. The longest counts.
TESTS: dict[str, tuple[str, ...]] = {
    "vocabulary/base": ("bases", "hostile"),
    "vocabulary/files": ("tree", "hostile"),
    "vocabulary/names": ("check", "units", "resolve"),
    "vocabulary/nearest": ("schema", "hostile", "shape"),
    "vocabulary/plural": ("plural",),
    "vocabulary/source": ("yaml_reader", "memory", "check"),
    "vocabulary/telling": ("forgotten", "check"),
    "vocabulary/yaml_reader": ("yaml_reader", "hostile", "reading", "crds"),
    "compiler/bases": ("bases", "held", "memory", "patches", "forgotten", "findings"),
    "compiler/check/": ("check", "findings", "forgotten", "bases", "budgets", "queues"),
    "compiler/check/aims": ("unreached",),
    "compiler/check/brought": ("bases", "check", "unreached"),
    "compiler/check/unreached": ("unreached",),
    "compiler/check/dials": ("check", "findings", "forgotten", "dialled"),
    "compiler/check/meshes": ("one_mesh", "dialled"),
    "compiler/check/namespaces": ("namespaces",),
    "compiler/crossing": ("clusters",),
    "compiler/load": ("load", "memory", "hostile", "check", "findings"),
    "compiler/rendered": ("rendered",),
    "compiler/resolve": ("resolve", "shape", "check", "memory", "hostile", "load", "findings"),
    "compiler/shape": ("shape", "hostile", "load", "findings"),
    "compiler/versions": ("versions",),
    "plan/access": ("access", "forgotten", "compile"),
    "plan/hosts": ("hosts",),
    "plan/journey": ("journey", "access", "forgotten"),
    "plan/routing": ("routing", "compile"),
    "manifests/": ("bases", "build", "held"),
    "manifests/allowed": ("allowed", "reference"),
    "manifests/base": ("bases",),
    "manifests/beside": ("beside", "forgotten"),
    "manifests/build": ("build",),
    "manifests/callees": ("dials", "forgotten", "dialled"),
    "manifests/crds": ("crds",),
    "manifests/custom": ("crds",),
    "manifests/dials": ("dials", "forgotten"),
    "manifests/document": ("schema", "rules", "held", "crds"),
    "manifests/generated": ("build", "held"),
    "manifests/generators": ("build", "kustomization"),
    "manifests/held": ("held", "crds"),
    "manifests/images": ("build",),
    "manifests/kustomization": ("kustomization",),
    "manifests/library": ("schema", "rules", "held", "crds"),
    "manifests/meshed": ("meshed",),
    "manifests/once": ("safety",),
    "manifests/obeyed": ("safety",),
    "manifests/objects": ("safety",),
    "manifests/operate": ("merge",),
    "manifests/merge": ("merge",),
    "manifests/operations": ("held", "schema", "patches"),
    "manifests/patches": ("patches",),
    "manifests/problem": ("schema", "rules", "held", "crds"),
    "manifests/reading": ("reading",),
    "manifests/rules/": ("rules", "schema", "held"),
    "manifests/running": ("running",),
    "manifests/safety": ("safety",),
    "manifests/schema": ("schema", "rules", "crds"),
    "manifests/selection": ("selection", "beside"),
    "manifests/spoken": ("spoken", "unreached"),
    "manifests/structural": ("crds",),
    "manifests/together": ("held", "schema"),
    "manifests/walk": ("build",),
    "manifests/workloads": ("safety", "build", "bases"),
    "manifests/wording": ("wording", "schema", "rules"),
}  # fmt: skip


def targets() -> list[str]:
    """Modules of the package that get faults, by their paths without `.py`."""
    every = (path.relative_to(GENERATOR).with_suffix("") for path in GENERATOR.rglob("[a-z]*.py"))
    return sorted(str(path) for path in every if key(str(path)) is not None)


def key(target: str) -> str | None:
    """The row of the table that holds for a module."""
    fitting = [name for name in TESTS if target == name or _holds(name, target)]
    return max(fitting, key=len, default=None)


def _holds(name: str, target: str) -> bool:
    return name.endswith("/") and target.startswith(name)


def tests(target: str) -> list[Path]:
    """The test files that have to notice a fault of a module."""
    words = TESTS[key(target) or ""]
    return [path for word in words for path in sorted((TOP / "tests").rglob(f"test_{word}.py"))]
