"""An impact statement as JSON and CSV: lines sum to totals, and no cell runs in a spreadsheet."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.impact import Inputs
from domain.impact.draws import summed
from domain.impact.fleets import FleetOutcome, FleetStatement, FleetUnit, fleet_statement
from domain.raas.reporting import CAPITAL_GOODS, WASTE, Period, Report, scope_lines, totals
from domain.raas.reports import as_csv, as_json, as_object
from models.impact import factor_set

D = Decimal
BE = factor_set("be-v2")
TODAY = date(2026, 11, 23)
YEAR = Period(date(2025, 1, 1), date(2025, 12, 31))
NAMES = st.sampled_from(["smartphone", "tablet", "laptop", "desktop", "smartwatch"])
UNITS = st.lists(
    st.builds(
        lambda outcome, name, life, times: FleetUnit(outcome, Inputs(name, first_life=life), times),
        st.sampled_from(FleetOutcome),
        NAMES,
        st.decimals("0", "9", places=2),
        st.integers(1, 400),
    ),
    max_size=12,
)
BOUGHT = st.dictionaries(NAMES, st.integers(1, 500))


def made(units: list[FleetUnit], bought: dict[str, int], name: str = "Cobalt SAS") -> Report:
    found = fleet_statement(units, BE, summed)
    assert isinstance(found, FleetStatement)
    scopes = scope_lines(bought, units, BE)
    return Report(name, "FR12", YEAR, found, {}, scopes, 0, TODAY)


def rows(found: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(as_csv(found).decode())))


@given(UNITS, BOUGHT)
def test_lines_sum_to_their_totals_to_the_last_stored_digit(
    units: list[FleetUnit], bought: dict[str, int]
) -> None:
    found = made(units, bought)
    table = rows(found)
    [total] = [row for row in table if row["section"] == "avoided_total"]
    lines = [row for row in table if row["section"] == "avoided"]
    for column in ("gross", "net"):
        assert sum((D(row[column]) for row in lines), D(0)) == D(total[column])
    assert sum(int(row["units"]) for row in lines) == int(total["units"] or 0)
    told = as_object(found)
    assert sum((D(each["net"]) for each in told["categories"]), D(0)) == D(told["net"])
    assert json.loads(as_json(found)) == told
    for each in (row for row in table if row["section"] == "scope3_total"):
        mine = [
            row for row in table
            if row["section"] == "scope3" and row["scope3_category"] == each["scope3_category"]
        ]  # fmt: skip
        for column in ("kg", "as_new"):
            known = (D(row[column]) for row in mine if row[column])
            assert sum(known, D(0)) == D(each[column])


@given(UNITS, BOUGHT)
def test_what_was_avoided_is_in_no_scope(units: list[FleetUnit], bought: dict[str, int]) -> None:
    found = made(units, bought)
    assert (
        made([], bought).scopes
        == made([each for each in units if each.outcome is FleetOutcome.RESOLD], bought).scopes
    )
    assert {each.scope3_category for each in found.scopes} <= {CAPITAL_GOODS, WASTE}
    kg, new = totals(found.scopes, CAPITAL_GOODS)
    assert 0 <= kg <= new
    waste = sum(each.units for each in found.scopes if each.scope3_category == WASTE)
    gone = (FleetOutcome.RECYCLED, FleetOutcome.DESTROYED)
    assert waste == sum(each.times for each in units if each.outcome in gone)
    assert "never added" in as_object(found)["scope3"]["avoided"]


def test_a_name_is_no_formula_and_a_loss_stays_a_number() -> None:
    young = [FleetUnit(FleetOutcome.RESOLD, Inputs("smartphone", first_life=D(1)))]
    for name in ("=1+1", "+1", "@x", "-x", "\tx"):
        [line, total] = rows(made(young, {}, name))
        assert line["organisation"] == f"'{name}"
        assert (line["net"], total["net"]) == ("-7.090000", "-7.090000")


def test_every_document_says_what_it_is_and_is_not() -> None:
    told = as_object(made([], {}))
    for name in ("method", "factor_set", "boundary", "functional_unit", "reference_scenario"):
        assert told[name]
    assert told["statement"] == (
        "Estimate of avoided emissions. Not an offset, not a carbon credit, "
        "not to be deducted from scopes 1, 2 or 3."
    )
    assert "range" not in told
    assert as_json(made([], {})) == as_json(made([], {}))


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("first", "last", "fault"),
    [
        (TODAY - 9 * DAY, TODAY - DAY, None),
        (TODAY - DAY, TODAY - DAY, None),
        (TODAY - DAY, TODAY, "PERIOD_OPEN"),
        (TODAY + DAY, TODAY + 9 * DAY, "PERIOD_OPEN"),
        (TODAY - DAY, TODAY - 2 * DAY, "PERIOD_INVALID"),
        (TODAY - 1832 * DAY, TODAY - DAY, "PERIOD_TOO_LONG"),
        (TODAY - 1831 * DAY, TODAY - DAY, None),
    ],
)
def test_a_period_has_ended_and_is_no_longer_than_five_years(
    first: date, last: date, fault: str | None
) -> None:
    assert Period(first, last).fault(TODAY) == fault
