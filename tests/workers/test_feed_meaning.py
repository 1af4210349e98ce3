"""What a feed's lines mean for the offers: those it names, and those it does not."""

from collections.abc import Sequence

import pytest

from domain.offers.lines import FeedMode, FeedRunState
from models.base import fetch, fetchval
from models.merchants import Merchant
from models.offers.feeds import Feed
from tests import factories
from tests.factories import Item, line, offers, outcomes, run, statuses

PENDING = {"gtin": factories.gtin(900), "brand": "Calder", "model": "C9"}


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world()


@pytest.fixture
async def atelier(items: list[Item]) -> Merchant:
    return await factories.merchant()


@pytest.fixture
async def full(atelier: Merchant) -> Feed:
    return await factories.feed(atelier)


async def rivals(item: Item, count: int, price: str = "200.00") -> None:
    """So many other merchants with an offer of this item."""
    for number in range(count):
        rival = await factories.merchant(f"rival-{number}")
        await run(await factories.feed(rival), [line(item, "R", price)])


async def reasons(sku: str) -> Sequence[str]:
    found: Sequence[str] = await fetchval(
        "SELECT m.reasons FROM offer_market m JOIN offer o ON o.id = m.offer_id WHERE sku_key = $1",
        sku,
    )
    return found


async def test_a_full_feed_makes_offers_of_its_lines(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    done = await run(full, [line(items[0], "A"), line(items[1], "B", "99.00", quantity=0)])

    assert (done.state, done.created, done.lines_read) == (FeedRunState.COMPLETED, 2, 2)
    assert await outcomes(done) == [("CREATED", None)] * 2
    stored = await factories.of_sku(atelier, "A")
    assert (stored["variant_id"], stored["price_minor"], stored["quantity"]) == (
        items[0].variant_id,
        19990,
        3,
    )
    best = await fetch("SELECT variant_id, offers, landed_minor FROM best_offer")
    assert [tuple(row) for row in best] == [(items[0].variant_id, 1, 19990 + 149)]


async def test_an_offer_missing_from_a_full_feed_is_absent(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    both = [line(items[0], "A"), line(items[1], "B")]
    await run(full, both)
    done = await run(full, both[:1])

    assert (done.unchanged, done.absent, done.updated) == (1, 1, 0)
    assert await statuses(atelier) == {"a": "LIVE", "b": "ABSENT"}
    assert (await factories.of_sku(atelier, "B"))["quantity"] == 0
    assert await reasons("b") == ["ABSENT_FROM_FEED"]
    assert await fetchval("SELECT sum(offers) FROM best_offer") == 1


async def test_an_absent_offer_comes_back_with_the_same_content(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    both = [line(items[0], "A"), line(items[1], "B")]
    await run(full, both)
    before = await offers(atelier)
    await run(full, both[:1])
    done = await run(full, both)

    assert await outcomes(done) == [("UNCHANGED", None), ("UPDATED", None)]
    assert await offers(atelier) == before
    assert await fetchval("SELECT sum(offers) FROM best_offer") == 2


async def test_a_full_feed_says_nothing_of_the_offers_of_another_feed(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(await factories.feed(atelier, name="other"), [line(items[0], "A")])
    done = await run(full, [line(items[1], "B")])

    assert done.absent == 0
    assert await statuses(atelier) == {"a": "LIVE", "b": "LIVE"}


async def test_a_delta_changes_what_it_names_and_keeps_the_rest(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, [line(items[0], "A", note="boxed"), line(items[1], "B")])
    before = await offers(atelier)
    delta = await factories.feed(atelier, FeedMode.DELTA)
    done = await run(delta, [{"sku": "a", "quantity": 8, "price": ""}])

    assert (done.updated, done.absent, done.lines_read) == (1, 0, 1)
    stored = await factories.of_sku(atelier, "A")
    assert (stored["quantity"], stored["price_minor"], stored["note"]) == (8, 19990, "boxed")
    assert stored["variant_id"] == items[0].variant_id
    assert (await offers(atelier))["b"] == before["b"]


async def test_a_stock_feed_leaves_a_full_feed_its_offers(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    both = [line(items[0], "A"), line(items[1], "B")]
    await run(full, both)
    stock = await factories.feed(atelier, FeedMode.STOCK)
    await run(stock, [{"sku": "B", "quantity": 9}])
    done = await run(full, both[:1])

    assert done.absent == 1
    assert await statuses(atelier) == {"a": "LIVE", "b": "ABSENT"}


async def test_a_stock_feed_that_repeats_what_is_stored_changes_nothing_in_either_feed(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    both = [line(items[0], "A"), line(items[1], "B")]
    await run(full, both)
    stock = await factories.feed(atelier, FeedMode.STOCK)
    told = await run(stock, [{"sku": "A", "quantity": 3}, {"sku": "B", "quantity": 4}])
    again = await run(full, [both[0], both[1] | {"quantity": 4}])

    assert await outcomes(told) == [("UNCHANGED", None), ("UPDATED", None)]
    assert await outcomes(again) == [("UNCHANGED", None)] * 2


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        pytest.param(FeedMode.STOCK, {"quantity": 1}, id="stock"),
        pytest.param(FeedMode.PRICES, {"price": "9.00"}, id="prices"),
    ],
)
async def test_a_feed_of_stock_or_prices_makes_no_new_offer(
    atelier: Merchant, mode: FeedMode, row: dict[str, object]
) -> None:
    done = await run(await factories.feed(atelier, mode), [{"sku": "NEW"} | row])

    assert await outcomes(done) == [("REJECTED", "UNKNOWN_SKU")]
    assert await offers(atelier) == {}


async def test_a_feed_of_prices_changes_the_price_only(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, [line(items[0], "A")])
    done = await run(
        await factories.feed(atelier, FeedMode.PRICES), [{"sku": "A", "price": "150.00"}]
    )

    assert done.updated == 1
    stored = await factories.of_sku(atelier, "A")
    assert (stored["price_minor"], stored["quantity"]) == (15000, 3)


async def test_a_rejected_line_keeps_its_offer_as_it_was(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    rows = [line(items[n % 4], f"S{n}") for n in range(10)]
    await run(full, rows)
    before = await offers(atelier)
    done = await run(full, [rows[0] | {"grade": "mint-ish", "price": "5.00"}, *rows[1:]])

    assert (await outcomes(done))[0] == ("REJECTED", "GRADE_UNKNOWN")
    assert (done.absent, done.rejected) == (0, 1)
    assert await offers(atelier) == before


async def test_three_wrong_prices_in_a_row_pause_an_offer_and_a_good_one_revives_it(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    rows = [line(items[n % 4], f"S{n}") for n in range(10)]
    wrong = [rows[0] | {"price": "N/A"}, *rows[1:]]
    seen = []
    for given in (rows, wrong, wrong, rows, wrong, wrong, wrong, rows):
        await run(full, given)
        seen.append((await statuses(atelier))["s0"])

    assert seen == ["LIVE"] * 6 + ["PAUSED", "LIVE"]


async def test_a_price_far_below_the_others_counts_as_a_wrong_price(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await rivals(items[0], 5)
    rows = [line(items[0], "X"), *(line(items[1], f"S{n}") for n in range(9))]
    await run(full, rows)
    for _ in range(3):
        await run(full, [rows[0] | {"price": "18.00"}, *rows[1:]])

    stored = await factories.of_sku(atelier, "X")
    assert (stored["status"], stored["price_minor"]) == ("PAUSED", 19990)


async def test_an_explicit_deletion_makes_the_offer_absent_once(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, [line(items[0], "A"), line(items[1], "B")])
    delta = await factories.feed(atelier, FeedMode.DELTA)
    gone = [{"sku": "A", "deleted": "true"}, {"sku": "NEVER", "deleted": "true"}]
    first, second = await run(delta, gone), await run(delta, gone)

    assert await outcomes(first) == [("DELETED", None), ("REJECTED", "UNKNOWN_SKU")]
    assert await outcomes(second) == [("UNCHANGED", None), ("REJECTED", "UNKNOWN_SKU")]
    assert await statuses(atelier) == {"a": "ABSENT", "b": "LIVE"}


async def test_all_lines_of_a_sku_sent_twice_are_rejected_in_a_full_feed(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    good = [line(items[n % 4], f"S{n}") for n in range(10)]
    twice = [line(items[0], "A", "1.00"), *good, line(items[1], "a")]
    done = await run(full, twice)

    duplicate = ("REJECTED", "DUPLICATE_SKU")
    assert await outcomes(done) == [duplicate, *[("CREATED", None)] * 10, duplicate]
    assert "a" not in await offers(atelier)


async def test_a_good_line_does_not_win_over_a_wrong_one_of_the_same_sku(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    good = [line(items[n % 4], f"S{n}") for n in range(10)]
    await run(full, good)
    done = await run(full, [*good, line(items[0], "S0", "8.00", quantity="many")])

    assert (await outcomes(done))[0] == ("REJECTED", "DUPLICATE_SKU")
    assert (await factories.of_sku(atelier, "S0"))["price_minor"] == 19990


async def test_the_last_line_of_a_sku_wins_in_a_delta(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, [line(items[0], "A")])
    delta = await factories.feed(atelier, FeedMode.DELTA)
    done = await run(delta, [{"sku": "A", "quantity": n} for n in (7, 8, 9)])

    earlier = ("IGNORED_STALE", "DUPLICATE_SKU")
    assert await outcomes(done) == [earlier, earlier, ("UPDATED", None)]
    assert (await factories.of_sku(atelier, "A"))["quantity"] == 9


@pytest.mark.parametrize(
    ("column", "newer", "older"),
    [
        pytest.param("source_updated_at", "2026-05-04T10:00:00Z", "2026-05-04T09:59:59Z", id="at"),
        pytest.param("sequence", "10", "9", id="sequence"),
    ],
)
async def test_an_older_line_loses_against_a_newer_stored_one(
    items: list[Item], atelier: Merchant, column: str, newer: str, older: str
) -> None:
    delta = await factories.feed(atelier, FeedMode.DELTA)
    await run(delta, [line(items[0], "A", **{column: newer})])
    late = await run(delta, [{"sku": "A", "quantity": 9, column: older}])
    same = await run(delta, [{"sku": "A", "quantity": 5, column: newer}])

    assert await outcomes(late) == [("IGNORED_STALE", "STALE_LINE")]
    assert await outcomes(same) == [("UPDATED", None)]
    assert (await factories.of_sku(atelier, "A"))["quantity"] == 5


async def test_an_unknown_product_waits_and_is_found_once_its_gtin_is_known(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    rows = [line(items[0], "A"), line(items[0], "P") | PENDING]
    first, second = await run(full, rows), await run(full, rows)
    hidden = await fetchval("SELECT count(*) FROM offer_market")
    await factories.learn(items[3].variant_id, factories.gtin(900))
    third = await run(full, rows)

    assert (await outcomes(first))[1] == ("PENDING_PRODUCT", None)
    assert (await outcomes(second))[1] == ("UNCHANGED", None)
    assert (await outcomes(third))[1] == ("UPDATED", None)
    assert hidden == 1
    assert (await factories.of_sku(atelier, "P"))["variant_id"] == items[3].variant_id
    assert await fetchval("SELECT sum(offers) FROM best_offer") == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param(PENDING | {"brand": ""}, "PRODUCT_UNKNOWN", id="no brand to propose"),
        pytest.param({"gtin": ""}, "PRODUCT_UNKNOWN", id="no number"),
        pytest.param({"markets": "GB"}, "MARKET_NOT_ALLOWED", id="a market of others"),
        pytest.param({"currency": "GBP"}, "CURRENCY_NOT_ALLOWED", id="pounds in France"),
        pytest.param({"price": "9999999999999.00"}, "PRICE_INVALID", id="beyond any price"),
    ],
)
async def test_a_line_that_cannot_be_sold_is_rejected_with_its_code(
    items: list[Item], atelier: Merchant, full: Feed, more: dict[str, object], code: str
) -> None:
    good = [line(items[n % 4], f"S{n}") for n in range(10)]
    done = await run(full, [*good, line(items[0], "X") | more])

    assert (done.state, done.created) == (FeedRunState.COMPLETED, 10)
    assert (await outcomes(done))[-1] == ("REJECTED", code)
    assert "x" not in await offers(atelier)


async def test_a_price_under_a_tenth_of_the_others_median_is_rejected(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await rivals(items[0], 5)
    good = [line(items[1], f"S{n}") for n in range(10)]
    done = await run(full, [*good, line(items[0], "X", "18.00")])

    assert (await outcomes(done))[-1] == ("REJECTED", "PRICE_OUTLIER")
    assert "x" not in await offers(atelier)


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        pytest.param("60.00", ["PRICE_OUTLIER_LOW"], id="under 40 %"),
        pytest.param("90.00", [], id="over 40 %"),
        pytest.param("490.00", [], id="under 250 %"),
        pytest.param("520.00", ["PRICE_OUTLIER_HIGH"], id="over 250 %"),
    ],
)
async def test_a_price_far_from_the_others_is_hidden(
    items: list[Item], full: Feed, price: str, expected: list[str]
) -> None:
    await rivals(items[0], 5)
    await run(full, [line(items[0], "X", price)])

    assert await reasons("x") == expected


async def test_four_merchants_are_too_few_to_judge_a_price(items: list[Item], full: Feed) -> None:
    await rivals(items[0], 4)
    done = await run(full, [line(items[0], "X", "18.00")])

    assert await outcomes(done) == [("CREATED", None)]
    assert await reasons("x") == []


async def test_every_line_has_exactly_one_outcome(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, [line(items[n % 4], f"S{n}") for n in range(20)])
    rows = [line(items[n % 4], f"S{n}") for n in range(20)]
    rows[2] |= {"price": "0", "grade": "odd", "quantity": "-4"}
    rows[3] |= {"gtin": "4006381333932"}
    rows[4] |= {"price": "199.904"}
    rows[5] |= {"price": "210.005"}
    done = await run(full, [*rows, line(items[0], "P") | PENDING])

    assert await factories.counted_once(done)
    assert (done.lines_read, done.unchanged, done.updated) == (21, 17, 1)
    assert (done.pending, done.rejected, done.absent) == (1, 2, 0)


async def test_every_line_of_a_delta_has_exactly_one_outcome(
    items: list[Item], atelier: Merchant, full: Feed
) -> None:
    await run(full, [line(items[n % 4], f"S{n}", sequence=5) for n in range(9)])
    delta = await factories.feed(atelier, FeedMode.DELTA)
    rows: list[dict[str, object]] = [
        {"sku": "S0", "quantity": 3},
        {"sku": "S1", "deleted": "yes"},
        {"sku": "S2", "quantity": 9, "sequence": 4},
        {"sku": "S3", "quantity": 1},
        {"sku": "S3", "quantity": 2},
        {"sku": "S4", "price": "abc"},
        {"sku": "", "quantity": 1},
        {"sku": "NEW", "quantity": 1},
    ]
    done = await run(delta, rows)

    assert await factories.counted_once(done)
    assert [outcome for outcome, _ in await outcomes(done)] == [
        *("UNCHANGED", "DELETED", "IGNORED_STALE", "IGNORED_STALE", "UPDATED"),
        *("REJECTED", "REJECTED", "REJECTED"),
    ]
