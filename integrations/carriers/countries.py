"""Countries that a carrier writes as names in English or German."""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

NAMES: Final = Path(__file__).parent / "country_names.csv"


def named(name: str) -> str | None:
    """ISO 3166-1 alpha-2 of a country's name, or of the code itself; None for no such name."""
    wanted = " ".join(name.casefold().split())
    return _names().get(wanted)


@cache
def _names() -> Mapping[str, str]:
    found: dict[str, str] = {}
    with NAMES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["name"].casefold()] = row["country"]
            found[row["country"].casefold()] = row["country"]
    return found
