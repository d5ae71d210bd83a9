"""One comment on a pull request, known again by its first line and by who wrote it."""

from __future__ import annotations

from generator.io.forge.forge import Forge


def keep(forge: Forge, number: int, mark: str, text: str) -> str:
    """Writes the comment, or over it: `written`, `brought up to date`, or `there already`. Somebody
    else's comment that begins alike is left alone."""
    me = forge.mine()
    for there in forge.comments(number):
        if (there.by == me or (me is None and forge.robot(there.by))) and _begins(there.text, mark):
            if there.text.strip() == text.strip():
                return "there already"
            forge.rewrite(number, there.number, text)
            return "brought up to date"
    forge.comment(number, text)
    return "written"


def _begins(text: str, mark: str) -> bool:
    return text.replace("\r\n", "\n").startswith(f"{mark}\n")
