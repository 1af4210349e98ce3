"""The estimate of a request's footprint is the method of its page."""

import re

import pytest

from boucle.edge.footprint import DEFAULT, Method, cost_extension, footprint
from boucle.settings import ROOT

PAGE = (ROOT / "docs" / "rules" / "footprint.md").read_text(encoding="utf-8")


def test_the_page_has_the_figures_of_the_method() -> None:
    [request, point] = re.search(r"seconds = ([\d.]+) \+ ([\d.]+) . actual", PAGE).groups()
    [watts, overhead] = re.search(r"seconds . (\d+) W . ([\d.]+) / 3600", PAGE).groups()
    [grid] = re.search(r"`BOUCLE_GRID_GRAMS_PER_KWH`, (\d+) by default", PAGE).groups()

    assert Method(float(request), float(point), float(watts), float(overhead), float(grid)) == (
        DEFAULT
    )


def test_the_page_has_what_the_formula_gives() -> None:
    table = re.findall(r"\| ([\d.]+) \| [^|]+ \| [^|]+ \| [\d.]+ ms \| ([\d.]+) ms \|", PAGE)

    assert len(table) == 5
    for points, milliseconds in table:
        seconds = DEFAULT.request_seconds + DEFAULT.point_seconds * float(points)
        assert f"{seconds * 1000:.1f}" == milliseconds


def test_a_request_is_its_seconds_times_power_and_grid() -> None:
    method = Method(1.0, 0.5, 100.0, 1.2, 50.0)

    assert footprint(2, method) == (pytest.approx(0.067), pytest.approx(0.0033))


@pytest.mark.parametrize("points", [0, 0.1, 7, 123.4, 4_000, 1e12])
def test_both_numbers_have_two_digits_and_grow_with_the_points(points: float) -> None:
    found, more = footprint(points), footprint(points * 2 + 1_000)

    assert all(0 < number == float(f"{number:.1e}") for number in found)
    assert all(a < b for a, b in zip(found, more, strict=True))


def test_the_cost_has_its_shape() -> None:
    found = cost_extension(
        112.30000000000001, 9.16, limit=2_000, remaining=2_050, restores_per_second=200
    )

    assert found == {
        "requested": 112.3,
        "actual": 9.2,
        "limit": 2_000,
        "remaining": 2_000,
        "restoresPerSecond": 200,
        "footprint": {"wh": 1.4e-05, "gco2e": 6.8e-06},
    }
