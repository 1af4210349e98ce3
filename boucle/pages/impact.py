"""What a device avoids, drawn: the range against zero, and a year of new against refurbished."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

WIDTH = 320
_LEFT, _RIGHT = 12, 308


def drawn(impact: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Where the marks of the two plots stand; None where there is nothing to draw.

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
    return {"width": WIDTH, "range": marks, "years": _years(impact["perYear"])}


def _years(per_year: Mapping[str, Any] | None) -> dict[str, float] | None:
    """How long the bars of a year of use are, new and refurbished."""
    if per_year is None or per_year["new"] is None or per_year["refurbished"] is None:
        return None
    values = {name: Decimal(per_year[name]["value"]) for name in ("new", "refurbished")}
    most = max(values.values()) or Decimal(1)
    return {
        name: round(float(value / most) * (_RIGHT - _LEFT), 1) for name, value in values.items()
    }
