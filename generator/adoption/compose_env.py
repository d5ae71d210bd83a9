"""The `.env` beside a Compose file: what its variables are, as far as it may be told in git."""

from __future__ import annotations

import re
from collections.abc import Mapping

SECRET = re.compile(
    r"(?:^|_)(?:PASS|PASSWD|PASSWORD|PASSPHRASE|SECRET|TOKEN|CREDENTIALS?|API_?KEY|PRIVATE_?KEY"
    r"|ACCESS_?KEY|SECRET_?KEY)(?:_|$)",
    re.IGNORECASE,
)
# A value that all readers of such files take alike: without `$`, escapes and what spans lines.
_LINE = re.compile(
    r"[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*"
    r"(?:'(?P<single>[^'$\\]*)'|\"(?P<double>[^\"$\\]*)\"|(?P<bare>[^'\"$\\#\s][^'\"$\\#]*|))"
    r"[ \t]*(?:(?<=[ \t])#.*)?"
)


def variables(raw: bytes, *, secrets: bool) -> Mapping[str, str]:
    """Name → value; without those that look like secrets, unless `secrets` are asked for."""
    found: dict[str, str] = {}
    for line in raw.decode(errors="replace").removeprefix("\ufeff").splitlines():
        said = _LINE.fullmatch(line)
        if said is None or (SECRET.search(said["name"]) and not secrets):
            continue
        value = said["single"] if said["single"] is not None else said["double"]
        found[said["name"]] = said["bare"].strip() if value is None else value
    return found
