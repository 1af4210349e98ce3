"""The plots of a product's impact: marks stand where the figures are."""

from typing import Any

from boucle.pages.impact import drawn
from tests.boucle.pages_answers import IMPACT, value


def of(p05: str, p50: str, p95: str, **more: Any) -> dict[str, Any]:
    """An answer with this range."""
    spread = {"p05": value(p05), "p50": value(p50), "p95": value(p95)}
    return {**IMPACT, "range": spread, **more}


def test_marks_stand_in_the_order_of_the_figures_and_zero_is_always_there() -> None:
    good, mixed, bad = (
        drawn(of("16", "32", "55")),
        drawn(of("-5", "2", "9")),
        drawn(of("-9", "-5", "-1")),
    )
    assert good
    assert mixed
    assert bad
    assert (
        good["range"]["zero"] < good["range"]["low"] < good["range"]["mid"] < good["range"]["high"]
    )
    assert mixed["range"]["low"] < mixed["range"]["zero"] < mixed["range"]["mid"]
    assert bad["range"]["high"] < bad["range"]["zero"]
    for each in (good, mixed, bad):
        assert all(0 <= mark <= each["width"] for mark in each["range"].values())


def test_the_longer_bar_is_of_the_larger_figure_and_lengths_are_in_proportion() -> None:
    found = drawn(of("16", "32", "55"))
    assert found
    assert found["years"]["new"] / found["years"]["refurbished"] == 8
    without = drawn(of("1", "2", "3", perYear={"new": None, "refurbished": None}))
    assert without
    assert without["years"] is None


def test_nothing_is_drawn_of_nothing() -> None:
    assert drawn(None) is None
    assert drawn(IMPACT | {"range": None}) is None
    weak = {"p05": value("1"), "p50": None, "p95": value("7")}
    assert drawn(IMPACT | {"range": weak}) is None


def test_each_part_begins_where_the_one_before_ends_and_what_is_left_begins_at_zero() -> None:
    found = drawn(of("16", "32", "55"))
    assert found
    new, spent, rebound, net = found["made"]
    assert [row["kind"] for row in found["made"]] == ["new", "taken", "taken", "refurbished"]
    assert spent["x"] + spent["length"] == new["x"] + new["length"]
    assert abs(rebound["x"] + rebound["length"] - spent["x"]) <= 0.2
    assert net["x"] == new["x"]
    assert abs(net["x"] + net["length"] - rebound["x"]) <= 0.2
    assert (net["name"], net["display"]) == ("NET", "35")
    assert drawn(of("1", "2", "3", parts=[]))["made"] == []  # type: ignore[index]


def test_a_loss_is_left_of_zero() -> None:
    parts = [
        {"name": "NEW_DEVICE", "value": value("56")},
        {"name": "REFURBISHING", "value": value("-7")},
        {"name": "FIRST_LIFE", "value": value("-84")},
        {"name": "REBOUND", "value": value("0")},
    ]
    found = drawn(of("-60", "-36", "-10", parts=parts))
    assert found
    new, *_, net = found["made"]
    assert net["x"] < new["x"]
    assert abs(net["x"] + net["length"] - new["x"]) <= 0.2
    assert (net["display"], net["kind"]) == ("-35", "taken")


def test_zero_is_not_written_over_the_median() -> None:
    far, close = drawn(of("16", "32", "55")), drawn(of("-23", "-1", "18"))
    assert far
    assert close
    assert (far["range"]["apart"], close["range"]["apart"]) == (True, False)
