"""Statements kept in .sql files beside the module that runs them."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def statements(path: Path, **fragments: str) -> dict[str, str]:
    """The named statements of a file, in file order.

    Shapes: each begins with a line `-- name: NAME`. `$$name$$` is replaced by the fragment, or by
    the statement, of that name; fragments are our own constants, never a caller's text.
    Raises: KeyError for a name that is neither.
    """
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    found = dict(fragments)
    for name, body in zip(parts[1::2], parts[2::2], strict=True):
        found[name] = re.sub(r"\$\$(\w+)\$\$", lambda m: found[m[1]], body).strip().rstrip(";")
    return {name: found[name] for name in parts[1::2]}


def words(text: str) -> list[str]:
    """The names in a line of names."""
    return text.split()
