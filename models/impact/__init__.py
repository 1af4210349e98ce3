"""Factor sets as they ship: documents of the reference data, read once."""

import csv
from functools import cache
from pathlib import Path
from typing import Any, Final

import orjson

from domain.impact.factors import FactorSet, read

_FOLDER: Final = Path(__file__).parents[1] / "reference" / "impact"
LISTING: Final = ("ademe-2022", "be-v2")
"""Sets for one device, in order: the first that is complete for it."""
SUMS: Final = "be-v2"
"""The set of every sum: the only one that covers four categories."""


@cache
def factor_set(set_id: str) -> FactorSet:
    """A set that ships. Raises: KeyError for an id that none has."""
    if set_id not in LISTING:
        raise KeyError(set_id)
    document = _document(set_id)
    return read(document, _document(document["shared"]["id"]))


def _document(set_id: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((_FOLDER / f"{set_id}.json").read_bytes())
    return found


def published() -> dict[str, str]:
    """The SHA-256 of each set as it was published: a set that has another was edited."""
    return {row["set"]: row["sha256"] for row in _table("sets.csv")}


def golden() -> list[dict[str, str]]:
    """Values that the method was published with; an empty text where a row says nothing."""
    return _table("golden.csv")


def _table(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
