"""SQL files of the migrations, split into statements that PostgreSQL takes one at a time."""

import re
from pathlib import Path

_BODY = re.compile(r"\$\$.*?\$\$", re.DOTALL)


def script(name: str) -> list[str]:
    """The statements of `sql/NAME`; a semicolon inside a `$$` body does not end one."""
    text = (Path(__file__).parent / "sql" / name).read_text(encoding="utf-8")
    bodies: list[str] = []

    def keep(match: re.Match[str]) -> str:
        bodies.append(match[0])
        return f"\x00{len(bodies) - 1}\x00"

    masked = re.sub(r"^--.*$", "", _BODY.sub(keep, text), flags=re.MULTILINE)
    parts = (part.strip() for part in masked.split(";"))
    return [re.sub(r"\x00(\d+)\x00", lambda m: bodies[int(m[1])], part) for part in parts if part]
