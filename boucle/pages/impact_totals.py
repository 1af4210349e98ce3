"""The page of the platform's totals: what was avoided, by month, by country and by category."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from boucle.pages.asking import Answer, explorer_link
from boucle.pages.site import Site

SETS: Final[dict[str, str | None]] = {"GWP": None, "RAW": "ademe-2022", "EWASTE": "ademe-2022"}
"""Indicators with the set that has them; None: the usual set of sums."""
DRAWN: Final = 12
WIDTH, HEIGHT = 360, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 356, 10, 162
_PERIOD: Final = re.compile(r"[12][0-9]{3}(-(0[1-9]|1[0-2]))?")

TOTALS: Final = """
query ImpactPage($country: String, $indicator: Indicator!, $factorSet: String, $period: String!) {
  platformImpact(country: $country, indicator: $indicator, factorSet: $factorSet) {
    place
    unit
    total(period: $period) {
      ...Totals
      restated {
        gradedAB
        method
        rebound
        factorSet { id sha256 }
        categories { category counted net { value display } }
      }
    }
    months { ...Totals }
    countries(period: $period) { ...Totals }
  }
}

fragment Totals on ImpactTotal {
  place
  period
  asOf
  difference { value display }
  asReported { factorSet { id } service { net { value display } } }
  restated {
    status
    reasons
    units
    returned
    counted
    unitsWithoutNumber
    grade
    service { gross { display } net { value display } }
    range { p05 { value display } p50 { value display } p95 { value display } }
  }
}
"""


async def totals_page(site: Site, request: Request) -> Response:
    """The totals of the platform or of one country, for all time, a year or a month."""
    visit = await site.visit(request)
    indicator = visit.address.get("indicator")
    indicator = indicator if indicator in SETS else "GWP"
    period = visit.address.get("period") or ""
    country = visit.address.get("country") or ""
    variables = {
        "country": country.upper() if re.fullmatch(r"[A-Za-z]{2}", country) else None,
        "indicator": indicator,
        "factorSet": SETS[indicator],
        "period": period if _PERIOD.fullmatch(period) else "",
    }
    found = (await site.ask(TOTALS, variables))["platformImpact"]
    months = found["months"]
    return visit.page(
        "totals.html",
        found=found,
        indicators=tuple(SETS),
        indicator=indicator,
        period=variables["period"],
        rebound=_percent(found),
        years=sorted({month["period"][:4] for month in months}),
        plot=drawn(months),
        width=longest([*found["countries"], *found_categories(found)]),
        explorer=explorer_link(TOTALS, variables),
    )


def found_categories(found: Answer) -> list[Answer]:
    """The categories of the total; none where nothing counted."""
    total = found["total"]
    return list(total["restated"]["categories"]) if total else []


def _percent(found: Answer) -> str | None:
    total = found["total"]
    return f"{Decimal(total['restated']['rebound']) * 100:.0f}" if total else None


def net_of(row: Answer) -> Decimal:
    """The net sum of a total or of a category."""
    of = row["restated"]["service"] if "restated" in row else row
    return Decimal(of["net"]["value"])


def longest(rows: Sequence[Answer]) -> Any:
    """How long the bar of a row is. Units: hundredths of the longest."""
    most = max((abs(net_of(row)) for row in rows), default=Decimal(0)) or Decimal(1)
    return lambda row: round(float(abs(net_of(row)) / most * 100), 2)


def drawn(months: Sequence[Answer]) -> dict[str, Any] | None:
    """Bars of the last twelve months with their ranges; None where nothing counted.

    Units: pixels of a drawing `WIDTH` by `HEIGHT`. A month of which more came back than counted
    hangs below zero.
    """
    shown = list(months)[-DRAWN:]
    if not shown:
        return None
    values = [value for month in shown for value in _values(month)]
    least, most = min([*values, Decimal(0)]), max([*values, Decimal(0)])
    span = (most - least) or Decimal(1)

    def at(value: Decimal) -> float:
        return round(_BOTTOM - float((value - least) / span) * (_BOTTOM - _TOP), 1)

    step = (_RIGHT - _LEFT) / max(len(shown), 6)
    bars = [_bar(month, _LEFT + n * step, step, at) for n, month in enumerate(shown)]
    best, worst = max(shown, key=net_of), min(shown, key=net_of)
    named = [best] if net_of(best) > 0 else []
    named += [worst] if net_of(worst) < 0 else []
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": _LEFT,
        "zero": at(Decimal(0)),
        "bars": bars,
        "most": best,
        "marks": [(at(net_of(each)), each["restated"]["service"]["net"]) for each in named],
    }


def _values(month: Answer) -> list[Decimal]:
    spread = month["restated"]["range"]
    ends = [Decimal(spread[p]["value"]) for p in ("p05", "p95")] if spread else []
    return [net_of(month), *ends]


def _bar(month: Answer, left: float, step: float, at: Any) -> dict[str, Any]:
    net, zero = net_of(month), at(Decimal(0))
    spread = month["restated"]["range"]
    top, end = sorted((at(net), zero))
    return {
        "month": month,
        "x": round(left + step * 0.16, 1),
        "width": round(step * 0.68, 1),
        "mid": round(left + step / 2, 1),
        "y": top,
        "height": max(round(end - top, 1), 0.5),
        "negative": net < 0,
        "low": at(Decimal(spread["p05"]["value"])) if spread else None,
        "high": at(Decimal(spread["p95"]["value"])) if spread else None,
    }
