"""What a device avoids, drawn: range, what it is made of, a year of new against refurbished."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

from domain.impact.shown import shown

WIDTH = 320
ROW = 34
"""How high a row of a plot is, its text with its bar."""
_LEFT, _RIGHT = 12, 308
_LABEL = 24
"""How far apart two labels have to stand to be read."""


def drawn(impact: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Where the marks of the plots stand; None where there is nothing to draw.

    Units: pixels of a drawing `WIDTH` wide.
    """
    if impact is None or impact["range"] is None or impact["range"]["p50"] is None:
        return None
    low, mid, high = (Decimal(impact["range"][p]["value"]) for p in ("p05", "p50", "p95"))
    least, most = min(low, Decimal(0)), max(high, Decimal(0))
    span = (most - least) or Decimal(1)

    def at(value: Decimal) -> float:
        return round(_LEFT + float((value - least) / span) * (_RIGHT - _LEFT), 1)

    marks: dict[str, Any] = {
        "low": at(low),
        "mid": at(mid),
        "high": at(high),
        "zero": at(Decimal(0)),
    }
    years, made = _years(impact["perYear"]), _made(impact["breakdown"])
    marks["apart"] = abs(marks["mid"] - marks["zero"]) >= _LABEL
    return {"width": WIDTH, "range": marks, "years": years, "made": made}


def _made(shares: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A bar of each part, which begins where the one before ends; the last is what is left."""
    values = [Decimal(part["value"]["value"]) for part in shares]
    ends = list(accumulate(values, initial=Decimal(0)))
    least, most = min(ends), max(ends)
    span = (most - least) or Decimal(1)

    def at(value: Decimal) -> float:
        return round(_LEFT + float((value - least) / span) * (_RIGHT - _LEFT), 1)

    def bar(name: str, start: Decimal, end: Decimal, display: str) -> dict[str, Any]:
        low, high = sorted((at(start), at(end)))
        return {"name": name, "display": display, "x": low, "length": max(high - low, 1.0)}

    steps = zip(shares, ends, ends[1:], strict=False)
    rows = [bar(part["name"], a, b, part["value"]["display"]) for part, a, b in steps]
    if rows:
        rows.append(bar("NET", Decimal(0), ends[-1], shown(ends[-1])))
    loss = ends[-1] < 0
    return [row | {"kind": _kind(row["name"], loss), "top": n * ROW} for n, row in enumerate(rows)]


def _kind(name: str, loss: bool) -> str:
    left = "taken" if loss else "refurbished"
    return {"NEW_DEVICE": "new", "SERVICE": "new", "NET": left}.get(name, "taken")


def _years(per_year: Mapping[str, Any] | None) -> dict[str, float] | None:
    """How long the bars of a year of use are, new and refurbished."""
    if per_year is None or per_year["new"] is None or per_year["refurbished"] is None:
        return None
    values = {name: Decimal(per_year[name]["value"]) for name in ("new", "refurbished")}
    most = max(values.values()) or Decimal(1)
    return {
        name: round(float(value / most) * (_RIGHT - _LEFT), 1) for name, value in values.items()
    }
