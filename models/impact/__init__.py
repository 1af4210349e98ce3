"""Factor sets as they ship: documents of the reference data, read once."""

import csv
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import orjson

from domain.impact import Range
from domain.impact.factors import FactorSet, read
from domain.impact.listings import plans
from domain.impact.plans import Draw, Drawn, Plan, key
from domain.impact.proof import DRAWN_WITHIN

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


class Retired(LookupError):
    """A set that another one replaced: `replaced_by`."""

    def __init__(self, set_id: str, replaced_by: str) -> None:
        super().__init__(f"{set_id} is retired: {replaced_by} replaced it")
        self.replaced_by = replaced_by


def in_use(set_id: str, on: date) -> FactorSet:
    """A set by which something may be stated on a day.

    Raises: Retired for one that was replaced; KeyError for an id that none has or had.
    """
    for row in _table("retired.csv"):
        if row["set"] == set_id and date.fromisoformat(row["retired_on"]) <= on:
            raise Retired(set_id, row["replaced_by"])
    return factor_set(set_id)


def _document(set_id: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((_FOLDER / f"{set_id}.json").read_bytes())
    return found


def published() -> dict[str, str]:
    """The SHA-256 of each set as it was published: a set that has another was edited."""
    return {row["set"]: row["sha256"] for row in _table("sets.csv")}


def golden() -> list[dict[str, str]]:
    """Values that the method was published with; an empty text where a row says nothing."""
    return _table("golden.csv")


@cache
def repair_threshold() -> Decimal:
    """The share of a new device's price up to which a repair is advised, as data with its source.

    Operators change the row.
    """
    return Decimal(_table("repair.csv")[-1]["threshold"])


def _table(name: str) -> list[dict[str, str]]:
    with (_FOLDER / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


class NotDrawn(LookupError):
    """A plan that no listing has was asked for where nothing is drawn."""


@cache
def _kept() -> dict[str, Drawn]:
    rows: dict[str, Drawn] = {}
    for row in _table("draws.csv"):
        net, gross = (
            Range(*(Decimal(row[f"{of}_{p}"]) for p in ("p05", "p50", "p95")))
            for of in ("net", "gross")
        )
        rows[row["plan"]] = Drawn(net, gross, Decimal(row["share"]))
    return rows


def drawn_before(plan: Plan) -> Drawn:
    """What the draws said of a plan of a listing, as it ships: a request draws nothing itself.

    Raises: NotDrawn for any other plan.
    """
    found = _kept().get(key(plan))
    if found is None:
        raise NotDrawn(plan)
    return found


def draws_table(draw: Draw) -> str:
    """The table of what the draws say of every plan of a listing, as CSV."""
    lines = ["plan,net_p05,net_p50,net_p95,gross_p05,gross_p50,gross_p95,share,source"]
    for plan in plans([factor_set(each) for each in LISTING]):
        said = draw(plan)
        lines.append(",".join([key(plan), *map(str, _values(said)), "drawn by method avoided-1"]))
    return "\n".join(lines) + "\n"


def drawn_otherwise(draw: Draw) -> bool:
    """Whether the table that ships lacks a plan, or says something else of it than the draws."""
    found = {key(plan): draw(plan) for plan in plans([factor_set(each) for each in LISTING])}
    return found.keys() != _kept().keys() or any(
        abs(a - b) > DRAWN_WITHIN
        for name, drawn in found.items()
        for a, b in zip(_values(drawn), _values(_kept()[name]), strict=True)
    )


def _values(drawn: Drawn) -> tuple[Decimal, ...]:
    ranges = (drawn.net, drawn.gross)
    return (
        *(value for of in ranges for value in (of.p05, of.p50 or of.p05, of.p95)),
        drawn.share_not_positive,
    )


def write_draws(text: str) -> Path:
    """Replace the table; where it stands."""
    path = _FOLDER / "draws.csv"
    path.write_text(text, encoding="utf-8")
    return path


def drawn_sum(counted: Mapping[Plan, int]) -> Drawn:
    """What the draws say of a sum, drawn now: some milliseconds for each plan.

    The library of the draws is large, and loaded by whoever asks first.
    """
    found: Drawn = import_module("domain.impact.draws").summed(counted)
    return found
