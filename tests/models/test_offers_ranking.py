"""The ranking in SQL says what the pure rules say, to the last digit."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from fractions import Fraction
from random import Random
from typing import Any
from uuid import UUID

import pytest

from domain.catalog import Grade
from domain.markets import DispatchScope
from domain.ranking.across import featured_across
from domain.ranking.model import RankingModel
from domain.ranking.rotation import RotationGroup, competition_key, group, pick
from domain.ranking.score import Competitor, Scored, rank
from domain.ranking.snapshot import snapshot_id, snapshot_text
from models.base import fetch, fetchval
from tests import factories
from tests.factories import Item, line, run

GRADES = sorted(Grade, key=lambda grade: grade.rank)
SCOPES = list(DispatchScope)
HOUR = 495_000
Key = tuple[str, UUID, Grade]


@dataclass
class Data:
    """The competitions of a random data set, read from the price rows alone."""

    competitors: dict[Key, list[Competitor]]
    terms: dict[tuple[UUID, str], tuple[int, ...]]
    effective: dict[tuple[UUID, str], int]
    models: Mapping[str, RankingModel]

    def ranked(self, key: Key) -> tuple[Scored, ...]:
        model = self.models[key[0]]
        return rank(self.competitors[key], model.parameters, model.prior_bp)


async def data_of(seed: int, products: int, variants: int) -> Data:
    """Many merchants, few prices and qualities, so that ties and bands are met."""
    random = Random(seed)
    items = await factories.world(products, variants)
    for number in range(9):
        owner = await factories.merchant(
            f"m{number}",
            markets=("FR", "DE", "GB")[: random.choice([2, 3])],
            country=("FR", "DE", "GB", "IT")[number % 4],
            quality_bp=random.choice([None, 5800, 7000, 8123]),
            shipping_minor=random.choice([0, 490]),
            delay_hours=random.choice([24, 48, 100]),
        )
        feed = await factories.feed(owner)
        await run(feed, [offer(random, items, f"S{n}") for n in range(40)], force=True)
    return await competitions()


def offer(random: Random, items: list[Item], sku: str) -> dict[str, object]:
    price = f"{random.choice([199, 200, 201])}.{random.choice(['00', '50', '77'])}"
    return line(
        random.choice(items), sku, price, grade=random.choice(["fair", "good", "very good"]),
        battery=random.choice(["", "new", "83", "97"]), warranty_months=random.choice([12, 18, 36]),
        handling_hours=random.choice([0, 24, 90]), markets=random.choice(["FR", "DE FR", "GB FR"]),
        **{"price[GB]": "175.00", "currency[GB]": "GBP"},
    )  # fmt: skip


async def competitions() -> Data:
    found: dict[Key, list[Competitor]] = defaultdict(list)
    terms, effective = {}, {}
    for row in await fetch("SELECT * FROM offer_market WHERE visibility = 2"):
        own = Competitor(
            **{name: row[name] for name in Competitor.__slots__ if name != "scope"},
            scope=SCOPES[row["scope"]],
        )
        assert own.landed_minor == row["landed_minor"]
        found[row["market"], row["variant_id"], GRADES[row["grade"]]].append(own)
        terms[row["offer_id"], row["market"]] = tuple(row["terms"])
        effective[row["offer_id"], row["market"]] = row["effective_e6"]
    return Data(
        found, terms, effective, {code: factories.rules_of(code) for code in factories.FEES}
    )


@pytest.fixture(params=[(1, 6, 1), (2, 2, 3)], ids=["single variants", "three variants"])
async def data(db: None, request: pytest.FixtureRequest) -> Data:
    return await data_of(*request.param)


async def test_every_offer_has_the_terms_and_the_effective_price_of_the_formula(
    data: Data,
) -> None:
    for key in data.competitors:
        for scored in data.ranked(key):
            place = (scored.competitor.offer_id, key[0])
            assert data.terms[place] == astuple(scored.terms)
            assert data.effective[place] == scored.effective_e6

    assert len(set(data.terms.values())) > 20


async def test_every_competition_has_the_leader_the_group_and_the_snapshot_of_the_rules(
    data: Data,
) -> None:
    rows = await fetch("SELECT * FROM best_offer WHERE competing > 0")
    stored: dict[Key, Any] = {
        (row["market"], row["variant_id"], GRADES[row["grade"]]): row for row in rows
    }
    sharing = set()
    for key in data.competitors:
        model, row, ranked = data.models[key[0]], stored.pop(key), data.ranked(key)
        first = ranked[0]
        assert row["leader"] == first.competitor.offer_id
        assert row["merchant_id"] == first.competitor.merchant_id
        assert (row["merit"], row["effective_e6"]) == (first.merit, first.effective_e6)
        assert tuple(row["terms"]) == astuple(first.terms)
        assert row["next_effective_e6"] == (ranked[1].effective_e6 if len(ranked) > 1 else None)
        assert row["lowest_total"] == (first.landed_minor == min(s.landed_minor for s in ranked))
        members = group(ranked, model.parameters, model.prior_bp)
        assert members is not None
        assert tuple(row["group_offers"]) == members.offer_ids
        totals = {s.competitor.offer_id: s.landed_minor for s in ranked}
        assert row["group_landed"] == [totals[each] for each in members.offer_ids]
        assert row["model_id"] == model.id
        assert row["snapshot_id"] == snapshot_id(model.id, data.competitors[key])
        sharing.add(members.size)

    assert stored == {}
    assert {1, 2, 3} <= sharing


async def test_a_stored_snapshot_holds_the_text_that_its_name_is_made_of(data: Data) -> None:
    rows = await fetch(
        "SELECT s.* FROM ranking_snapshot s JOIN best_offer b USING (market, variant_id, grade) "
        "WHERE s.snapshot_id = b.snapshot_id"
    )
    assert {(row["market"], row["variant_id"], GRADES[row["grade"]]) for row in rows} == set(
        data.competitors
    )
    for row in rows:
        key = (row["market"], row["variant_id"], GRADES[row["grade"]])
        text = snapshot_text(row["model_id"], data.competitors[key])
        assert f"{row['model_id']}\n{row['inputs']}" == text


async def test_the_turn_of_an_hour_is_that_of_the_rules_for_a_thousand_hours(data: Data) -> None:
    model = factories.rules_of("FR")
    groups = {
        key: group(data.ranked(key), model.parameters, model.prior_bp)
        for key in data.competitors
        if key[0] == "FR"
    }
    sharing = {key: members for key, members in groups.items() if members is not None}
    key, members = max(sharing.items(), key=lambda each: each[1].size)
    name = competition_key(*key)
    for size in range(1, members.size + 1):
        some = RotationGroup(members.leader, members.others[: size - 1])
        turns = await fetch(
            "SELECT boucle_featured($1::uuid[], $2, h, $3::int) AS offer_id "
            "FROM generate_series($4::bigint, $5::bigint) h",
            *(list(some.offer_ids), name, model.parameters.lead_share_bp, HOUR, HOUR + 999),
        )
        shown = [row["offer_id"] for row in turns]
        assert shown == [
            pick(some, name, HOUR + n, model.parameters.lead_share_bp) for n in range(1000)
        ]
        assert set(shown) == set(some.offer_ids)

    assert members.size > 2


async def test_the_best_of_a_product_is_the_best_across_grades(data: Data) -> None:
    by_product: dict[tuple[str, UUID], dict[UUID, dict[Grade, Scored]]] = defaultdict(
        lambda: defaultdict(dict)
    )
    products = {
        row["id"]: row["product_id"] for row in await fetch("SELECT id, product_id FROM variant")
    }
    for key in data.competitors:
        market, variant_id, grade = key
        leaders = by_product[market, products[variant_id]][variant_id]
        leaders[grade] = data.ranked(key)[0]
    rows = await fetch("SELECT * FROM product_market WHERE across_e6 IS NOT NULL")
    assert {(row["market"], row["product_id"]) for row in rows} == set(by_product)
    for row in rows:
        parameters = data.models[row["market"]].parameters
        best = {}
        for variant_id, leaders in by_product[row["market"], row["product_id"]].items():
            found = featured_across(leaders, parameters)
            assert found is not None
            worth = found[1].merit * parameters.grade_worth(found[0])
            best[variant_id] = (Fraction(found[1].landed_minor, worth), found[0])
        shown, grade = best[row["best_variant"]]
        assert shown == min(best.values(), key=lambda each: each[0])[0]
        assert GRADES[row["best_grade"]] is grade
        assert row["across_e6"] == int(shown * 10**14)


async def test_equal_offers_of_two_grades_go_by_the_better_grade(db: None) -> None:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant(markets=("DE",), country="DE")
    rows = [line(item, "F", "180.00", grade="fair"), line(item, "G", "200.00", grade="good")]
    await run(await factories.feed(owner), rows)

    assert await fetchval("SELECT best_grade FROM product_market") == Grade.GOOD.rank


async def two(first: dict[str, object], second: dict[str, object], better_bp: int) -> list[str]:
    """The offers of two merchants in the order in which they share the first place.

    Shapes: the second merchant's quality index is `better_bp` above that of a merchant without
    data, which is the first's.
    """
    (item,) = await factories.world(1, 1)
    prior = factories.rules_of("DE").prior_bp
    for slug, more, quality in (("a", first, prior), ("b", second, prior + better_bp)):
        owner = await factories.merchant(slug, markets=("DE",), country="DE", quality_bp=quality)
        await run(await factories.feed(owner), [line(item, slug, **more)])
    found: list[UUID] = await fetchval("SELECT group_offers FROM best_offer")
    names = await fetch("SELECT id, sku FROM offer")
    return [{row["id"]: row["sku"] for row in names}[each] for each in found]


@pytest.mark.parametrize(
    ("price", "sharing"),
    [
        pytest.param("101.00", ["a", "b"], id="at the edge of the band"),
        pytest.param("101.01", ["a"], id="beyond it"),
    ],
)
async def test_the_band_ends_at_one_percent(db: None, price: str, sharing: list[str]) -> None:
    assert await two({"price": "100.00"}, {"price": price}, 0) == sharing


async def test_of_equal_effective_prices_the_better_quality_leads(db: None) -> None:
    longer = {"price": "100.00", "warranty_months": 24}

    assert await two(longer, {"price": "100.00", "warranty_months": 12}, 333) == ["b", "a"]
    assert await fetchval("SELECT effective_e6 = next_effective_e6 FROM best_offer")
