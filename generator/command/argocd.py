"""Argo CD's Applications, from a file, a pipe or its API."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from generator.command.options import TOKEN
from generator.vocabulary.refusal import Refusal


def asking(argocd: str | None, applications: Path | None) -> Callable[[], Any] | None:
    """How Applications are asked for."""
    if applications is not None:
        with click.open_file(str(applications), "rb") as file:
            raw = file.read()
        try:
            told = json.loads(raw)
        except (ValueError, RecursionError):
            raise Refusal("these are no Applications as JSON", "see gen wait --help", 2) from None
        return lambda: told
    if argocd is None:
        return None
    from generator.io.forge.web import Api
    from generator.io.forge.web import told as meaning

    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise Refusal(f"there is no token for {argocd[:200]}", f"put one into {TOKEN}")
    api = Api(argocd, token, option="--argocd")

    def ask() -> Any:
        answer = api.call("GET", "/api/v1/applications")
        if answer.status != 200 or answer.data is None:
            raise meaning(answer, api.called, "its Applications")
        return answer.data

    return ask
