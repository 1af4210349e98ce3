"""An impact statement as programs read it: one object, or rows of one shape.

Source: docs/fleets.md, "Statement".
"""

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from domain.impact import UNITS, Range
from domain.impact.fleets import CategoryPart, FleetOutcome
from domain.impact.shown import stored
from domain.raas.reporting import Report, ScopeLine, totals

FUNCTIONAL_UNIT: Final = "the years of use of a second life of each device"
REFERENCE: Final = "new devices of the same category for the same years of use"
BOUNDARY: Final = (
    "new devices: manufacture, distribution and end of life; refurbished devices: refurbishing "
    "with parts, packaging, transport and energy of the category's mean, and the share of the "
    "manufacture that a short first life did not use up; use phase left out on both sides, for it "
    "is the same; rebound deducted"
)
APART: Final = (
    "Avoided emissions are reported apart: outside scopes 1, 2 and 3, never added to them and "
    "never deducted from them."
)
SCOPE3: Final = {
    2: "Scope 3, category 2, capital goods (category 1 where they were expensed)",
    5: "Scope 3, category 5, waste generated in operations",
}
HEADS: Final = (
    "section", "organisation", "legal_id", "from", "to", "scope3_category", "category", "units",
    "resold", "parts", "recycled", "destroyed", "lost", "unit", "gross", "net", "p05", "p50", "p95",
    "kg", "as_new", "grade", "method", "factor_set", "factor_set_sha256", "statement",
)  # fmt: skip


def as_object(found: Report) -> dict[str, Any]:
    """The statement; decimals and days as texts, what is not known left out."""
    told = found.avoided
    made = {
        "kind": "impact_statement",
        "organisation": {"name": found.organisation, "legal_id": found.legal_id},
        "period": {"from": str(found.period.first), "to": str(found.period.last)},
        "computed_on": str(found.on),
        "method": told.method,
        "factor_set": {"id": told.factor_set, "sha256": told.factor_set_sha256},
        "indicator": told.indicator.value,
        "unit": UNITS[told.indicator],
        "functional_unit": FUNCTIONAL_UNIT,
        "reference_scenario": REFERENCE,
        "boundary": BOUNDARY,
        "status": told.status.value,
        "reasons": [each.value for each in told.reasons],
        "units": told.units,
        "counted": told.counted,
        "units_without_number": told.units_without_number,
        "units_not_proved": found.waiting,
        "categories": [_category(found, each) for each in told.categories],
        "gross": _text(told.gross),
        "net": _text(told.net),
        "range": _range(told.net_range),
        "share_not_positive": _text(told.share_not_positive),
        "grade": told.grade.value if told.grade else None,
        "scope3": {"avoided": APART, "lines": [_scope(each) for each in found.scopes]},
        "statement": told.statement,
    }
    return _filled(made)


def as_json(found: Report) -> bytes:
    """The same as a file, always the same bytes."""
    written = json.dumps(as_object(found), sort_keys=True, indent=1, ensure_ascii=False)
    return written.encode() + b"\n"


def as_csv(found: Report) -> bytes:
    """The same as rows: a line of each category, their total, the lines of scope 3."""
    out = io.StringIO()
    writer = csv.DictWriter(out, HEADS, restval="")
    writer.writeheader()
    for row in _rows(found):
        writer.writerow({name: _plain(str(value)) for name, value in row.items()})
    return out.getvalue().encode()


def _rows(found: Report) -> Iterator[dict[str, Any]]:
    told = found.avoided
    same = {
        "organisation": found.organisation, "legal_id": found.legal_id,
        "from": found.period.first, "to": found.period.last, "unit": UNITS[told.indicator],
        "method": told.method, "factor_set": told.factor_set,
        "factor_set_sha256": told.factor_set_sha256, "statement": told.statement,
    }  # fmt: skip
    sums: dict[str, int] = {}
    for each in told.categories:
        counts = _counts(each)
        sums = {name: sums.get(name, 0) + n for name, n in counts.items()}
        drawn = _spread(found.ranges.get(each.category))
        yield same | counts | drawn | {
            "section": "avoided", "category": each.category,
            "gross": _text(each.gross), "net": _text(each.net),
            "grade": each.grade.value if each.grade else "",
        }  # fmt: skip
    yield same | sums | _spread(told.net_range) | {
        "section": "avoided_total", "units": told.units, "gross": _text(told.gross),
        "net": _text(told.net), "grade": told.grade.value if told.grade else "",
    }  # fmt: skip
    for line in found.scopes:
        yield same | _scope(line) | {"section": "scope3", "unit": "kg CO2e"}
    for scope in sorted({line.scope3_category for line in found.scopes}):
        kg, new = totals(found.scopes, scope)
        if any(line.scope3_category == scope and line.kg is not None for line in found.scopes):
            yield same | {
                "section": "scope3_total", "scope3_category": scope, "kg": _text(kg),
                "as_new": _text(new), "unit": "kg CO2e",
            }  # fmt: skip


def _counts(each: CategoryPart) -> dict[str, int]:
    counts = {name.value.lower(): each.outcomes.get(name, 0) for name in FleetOutcome}
    return {"units": sum(counts.values()), **counts}


def _category(found: Report, each: CategoryPart) -> dict[str, Any]:
    return _filled(
        {
            "category": each.category,
            "outcomes": {name.value.lower(): n for name, n in sorted(each.outcomes.items())},
            "gross": _text(each.gross),
            "net": _text(each.net),
            "range": _range(found.ranges.get(each.category)),
            "grade": each.grade.value if each.grade else None,
            "method": found.avoided.method,
            "factor_set": found.avoided.factor_set,
        }
    )


def _scope(line: ScopeLine) -> dict[str, Any]:
    return _filled(
        {
            "scope3_category": line.scope3_category,
            "category": line.category,
            "units": line.units,
            "kg": _text(line.kg),
            "as_new": _text(line.as_new),
        }
    )


def _range(found: Range | None) -> dict[str, str] | None:
    return {name: str(value) for name, value in _spread(found).items()} if found else None


def _spread(found: Range | None) -> dict[str, str]:
    if found is None:
        return {}
    values = {"p05": found.p05, "p50": found.p50, "p95": found.p95}
    return {name: f"{stored(value):f}" for name, value in values.items() if value is not None}


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{stored(value):f}"


def _filled(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}


def _plain(cell: str) -> str:
    """A cell that no spreadsheet runs: a formula is quoted, a negative amount is not one."""
    formula = cell[:1] in {"=", "+", "@", "\t"} or (cell[:1] == "-" and not cell[1:2].isdigit())
    return f"'{cell}" if formula else cell
