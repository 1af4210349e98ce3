"""Impact of listings: what may be said, with its range, and nothing where nothing may be said."""

import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from domain.impact import ImpactStatus, Indicator
from domain.impact.draws import drawn
from domain.impact.engine import assess
from domain.impact.linter import ClaimFamily, ClaimTerm, Linter, Readers
from domain.impact.listings import Listed, inputs_of, plans
from models import impact
from models.base import execute
from models.impact.claims import linter, readers
from resolvers.impact import claims, of_listing
from tests import factories
from tests.schema import shop
from tests.schema.asking import data, refusal

FIELDS = """{status reasons indicator unit grade reduced rBasis firstLifeYears firstLifeEvidence
  assumptions method shareNotPositive factorSet{id sha256} computedOn
  deviceForDevice{value display} service{gross{value} net{value display}}
  perYear{new{value} refurbished{value} benefit{value}} wholeLifePerYear{value}
  breakEvenYears{value} range{p05{value display} p50{value display} p95{value display}}"""
PRODUCT = (
    'query($i: Indicator!){productImpact(slug: "calder-0", indicator: $i)'
    + FIELDS
    + ' keepPerYear(years: 6){value display} en: claim fr: claim(locale: "fr")}}'
)
TODAY = datetime.now(UTC).date()


async def model(category: str, released: date | None) -> None:
    [item] = await factories.world(1, 1)
    await execute(
        "UPDATE product SET release_date = $2, category_id = coalesce("
        "(SELECT id FROM category WHERE code = $3), category_id) WHERE id = "
        "(SELECT product_id FROM variant WHERE id = $1)",
        item.variant_id,
        released,
        category,
    )


async def test_an_old_phone_is_a_claim_with_its_assumption(db: None) -> None:
    await model("smartphone", date(2019, 1, 1))
    found = (await data(PRODUCT, i="GWP"))["productImpact"]
    assert (found["status"], found["grade"]) == ("FAVOURABLE", "C")
    assert found["service"]["net"] == {"value": "34.915433", "display": "35"}
    assert found["deviceForDevice"]["value"] == "77.310000"
    assert [found["range"][p]["display"] for p in ("p05", "p50", "p95")] == ["16", "32", "55"]
    assert found["keepPerYear"] == {"value": "14.066667", "display": "14"}
    assert found["factorSet"] == {
        "id": "ademe-2022",
        "sha256": impact.published()["ademe-2022"],
    }
    assert found["en"] == (
        "Estimated 32 kg CO2e avoided over 2 years of use (range 16 to 55), compared with buying "
        "a new smartphone. Includes refurbishing; 29 % deducted for rebound. Method avoided-1, "
        f"factors ademe-2022, {TODAY}. Cautious estimate. Assumes a first life of 3 years."
    )
    assert found["fr"].startswith("Estimation : 32 kg CO2e évités sur 2 ans d'usage (de 16 à 55)")


async def test_a_young_model_has_no_claim_but_its_figures(db: None) -> None:
    await model("smartphone", TODAY)
    found = (await data(PRODUCT, i="GWP"))["productImpact"]
    assert (found["status"], found["reasons"]) == ("UNFAVOURABLE", ["SHORT_FIRST_LIFE"])
    assert found["service"]["gross"]["value"] == "-35.223333"
    assert (found["en"], found["fr"]) == (None, None)
    assert found["firstLifeEvidence"] == "RELEASE_BOUND"


async def test_a_claim_is_said_in_a_market_whose_rules_it_passes(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await model("smartphone", date(2019, 1, 1))
    query = """{productImpact(slug: "calder-0") {plain: claim
      fr: claim(locale: "fr", market: "FR") en: claim(market: "fr")}}"""
    found = (await data(query))["productImpact"]
    assert found["plain"] == found["en"]
    assert found["fr"].startswith("Estimation : 32 kg CO2e évités")
    unknown = '{productImpact(slug: "calder-0") {claim(market: "ZZ")}}'
    assert (await refusal(unknown))["reason"] == "MARKET_UNKNOWN"

    def strict(countries: Iterable[str], on: date) -> Readers:
        terms = [*linter().terms, ClaimTerm(ClaimFamily.GENERIC, "en", "estimated")]
        return Readers(Linter(linter().rules, terms, []), readers(countries, on).where)

    monkeypatch.setattr(claims, "readers", strict)
    found = (await data(query))["productImpact"]
    assert (found["en"], found["plain"] is None) == (None, False)


async def test_the_parts_of_a_figure_sum_to_it(db: None) -> None:
    await model("smartphone", date(2019, 1, 1))
    query = """{productImpact(slug: "calder-0", indicator: %s)
      {service{net{value}} breakdown{name value{value display}}}}"""
    found = (await data(query % "GWP"))["productImpact"]
    assert [part["name"] for part in found["breakdown"]] == [
        "NEW_DEVICE",
        "REFURBISHING",
        "REBOUND",
    ]
    assert found["breakdown"][0]["value"] == {"value": "56.266667", "display": "56"}
    total = sum(Decimal(part["value"]["value"]) for part in found["breakdown"])
    assert total == Decimal("34.915433") == Decimal(found["service"]["net"]["value"])
    assert (await data(query % "WATER"))["productImpact"]["breakdown"] == []


async def test_a_young_laptop_is_said_to_be_no_benefit_by_the_set_with_absolute_values(
    db: None,
) -> None:
    await model("smartphone", TODAY)
    await execute("UPDATE category SET code = 'laptop' WHERE code = 'smartphone'")
    found = (await data(PRODUCT, i="GWP"))["productImpact"]
    assert (found["status"], found["reasons"]) == ("UNFAVOURABLE", ["SHORT_FIRST_LIFE"])
    assert found["factorSet"]["id"] == "be-v2"
    await execute("UPDATE product SET release_date = '2015-01-01'")
    old = (await data(PRODUCT, i="GWP"))["productImpact"]
    assert (old["status"], old["service"]["gross"]["value"]) == ("FAVOURABLE", "81.000000")
    assert [old["range"][p]["display"] for p in ("p05", "p50", "p95")] == ["20", "53", "97"]


async def test_weak_figures_and_none_are_told_apart(db: None) -> None:
    await model("smartphone", date(2019, 1, 1))
    water = (await data(PRODUCT, i="WATER"))["productImpact"]
    assert (water["status"], water["reasons"]) == ("NOT_ESTABLISHED", ["GRADE_D"])
    assert (water["service"], water["range"], water["keepPerYear"]) == (None, None, None)
    await execute("UPDATE category SET code = 'console' WHERE code = 'smartphone'")
    console = (await data(PRODUCT, i="GWP"))["productImpact"]
    assert (console["status"], console["reasons"]) == ("NOT_SUPPORTED", ["NO_STUDY"])
    assert console["service"] is None


async def test_a_new_battery_of_an_offer_counts(db: None) -> None:
    await shop.many(1)
    await execute("UPDATE product SET release_date = '2019-01-01'")
    await execute("UPDATE offer_market SET battery_new = true")
    query = f"""{{listing(market: "FR", slug: "calder-0"){{offers{{edges{{node{{
      battery{{new}} impact{FIELDS}}}}}}}}}}}}}"""
    [first, *_] = (await data(query))["listing"]["offers"]["edges"]
    found = first["node"]["impact"]
    assert found["rBasis"] == "MEAN_PLUS_DECLARED"
    assert Decimal(found["service"]["gross"]["value"]) == Decimal("49.176667") - Decimal("0.302784")


async def test_years_that_cannot_be_are_refused(db: None) -> None:
    await model("smartphone", None)
    query = '{productImpact(slug: "calder-0"){keepPerYear(years: 41){value}}}'
    assert (await refusal(query))["argument"] == "years"


@pytest.mark.parametrize("days", [0, 400, 1000, 2000, 9000])
@pytest.mark.parametrize("category", ["smartphone", "tablet", "laptop", "desktop"])
@pytest.mark.parametrize("indicator", list(Indicator))
def test_what_ships_is_what_is_drawn(category: str, indicator: Indicator, days: int) -> None:
    on = date(2026, 11, 23)
    listed = Listed(category, date.fromordinal(on.toordinal() - days), battery_new=days > 500)
    said = of_listing(listed, indicator, on)
    factors = impact.factor_set(said.result.factor_set)
    found = assess(inputs_of(listed, indicator, on, factors), factors, drawn)
    assert said.result == found
    if said.result.status is not ImpactStatus.FAVOURABLE:
        assert said.claim("en") is None


def test_every_plan_of_a_listing_ships() -> None:
    sets = [impact.factor_set(each) for each in impact.LISTING]
    assert all(impact.drawn_before(plan) for plan in plans(sets))


def test_a_server_loads_no_library_of_draws() -> None:
    code = "import boucle.cli, boucle.serve, schema.root, sys; sys.exit('polars' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
