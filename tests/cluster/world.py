"""A cluster with Istio and Argo CD on it, as a user finds it, and a configuration repository that is on its way there."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from generator.io import keeps
from tests.cluster import guide, installed, refresh, tools
from tests.cluster.api import APPLICATIONS, PROJECTS, Object
from tests.cluster.kubelet import Kubelet
from tests.cluster.parts import Parts
from tests.mesh.case import TOP
from tests.mesh.network import Network

_MISSED = re.compile(r"manifest cache miss(:|$)")
CLIENT = "10.244.0.10"
ROOT = "shop-root"
Pins = dict[str, tuple[str, str]]  # Application → (revision, path)
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "a person"), ("EMAIL", "person@localhost"))
}


class World:
    """Everything that runs. `root` is a person's clone, `remote` the bare repository."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gen-cluster-", dir="/tmp")
        self.folder = Path(self._folder.name)
        self.folder.chmod(0o755)
        self.remote, self.root = self.folder / "remote.git", self.folder / "work/shop"
        self.parts = Parts(self.folder)
        self.network = Network()
        self.kubelet = Kubelet(self.parts.api, self.network, self.folder)
        self.api = self.parts.api
        self.roots = {ROOT: "argocd"}  # and their folders; that of a second cluster comes beside
        self.away: set[str] = set()  # roots of clusters that cannot be reached
        self._paths = dict(self.roots)  # of all Applications that there ever were

    def start(self) -> None:
        """A cluster with Istio and Argo CD, and nothing of gen's."""
        self.parts.start()
        for name in ("istio-system", "istio-ingress", "argocd"):
            self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
        self.kubectl(
            "apply",
            "--server-side",
            "-f",
            str(tools.of_istiod("manifests/charts/base/files/crd-all.gen.yaml")),
        )
        self.kubectl(
            "apply",
            "--server-side",
            "-k",
            str(tools.of_argocd("manifests/crds")),
        )
        for item in (installed.METRICS, *installed.argocd()):
            self.apply(item)
        self.parts.istiod("istio-system")
        self.network.add("client", [CLIENT], redirect=False)
        self.kubelet.start()
        self.apply(installed.GATEWAY)
        self.parts.argocd("argocd")
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.remote], check=True)
        self.root.parent.mkdir()

    def install(self) -> None:
        """The guide, and then nothing by hand."""
        guide.follow(self.root.parent, self.variables())

    def variables(self) -> dict[str, str]:
        """The environment of a person at a terminal, with the programs that the guide names."""
        programs = self.folder / "person"
        if not programs.exists():
            programs.mkdir()
            (programs / "kubectl").symlink_to(tools.kubernetes("kubectl"))
            (programs / "gen").write_text(
                f'#!/bin/sh\nPYTHONPATH={TOP} exec {sys.executable} -m generator "$@"\n'
            )
            (programs / "gen").chmod(0o755)
        return {
            "PATH": f"{programs}:{os.environ['PATH']}",
            "HOME": str(self.folder),
            "KUBECONFIG": str(self.parts.kubeconfig),
            "REPOSITORY": self.remote.as_uri(),
            **WHO,
        }

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        done = subprocess.run(
            [tools.kubernetes("kubectl"), "--kubeconfig", self.parts.kubeconfig, *words],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def apply(self, item: Object) -> None:
        self.kubectl("apply", "--server-side", "-f", "-", stdin=json.dumps(item))

    # A person's day

    def gen(
        self,
        *words: str,
        expect: int = 0,
        where: Path | None = None,
        generator: Path = TOP,
        stdin: str = "",
    ) -> str:
        """A command of gen in the clone, or in another; `generator` is the gen that is installed."""
        done = subprocess.run(
            [sys.executable, "-m", "generator", "-C", where or self.root, *words],
            cwd=generator,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != expect:
            raise RuntimeError(
                f"gen {' '.join(words)}: exit {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
            )
        return done.stdout + done.stderr

    def git(self, *words: str, where: Path | None = None) -> str:
        return subprocess.run(
            ["git", *words],
            cwd=where or self.root,
            check=True,
            capture_output=True,
            text=True,
            env=self.variables(),
        ).stdout.strip()

    def edit(self, path: str, old: str, new: str) -> None:
        """One line of a file."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) == 1, f"{path} holds {old!r} {text.count(old)} times"
        file.write_text(text.replace(old, new))

    def write(self, path: str, text: str) -> None:
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)

    def merge(self, subject: str, *words: str, generator: Path = TOP) -> None:
        """Commit, push, publish: what happens when a pull request is merged."""
        self.commit(subject)
        self.gen("publish", *words, generator=generator)

    def commit(self, subject: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", subject)
        self.git("push", "--quiet", "origin", "main")

    # Argo CD

    def ring(self) -> None:
        """What the repository's webhook does, until it was heard: Argo CD looks at what follows the branch."""
        refresh.ring(self.api, self.roots, self.tip())

    def tip(self) -> str:
        """The commit of the output branch."""
        return self.git("--git-dir", str(self.remote), "rev-parse", "deploy")

    def kept(self) -> set[str]:
        """Lanes that left, and are in the mesh until the edge of before is gone."""
        said = self.git("--git-dir", str(self.remote), "log", "-1", "--format=%B", "deploy")
        return {each.lane.name for each in keeps.read(said)}

    def applications(self) -> dict[str, Object]:
        return {item["metadata"]["name"]: item for item in self.api.list(APPLICATIONS)}

    def settle(self, seconds: float = 300, ill: str | None = None) -> float:
        """Waits until every Application is Synced and Healthy on the tip of the output branch (Degraded, the one that is to
        be ill), those that left are gone, and answers when (monotonic). Of clusters that are away nothing is asked."""
        tip, pins, there = self.tip(), self.pins(), self.roots.keys() - self.away
        near = {name: pin for name, pin in self.pins(*there).items() if name not in self.roots}
        end = time.monotonic() + seconds
        while left := self._unsettled(tip, pins, near, ill):
            if time.monotonic() > end:
                raise RuntimeError("not settled: " + "; ".join(left))
            time.sleep(0.1)
        return time.monotonic()

    def pins(self, *roots: str) -> Pins:
        """Application → (revision, path) that the tip of the output branch names, below these roots or all."""
        listed = self.git(
            "--git-dir",
            str(self.remote),
            "grep",
            "--no-color",
            "-hE",
            "^  name: |^    targetRevision: |^    path: ",
            "deploy",
            "--",
            *(self.roots[root] for root in roots or self.roots),
        )
        found = re.findall(
            r'name: "?([^"\n]+)"?\n +targetRevision: "?([^"\n]+)"?\n +path: "?([^"\n]+)', listed
        )
        self._paths |= {name: path for name, _, path in found}
        return {name: (pin, path) for name, pin, path in found}

    def lagging(self) -> set[str]:
        """Applications that the root has not brought what the tip of the output branch names."""
        there = self.applications()
        return {
            name
            for name, (pin, _) in self.pins().items()
            if name not in self.roots
            and there.get(name, {}).get("spec", {}).get("source", {}).get("targetRevision") != pin
        }

    def _unsettled(self, tip: str, pins: Pins, near: Pins, ill: str | None) -> list[str]:
        found = self.applications()
        left = [f"{name} is still there" for name in found.keys() - pins.keys()]
        for name, (pin, _) in sorted(near.items()):
            status, spec = (
                found.get(name, {}).get("status", {}),
                found.get(name, {}).get("spec", {}),
            )
            sync, health = status.get("sync", {}), status.get("health", {}).get("status")
            wanted = {"Synced", "Degraded" if name == ill else "Healthy", pin}
            if {
                sync.get("status"),
                health,
                spec.get("source", {}).get("targetRevision"),
            } != wanted or sync.get("comparedTo", {}).get("source", {}).get(
                "targetRevision"
            ) != pin:
                conditions = [each["message"][:300] for each in status.get("conditions", [])]
                said = status.get("operationState", {}).get("message", "")[:300]
                left.append(f"{name}: {sync.get('status')}, {health} {conditions} {said}")
        for root in sorted(self.roots.keys() - self.away):
            left += self._unsettled_root(root, found.get(root, {}).get("status", {}), tip)
        return left

    def _unsettled_root(self, name: str, root: Object, tip: str) -> list[str]:
        left = list[str]()
        if (
            late := {
                each["name"] for each in root.get("resources", []) if each.get("status") != "Synced"
            }
            - self._leaving()
        ) or "status" not in root.get("sync", {}):
            left.append(f"{name}: not in sync: {late}")
        if (
            root.get("sync", {}).get("revision") != tip
            or root.get("operationState", {}).get("phase") != "Succeeded"
        ):
            left.append(
                f"{name}: {root.get('operationState', {}).get('phase')} {root.get('operationState', {}).get('message', '')[:300]}"
            )
        return left

    def _leaving(self) -> set[str]:
        """Projects that are being deleted: Argo CD looks at them once more at its own next look, in two minutes or so."""
        return {
            item["metadata"]["name"]
            for item in self.api.list(PROJECTS)
            if "deletionTimestamp" in item["metadata"]
        }

    def foreign(self, manifest: str) -> None:
        """A folder on a branch of its own, as somebody might push it past gen."""
        work = self.folder / "foreign"
        if not work.exists():
            self.git("clone", "--quiet", str(self.remote), str(work), where=self.folder)
            self.git("checkout", "--quiet", "--orphan", "foreign", where=work)
            self.git("rm", "-rfq", ".", where=work)
        (work / "foreign").mkdir(exist_ok=True)
        (work / "foreign/manifest.json").write_text(manifest)
        self.git("add", "--all", where=work)
        self.git("commit", "--quiet", "--allow-empty", "--message", "foreign", where=work)
        self.git("push", "--quiet", "--force", "origin", "foreign", where=work)

    def application(self, name: str, project: str, repository: str, path: str) -> None:
        """An Application beside gen's, in one of its projects."""
        source = {"repoURL": repository, "targetRevision": "refs/heads/foreign", "path": path}
        spec = {
            "project": project,
            "source": source,
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "shop-test"},
            "syncPolicy": {"automated": {"prune": True}},
        }
        self.api.ask(
            "POST",
            APPLICATIONS,
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": {"name": name, "namespace": "argocd"},
                "spec": spec,
            },
        )

    def rendered(self) -> list[str]:
        """Folders that the repo-server has rendered manifests of, because it did not have them: what it says itself."""
        whole = (self.folder / "argocd-repo-server.log").read_text().rpartition("\n")[0]
        told = [json.loads(line) for line in whole.split("\n") if "manifest cache miss" in line]
        return [self._rendered(one) for one in told if _MISSED.match(one["msg"])]

    def _rendered(self, said: dict[str, str]) -> str:
        """Before 3.5 the folder stands in the text, since then the Application beside it."""
        if path := re.search(r"RepoURL:[^,]*,Path:([^,]*),", said["msg"]):
            return path[1]
        return self._paths.get(said["application"], said["application"])

    def close(self) -> None:
        self.kubelet.close()
        self.parts.close()
        self.network.close()
        for folder in Path("/etc/netns").glob(f"{self.network.name}-*"):
            shutil.rmtree(folder, ignore_errors=True)
        if os.environ.get("KEEP"):
            self._folder._finalizer.detach()  # type: ignore[attr-defined]
            print(f"kept: {self.folder}", file=sys.stderr)
        else:
            self._folder.cleanup()
