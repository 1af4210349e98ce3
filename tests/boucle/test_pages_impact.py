"""Impact on pages: marks stand where the figures are, and the totals are those of the API."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from boucle.pages.impact import drawn
from boucle.pages.impact_totals import HEIGHT, WIDTH
from boucle.pages.impact_totals import drawn as months_drawn
from boucle.settings import Settings
from tests.boucle import pages_answers as answers
from tests.boucle.pages_answers import IMPACT, value
from tests.boucle.test_pages import app_of


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


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"BOUCLE_HOME": str(tmp_path)})


async def page(settings: Settings, **query: str) -> tuple[str, dict[str, Any]]:
    """The page of totals, and what it asked of the API."""
    schema = answers.Schema()
    transport = httpx.ASGITransport(app_of(schema, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        found = await client.get("/impact", params={"lang": "en"} | query)
    assert found.status_code == 200
    return found.text, schema.variables("ImpactPage")


async def test_the_totals_page_tells_range_set_and_what_has_no_number(settings: Settings) -> None:
    text, asked = await page(settings)
    assert asked == {"country": None, "indicator": "GWP", "factorSet": None, "period": ""}
    for said in (
        "88,029.9 kg CO2e",
        "range 48,905.5 to 195,622 kg CO2e",
        "Without a number",
        "1 of 2",
        "be-v2 cdcdcdcdcdcd",
        "29 % deducted for rebound",
        "not an offset, not a carbon credit",
        "Jun 2026",
        "France",
    ):
        assert said in text, said
    assert answers.HOSTILE not in text


async def test_a_sum_that_is_not_established_has_its_range_and_no_headline(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = answers.totals

    def weak(variables: dict[str, Any]) -> Any:
        found = known(variables)
        found["total"]["restated"] |= {"status": "NOT_ESTABLISHED"}
        return found

    assert "price big" in (await page(settings))[0]
    monkeypatch.setattr(answers, "totals", weak)
    text, _ = await page(settings)
    assert "range 48,905.5 to 195,622 kg CO2e" in text
    assert "price big" not in text


async def test_a_month_of_a_country_is_asked_as_the_address_says(settings: Settings) -> None:
    text, asked = await page(settings, country="fr", period="2026-05", indicator="EWASTE")
    assert asked == {
        "country": "FR",
        "indicator": "EWASTE",
        "factorSet": "ademe-2022",
        "period": "2026-05",
    }
    assert "By country" not in text
    assert "By category, May 2026" in text


@pytest.mark.parametrize(
    ("query", "name", "taken"),
    [
        ({"period": "May"}, "period", ""),
        ({"period": "2026-13"}, "period", ""),
        ({"country": "France"}, "country", None),
        ({"indicator": "WATER"}, "indicator", "GWP"),
    ],
)
async def test_what_an_address_cannot_mean_is_left_out(
    settings: Settings, query: dict[str, str], name: str, taken: str | None
) -> None:
    _, asked = await page(settings, **query)
    assert asked[name] == taken


async def test_a_period_in_which_nothing_counted_says_so(settings: Settings) -> None:
    text, _ = await page(settings, period="1999")
    assert "Nothing counted here yet" in text


def test_a_month_that_lost_more_hangs_below_zero_and_all_is_inside_the_drawing() -> None:
    months = answers.totals({"country": None, "period": ""})["months"]
    plot = months_drawn(months)
    assert plot
    april, may, june = plot["bars"]
    assert (april["negative"], may["negative"], june["negative"]) == (False, False, True)
    assert may["y"] + may["height"] == pytest.approx(plot["zero"])
    assert june["y"] == pytest.approx(plot["zero"])
    assert may["height"] / june["height"] == pytest.approx(98 / 33, rel=0.02)
    assert april["low"] is None
    assert may["high"] < may["y"] < may["low"] < plot["zero"]
    for each in plot["bars"]:
        assert 0 <= each["x"] <= each["x"] + each["width"] <= WIDTH
        for mark in (each["y"], each["y"] + each["height"], each["low"], each["high"]):
            assert mark is None or 0 <= mark <= HEIGHT
    assert months_drawn([]) is None


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
    assert drawn(of("1", "2", "3", breakdown=[]))["made"] == []  # type: ignore[index]


def test_a_loss_is_left_of_zero() -> None:
    parts = [
        {"name": "NEW_DEVICE", "value": value("56")},
        {"name": "REFURBISHING", "value": value("-7")},
        {"name": "FIRST_LIFE", "value": value("-84")},
        {"name": "REBOUND", "value": value("0")},
    ]
    found = drawn(of("-60", "-36", "-10", breakdown=parts))
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


@pytest.mark.parametrize(
    ("query", "offered", "sort"),
    [
        ("category=smartphone&sort=IMPACT", True, "IMPACT"),
        ("sort=IMPACT", False, "RELEVANCE"),
        ("category=smartphone&category=laptop&sort=IMPACT", False, "RELEVANCE"),
        ("category=headphones&sort=IMPACT", False, "RELEVANCE"),
    ],
)
async def test_the_order_by_impact_is_offered_within_one_category_of_which_it_is_told(
    settings: Settings, query: str, offered: bool, sort: str
) -> None:
    schema = answers.Schema()
    transport = httpx.ASGITransport(app_of(schema, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as client:
        text = (await client.get(f"/?lang=en&{query}")).text
    assert ("Most avoided" in text) is offered
    assert schema.variables("SearchPage")["sort"] == sort
