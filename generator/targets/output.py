"""The one writer: it chooses the files that objects stand in, and tells Argo CD's printer what it
wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from generator.plan.plan import Plan
from generator.targets.argocd import applications
from generator.targets.argocd.applications import Project, Tags
from generator.targets.edge import gateway
from generator.targets.objects import (
    CONFIGURATION,
    OBJECTS,
    PATCHES,
    Contents,
    Object,
    Overlay,
    Part,
)
from generator.targets.ownership import manifest
from generator.targets.printed import Printed
from generator.targets.target import Targets
from generator.targets.yaml_text import documents
from generator.vocabulary import names
from generator.vocabulary.files import FileSet

if TYPE_CHECKING:
    from generator.targets.environments import Piece

    # Prints a piece, or remembers what it came to; None: what people wrote, which stays as it is.
    Recall = Callable[[Piece | None, Callable[[], Printed]], Printed]


def emit(
    plan: Plan,
    targets: Targets,
    handwritten: Callable[[], Mapping[str, bytes]],
    recall: Recall = lambda _, run: run(),
) -> FileSet:
    """The output tree, each environment for its target, without what concerns tenants, whom
    printers do not see here (M4); bases and components as they are. The content of what is
    remembered is printed when somebody reads it."""
    from generator.targets.environments import Environments  # a tenant's change prints none

    files, plan = FileSet(), plan.rest
    _join(files, None, recall, lambda: (_as_it_is(handwritten()), Printed({})))
    projects: dict[str, list[Project]] = {}
    for cluster in plan.clusters:
        seen = plan.seen_from(cluster)
        printer = Environments(seen, targets)
        lanes = printer.lanes()
        here = [_printed(files, _edge(seen), printer.beyond(), recall)]
        shared = Project(lanes.part.project, printer.routes.standing)
        here.append(_printed(files, shared, [lanes], recall))
        for name in seen.residents:
            project = Project(name, printer.standing(name))
            here.append(_printed(files, project, printer.pieces(name), recall))
        projects.setdefault(seen.platform.cluster.mesh, []).extend(here)
    for cluster in plan.meshes:
        seen = plan.seen_from(cluster)
        _write_argocd(files, seen, projects[seen.platform.cluster.mesh])
    return _owned(files)


def _printed(files: FileSet, project: Project, pieces: Iterable[Piece], recall: Recall) -> Project:
    for piece in pieces:
        project.parts.append(piece.part)
        printed = _join(files, piece, recall, partial(_print, piece))
        project.destinations |= printed.destinations
        project.kinds |= printed.kinds
        project.cluster_kinds |= printed.cluster_kinds
    return project


def _join(
    files: FileSet,
    piece: Piece | None,
    recall: Recall,
    run: Callable[[], tuple[FileSet, Printed]],
) -> Printed:
    """Takes over the files of a piece: those that are printed now, or the ids of what is
    remembered."""
    fresh: list[FileSet] = []

    def printed() -> Printed:
        made, told = run()
        fresh.append(made)
        return told._replace(ids=made.ids())

    told = recall(piece, printed)
    files.join(fresh[0] if fresh else FileSet(told.ids, lambda: run()[0]))
    return told


def _as_it_is(handwritten: Mapping[str, bytes]) -> FileSet:
    files = FileSet()
    for path, content in handwritten.items():
        files.add(path, content)
    return files


def _print(piece: Piece) -> tuple[FileSet, Printed]:
    files, project = FileSet(), Project("")
    _write(files, piece.part, piece.contents(), project)
    let_in = (project.destinations, project.kinds, project.cluster_kinds)
    return files, Printed({}, *map(frozenset, let_in))


def emit_tenants(plan: Plan) -> FileSet:
    """The rest of the output tree: edges, and the Applications that deploy them."""
    files = FileSet()
    for cluster in plan.clusters:
        seen = plan.seen_from(cluster)
        part = gateway.part(seen)
        project = Project(part.project, gateway.standing(seen), [part])
        _write(files, part, gateway.contents(seen), project)
        list(_write_applications(files, seen, project, Tags(files, plan.platform.argocd.branch)))
    return _owned(files)


def _edge(plan: Plan) -> Project:
    """What the edge's project lets in: which tenants there are changes no kind."""
    part = gateway.part(plan)
    project = Project(part.project, gateway.standing(plan))
    for _, held in gateway.contents(plan):
        project.let_in(part, held)
    return project


def _owned(files: FileSet) -> FileSet:
    """With the lists of who owns what. No two parts of the tree share a list."""
    for path, text in manifest(files).items():
        files.add(path, text)
    return files


def _write(files: FileSet, part: Part, contents: Contents, project: Project) -> None:
    """A part: a file for each subject that it has objects of, or a folder for an overlay; and the
    kustomization that lists them."""
    resources = []
    for subject, held in contents:
        if isinstance(held, Overlay):
            _write_overlay(files, f"{part.folder}/{subject}", held)
            resources.append(subject)
            project.let_in(part, held.objects, overlaid=True)
        elif held:
            files.add(f"{part.folder}/{subject}.yaml", _text(*held))
            resources.append(f"{subject}.yaml")
            project.let_in(part, held)
    listed = _kustomization({"resources": sorted(resources), **part.common})
    files.add(f"{part.folder}/kustomization.yaml", listed)


def _write_overlay(files: FileSet, folder: str, overlay: Overlay) -> None:
    files.add(f"{folder}/kustomization.yaml", _kustomization(overlay.kustomization))
    files.add(f"{folder}/{OBJECTS}", _text(*overlay.objects))
    if overlay.patches:
        files.add(f"{folder}/{PATCHES}", documents(*overlay.patches))
    if overlay.configuration:
        files.add(f"{folder}/{CONFIGURATION}", documents(overlay.configuration))


def _write_argocd(files: FileSet, plan: Plan, projects: list[Project]) -> None:
    """`argocd/`. Comes last: tags tell the content of what was written before."""
    tags, here = Tags(files, plan.platform.argocd.branch), applications.root_part(plan)
    root = Project("root", frozenset({("argoproj.io", "Application")}))
    for project in projects:
        made = applications.project(plan, project)
        files.add(f"{here.folder}/projects/{project.name}.yaml", _text(made))
        root.let_in(here, [made, *_write_applications(files, plan, project, tags)])
    files.add(f"{here.folder}/root.yaml", _text(*applications.root(plan, root)))


def _write_applications(
    files: FileSet, plan: Plan, project: Project, tags: Tags
) -> Iterator[Object]:
    """An Application for each part of a project that was written."""
    for part in project.parts:
        made = applications.application(plan, tags, part)
        mesh, name = plan.platform.cluster.mesh, part.folder.removeprefix("overlays/")
        files.add(names.application_file(mesh, name), _text(made))
        yield made


def _text(*made: Object) -> str:
    return documents(*(one.manifest() for one in made))


def _kustomization(content: Mapping[str, Any]) -> str:
    return documents(
        {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", **content}
    )
