"""A merchant changes its offers by calls: stock, prices, everything, one."""

from typing import Any

import pytest

from models.base import fetch, fetchval
from models.offers.feeds import Feed
from tests import factories
from tests.factories import line
from tests.schema.asking import answer, data, key_of, refusal
from tests.schema.offers import DOCUMENTS, SCOPES, call, in_line, outcomes, own, seen, seller

UPDATE = """mutation($input: UpdateOfferInput!) { updateOffer(input: $input) {
  __typename
  ... on OfferUpdated { outcome asOf offer { quantity status price { amount } } }
  ... on Problem { code message path hint }
  ... on StaleSequence { currentSequence: current }
  ... on Conflict { currentStock: current }
  ... on OfferRejected { field value } } }"""


async def test_a_stock_is_what_buyers_see_when_the_call_ends(db: None) -> None:
    owner, _ = await seller()

    told = await call(owner, "updateStock", [{"sku": "sku-0", "quantity": 0}])

    [result] = told["results"]
    assert (result["outcome"], result["quantity"], result["code"]) == ("APPLIED", 0, None)
    assert (told["applied"], told["rejected"]) == (1, 0)
    assert await seen() == [(0, 19990, 0), (2, 19990, 3)]
    assert await in_line()


async def test_items_are_told_in_their_order_and_each_is_judged_by_itself(db: None) -> None:
    owner, _ = await seller()

    told = await call(
        owner,
        "updateStock",
        [
            {"sku": "SKU-1", "quantity": 9},
            {"sku": "nowhere", "quantity": 1},
            {"sku": "SKU-0", "quantity": 3},
            {"sku": " ", "quantity": 1},
            {"sku": "SKU-0", "quantity": -1},
        ],
    )

    found = [(r["index"], r["outcome"], r["code"], r["field"]) for r in told["results"]]
    assert found == [
        (0, "APPLIED", None, None),
        (1, "REJECTED", "UNKNOWN_SKU", "sku"),
        (2, "UNCHANGED", None, None),
        (3, "REJECTED", "SKU_MISSING", "sku"),
        (4, "REJECTED", "QUANTITY_INVALID", "quantity"),
    ]
    assert told["results"][1]["message"] == "No offer of yours has the SKU “nowhere”."
    assert (await own(owner, "SKU-1"))["quantity"] == 9


async def test_what_is_left_out_is_kept_and_what_is_null_is_cleared(db: None) -> None:
    owner, items = await seller()
    full = {"sku": "SKU-0", "title": "T", "note": "N", "minPrice": "100", "battery": "90",
            "markets": ["FR"], "warrantyMonths": 24, "quantity": 7}  # fmt: skip
    await call(owner, "upsertOffers", [full])
    before = await factories.of_sku(owner, "SKU-0")

    await call(owner, "upsertOffers", [{"sku": "SKU-0", "title": "U"}])
    kept = await factories.of_sku(owner, "SKU-0")
    cleared = ["note", "minPrice", "battery", "warrantyMonths", "gtin"]
    await call(owner, "upsertOffers", [{"sku": "SKU-0", **dict.fromkeys(cleared)}])
    after = await factories.of_sku(owner, "SKU-0")

    moving = {"title", "row_hash", "updated_at"}
    assert {k for k in before if before[k] != kept[k]} <= moving
    assert (kept["title"], kept["quantity"], kept["battery_health"]) == ("U", 7, 90)
    names = ("note", "min_price_minor", "battery_health", "warranty_months", "gtin", "title")
    assert [after[name] for name in names] == [None, None, None, 12, None, "U"]
    assert (after["variant_id"], after["quantity"]) == (items[0].variant_id, 7)


@pytest.mark.parametrize(
    ("field", "code"),
    [("price", "PRICE_MISSING"), ("quantity", "QUANTITY_INVALID"), ("grade", "GRADE_MISSING")],
)
async def test_what_an_offer_must_have_cannot_be_cleared(db: None, field: str, code: str) -> None:
    owner, _ = await seller()

    assert await outcomes(owner, "upsertOffers", [{"sku": "SKU-0", field: None}]) == [
        ("REJECTED", code)
    ]
    assert await seen() == [(2, 19990, 3), (2, 19990, 3)]


async def test_a_new_offer_needs_what_a_line_of_a_feed_needs(db: None) -> None:
    owner, items = await seller()
    whole = {"sku": "NEW", "gtin": items[0].gtin, "grade": "GOOD", "price": "150", "quantity": 2}
    named = {"brand": "Calder", "model": "C9", "title": "t"}

    found = await outcomes(
        owner,
        "upsertOffers",
        [
            whole,
            {**whole, "sku": "A", "grade": None},
            {k: v for k, v in {**whole, "sku": "B"}.items() if k != "price"},
            {**whole, "sku": "C", "gtin": "2000000000016"},
            {**whole, "sku": "D", "gtin": factories.gtin(900)},
            {**whole, "sku": "E", "gtin": factories.gtin(901), **named},
            {**whole, "sku": "F", "markets": ["GB"]},
            {**whole, "sku": "G", "currency": "GBP"},
            {**whole, "sku": "H", "note": "www.example.com"},
            {**whole, "sku": "I", "minPrice": "151"},
        ],
    )

    assert found == [
        ("APPLIED", None),
        ("REJECTED", "GRADE_MISSING"),
        ("REJECTED", "PRICE_MISSING"),
        ("REJECTED", "GTIN_INVALID"),
        ("REJECTED", "PRODUCT_UNKNOWN"),
        ("PENDING_PRODUCT", None),
        ("REJECTED", "MARKET_NOT_ALLOWED"),
        ("REJECTED", "CURRENCY_NOT_ALLOWED"),
        ("REJECTED", "NOTE_FORBIDDEN"),
        ("REJECTED", "PRICE_BELOW_FLOOR"),
    ]
    pending = await own(owner, "E")
    [place] = pending["markets"]
    assert [reason["code"] for reason in place["reasons"]] == ["PRODUCT_UNDER_REVIEW"]
    assert await in_line()


async def test_prices_of_single_markets_are_set_kept_and_removed(db: None) -> None:
    owner, _ = await seller(markets=("FR", "DE", "GB"))
    await call(owner, "upsertOffers", [{"sku": "SKU-0", "markets": ["FR", "DE", "GB"]}])

    async def prices() -> dict[str, tuple[str, str] | None]:
        found = (await own(owner))["markets"]
        return {m["market"]: m["price"] and tuple(m["price"].values()) for m in found}

    await call(
        owner,
        "updatePrices",
        [
            {"sku": "SKU-0", "market": "GB", "price": "170.50", "minPrice": "150"},
            {"sku": "SKU-0", "market": "DE", "price": 189},
        ],
    )
    euro, pound = ("199.90", "EUR"), ("170.50", "GBP")
    assert await prices() == {"FR": euro, "DE": ("189.00", "EUR"), "GB": pound}
    await call(owner, "updatePrices", [{"sku": "SKU-0", "price": "198"}])
    assert await prices() == {"FR": ("198.00", "EUR"), "DE": ("189.00", "EUR"), "GB": pound}
    await call(owner, "updatePrices", [{"sku": "SKU-0", "market": "DE", "price": None}])
    assert await prices() == {"FR": ("198.00", "EUR"), "DE": ("198.00", "EUR"), "GB": pound}
    assert [m["minPrice"] for m in (await own(owner))["markets"] if m["market"] == "GB"] == [
        {"amount": "150.00"}
    ]
    await call(owner, "upsertOffers", [{"sku": "SKU-0", "prices": None}])
    assert (await prices())["GB"] is None


async def test_a_price_far_below_all_others_is_refused_as_in_a_feed(db: None) -> None:
    owner, items = await seller()
    for n in range(5):
        other = await factories.merchant(f"other-{n}")
        await factories.run(await factories.feed(other), [line(items[0], "X")])

    low = {"sku": "SKU-0", "price": "18"}
    assert await outcomes(owner, "updatePrices", [low]) == [("REJECTED", "PRICE_OUTLIER")]
    assert (await own(owner))["price"]["amount"] == "199.90"


async def test_a_low_price_is_hidden_until_its_merchant_stands_by_it(db: None) -> None:
    owner, items = await seller()
    for n in range(5):
        other = await factories.merchant(f"other-{n}")
        await factories.run(await factories.feed(other), [line(items[0], "X")])

    async def shown(price: str) -> tuple[str, list[str]]:
        await call(owner, "updatePrices", [{"sku": "SKU-0", "price": price}])
        [place] = (await own(owner))["markets"]
        return place["visibility"], [reason["code"] for reason in place["reasons"]]

    assert await shown("60") == ("HIDDEN", ["PRICE_OUTLIER_LOW"])
    assert await outcomes(owner, "confirmPrices", ["SKU-0", "SKU-1"]) == [
        ("APPLIED", None),
        ("UNCHANGED", None),
    ]
    assert (await own(owner))["markets"][0]["visibility"] == "FULL"
    assert await shown("61") == ("FULL", [])
    assert await shown("59") == ("HIDDEN", ["PRICE_OUTLIER_LOW"])
    assert await in_line()


async def test_a_stock_is_set_only_if_it_is_what_the_caller_believes(db: None) -> None:
    owner, _ = await seller()
    item = {"sku": "SKU-0", "quantity": 2, "ifQuantity": 3}

    first = await call(owner, "updateStock", [item])
    second = await call(owner, "updateStock", [item])

    assert first["results"][0]["outcome"] == "APPLIED"
    [refused] = second["results"]
    assert (refused["outcome"], refused["code"], refused["current"]) == (
        "REJECTED",
        "CONFLICT",
        "2",
    )


async def test_an_older_push_is_ignored_and_told_what_is_known(db: None) -> None:
    owner, _ = await seller()
    await call(owner, "updateStock", [{"sku": "SKU-0", "quantity": 5, "sequence": 10**15}])

    for sequence in (10**15, str(10**15 - 1), 0):
        item = {"sku": "SKU-0", "quantity": 1, "sequence": sequence}
        [told] = (await call(owner, "updateStock", [item]))["results"]
        assert (told["outcome"], told["code"]) == ("IGNORED_STALE", "STALE_SEQUENCE")
        assert told["current"] == told["sequence"] == str(10**15)
    assert (await own(owner))["quantity"] == 5


@pytest.mark.parametrize("sequence", [-1, "1.5", 10**18])
async def test_a_sequence_is_a_whole_number(db: None, sequence: Any) -> None:
    owner, _ = await seller()
    item = {"sku": "SKU-0", "quantity": 5, "sequence": sequence}

    assert await outcomes(owner, "updateStock", [item]) == [("REJECTED", "QUANTITY_INVALID")]


async def test_one_key_has_one_effect_and_one_answer(db: None) -> None:
    owner, _ = await seller()
    item = {"sku": "SKU-0", "quantity": 5}

    first = await call(owner, "updateStock", [item], "k")
    await call(owner, "updateStock", [{"sku": "SKU-0", "quantity": 1}])
    assert await call(owner, "updateStock", [item], "k") == first
    assert (await own(owner))["quantity"] == 1
    reused = await refusal(
        DOCUMENTS["updateStock"], key_of(owner, *SCOPES), items=[item, item], key="k"
    )
    assert reused["reason"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_call_is_one_row_of_the_audit_log(db: None) -> None:
    owner, _ = await seller()

    await call(owner, "updateStock", [{"sku": f"SKU-{n}", "quantity": 1} for n in range(2)])

    [row] = await fetch("SELECT action, actor_kind, after::text AS after FROM audit_log")
    assert (row["action"], row["actor_kind"]) == ("updateStock", "MERCHANT")
    assert '"APPLIED": 2' in row["after"]


@pytest.mark.parametrize("count", [0, 1001])
async def test_a_call_has_1_to_1000_items(db: None, count: int) -> None:
    owner, _ = await seller()

    told = await call(owner, "deleteOffers", ["SKU-0"] * count)

    assert (told["code"], told["sent"], told["limit"]) == ("ITEM_COUNT_WRONG", count, 1000)
    assert (await own(owner))["status"] == "LIVE"


async def test_offers_of_another_merchant_are_unknown(db: None) -> None:
    owner, _ = await seller()
    stranger = await factories.merchant("stranger")

    for name, given in (
        ("updateStock", [{"sku": "SKU-0", "quantity": 0}]),
        ("deleteOffers", ["SKU-0"]),
        ("pauseOffers", ["SKU-0"]),
        ("confirmPrices", ["SKU-0"]),
    ):
        assert await outcomes(stranger, name, given) == [("REJECTED", "UNKNOWN_SKU")]
    offer = (await own(owner))["offerId"]
    read = "query($id: ID) { offer(id: $id) { sku } }"
    assert (await data(read, key_of(stranger, *SCOPES), id=offer)) == {"offer": None}
    assert await seen() == [(2, 19990, 3), (2, 19990, 3)]


async def test_a_key_that_only_reads_changes_nothing(db: None) -> None:
    owner, _ = await seller()
    item = {"sku": "SKU-0", "quantity": 0}

    told = await refusal(
        DOCUMENTS["updateStock"], key_of(owner, "offers:read"), items=[item], key="k"
    )

    assert told["code"] == "FORBIDDEN"
    assert (await own(owner))["quantity"] == 3


async def test_a_deleted_offer_is_out_of_sight_and_back_when_it_is_sent(db: None) -> None:
    owner, _ = await seller()

    assert await outcomes(owner, "deleteOffers", ["SKU-0", "nowhere"]) == [
        ("APPLIED", None),
        ("REJECTED", "UNKNOWN_SKU"),
    ]
    gone = await own(owner)
    assert (gone["status"], gone["quantity"]) == ("ABSENT", 0)
    assert gone["markets"][0]["visibility"] == "HIDDEN"
    assert await outcomes(owner, "deleteOffers", ["SKU-0"]) == [("UNCHANGED", None)]
    await call(owner, "updateStock", [{"sku": "SKU-0", "quantity": 4}])
    assert (await own(owner))["markets"][0]["visibility"] == "FULL"
    assert await in_line()


async def test_a_pause_holds_whatever_feeds_say_until_it_is_taken_back(db: None) -> None:
    owner, items = await seller()
    feed = await fetchval("SELECT id FROM feed WHERE merchant_id = $1", owner.id)

    assert await outcomes(owner, "pauseOffers", ["SKU-0"]) == [("APPLIED", None)]
    assert await outcomes(owner, "pauseOffers", ["SKU-0"]) == [("UNCHANGED", None)]
    rows = [line(items[n], f"SKU-{n}", "150") for n in range(2)]
    await factories.run(await Feed.get(id=feed), rows, force=True)
    paused = await own(owner)
    assert (paused["status"], paused["pausedBecause"]) == ("PAUSED", "PAUSED_BY_MERCHANT")
    assert paused["price"]["amount"] == "150.00"
    assert await outcomes(owner, "resumeOffers", ["SKU-0"]) == [("APPLIED", None)]
    assert (await own(owner))["markets"][0]["visibility"] == "FULL"
    await call(owner, "deleteOffers", ["SKU-0"])
    assert await outcomes(owner, "pauseOffers", ["SKU-0"]) == [("REJECTED", "NOT_CHANGEABLE")]
    assert await in_line()


async def _update(owner: Any, **given: Any) -> Any:
    asked = {"sku": "SKU-0", "idempotencyKey": str(given), **given}
    return (await data(UPDATE, key_of(owner, *SCOPES), input=asked))["updateOffer"]


async def test_one_offer_is_changed_and_read_back_in_one_call(db: None) -> None:
    owner, _ = await seller()

    told = await _update(owner, quantity=1, price="180", paused=True)

    assert told["outcome"] == "APPLIED"
    assert told["offer"] == {"quantity": 1, "status": "PAUSED", "price": {"amount": "180.00"}}
    assert await in_line()


async def test_a_refusal_of_one_offer_says_what_is_known(db: None) -> None:
    owner, _ = await seller()
    await _update(owner, quantity=2, sequence=7)

    stale = await _update(owner, quantity=1, sequence=6)
    conflict = await _update(owner, quantity=1, ifQuantity=9)
    unknown = await _update(owner, sku="nowhere", quantity=1)

    assert (stale["code"], stale["currentSequence"]) == ("STALE_SEQUENCE", "7")
    assert (conflict["code"], conflict["currentStock"]) == ("CONFLICT", 2)
    assert (unknown["code"], unknown["field"]) == ("UNKNOWN_SKU", "sku")
    assert (await own(owner))["quantity"] == 2


async def test_a_thousand_items_are_one_call(db: None) -> None:
    owner, items = await seller()
    whole = {"gtin": items[0].gtin, "grade": "GOOD", "price": "150", "quantity": 2}

    told = await call(owner, "upsertOffers", [{**whole, "sku": f"N-{n}"} for n in range(1000)])
    again = await call(
        owner, "updateStock", [{"sku": f"N-{n}", "quantity": 2} for n in range(1000)]
    )

    assert (told["applied"], again["unchanged"]) == (1000, 1000)
    assert await in_line()


async def test_problems_are_explained_in_french_too(db: None) -> None:
    owner, _ = await seller()
    asked = DOCUMENTS["updateStock"].replace("message", 'message(locale: "fr")', 1)
    item = {"sku": "SKU-0", "quantity": 1, "ifQuantity": 9}

    body = await answer(asked, key_of(owner, *SCOPES), items=[item], key="k")

    [told] = body["data"]["updateStock"]["results"]
    assert told["message"] == "Le stock n'est plus de 9."
