"""The tables of this package, read from its CSV files."""

import csv
from pathlib import Path

_HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one file, by column. Shapes: `name` is a path inside this package."""
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
