"""Partners' files end as the same offers; what a partner's mode means is what becomes of them."""

from pathlib import Path

import pytest

from domain.offers.lines import FeedFormat, FeedMode, FeedRunState
from integrations.feeds.mirakl import IMPORT_MODES
from models.merchants import Merchant
from tests import factories
from tests.factories import Item, of_sku, outcomes, run, statuses
from tests.integrations.feeds.workbook import xlsx
from tests.integrations.feeds.written import BOOKS, TEXTS, write

TOLD = [kind for kind in (*TEXTS, *BOOKS) if kind is not FeedFormat.NATIVE_CSV]


@pytest.fixture
async def items(db: None) -> list[Item]:
    return await factories.world()


@pytest.fixture
async def atelier(items: list[Item]) -> Merchant:
    return await factories.merchant()


def lines(items: list[Item], count: int = 4) -> list[dict[str, str]]:
    grades = ["EXCELLENT", "VERY_GOOD", "GOOD", "FAIR"]
    return [
        {
            "sku": f"S-{n}",
            "gtin": items[n % len(items)].gtin,
            "price": f"1{n}9.90",
            "grade": grades[n % 4],
            "quantity": str(n),
        }
        for n in range(count)
    ]


# What a format says beside this is its own: a title of a shop, for instance.
SAME = ("variant_id", "gtin", "grade", "price_minor", "currency", "quantity", "status", "markets")


@pytest.mark.parametrize("kind", TOLD)
async def test_a_format_that_nobody_named_ends_as_the_same_offers(
    items: list[Item], atelier: Merchant, tmp_path: Path, kind: FeedFormat
) -> None:
    of = await factories.feed(atelier, format=None)
    sent = lines(items)

    first = await run(of, write(FeedFormat.NATIVE_CSV, sent, tmp_path / "a").read_bytes())
    native = [{name: (await of_sku(atelier, line["sku"]))[name] for name in SAME} for line in sent]
    second = await run(of, write(kind, sent, tmp_path / "b").read_bytes())
    theirs = [{name: (await of_sku(atelier, line["sku"]))[name] for name in SAME} for line in sent]

    assert (first.created, second.created, second.rejected) == (4, 0, 0)
    assert (second.format, second.state) == (kind.value, FeedRunState.COMPLETED)
    assert theirs == native
    assert await factories.counted_once(second)


HEAD = "sku;product-id;product-id-type;price;state;quantity;update-delete\n"


async def test_a_normal_import_creates_changes_and_deletes_line_by_line(
    items: list[Item], atelier: Merchant
) -> None:
    of = await factories.feed(atelier, IMPORT_MODES["NORMAL"], format=FeedFormat.MIRAKL_CSV)
    gtin = items[0].gtin
    await run(of, (HEAD + f"A;{gtin};EAN;100,00;1;3;\nB;{gtin};EAN;90.00;3;3;update\n").encode())

    text = HEAD + f"A;;;;;5;\nB;;;;;;delete\nC;;;;;;delete\nD;{gtin};EAN;80.00;4;1;\n"
    done = await run(of, text.encode())

    assert await outcomes(done) == [
        ("UPDATED", None),
        ("DELETED", None),
        ("REJECTED", "UNKNOWN_SKU"),
        ("CREATED", None),
    ]
    kept = await of_sku(atelier, "A")
    assert (kept["price_minor"], kept["quantity"], kept["grade"]) == (10000, 5, 3)
    assert await statuses(atelier) == {"a": "LIVE", "b": "ABSENT", "d": "LIVE"}


async def test_a_replacing_import_takes_out_what_it_leaves_out(
    items: list[Item], atelier: Merchant
) -> None:
    of = await factories.feed(atelier, IMPORT_MODES["REPLACE"], format=FeedFormat.MIRAKL_CSV)
    gtin = items[0].gtin
    await run(of, (HEAD + f"A;{gtin};EAN;100,00;1;3;\nB;{gtin};EAN;90.00;3;3;\n").encode())

    done = await run(of, (HEAD + f"A;{gtin};EAN;100,00;1;3;\n").encode())

    assert (done.absent, await statuses(atelier)) == (1, {"a": "LIVE", "b": "ABSENT"})


async def test_a_partial_update_creates_and_deletes_nothing(
    items: list[Item], atelier: Merchant
) -> None:
    of = await factories.feed(atelier, IMPORT_MODES["PARTIAL_UPDATE"], format=None)
    full = await factories.feed(atelier, format=FeedFormat.MIRAKL_CSV)
    gtin = items[0].gtin
    good = f"{gtin};EAN;100,00;1;3"
    await run(full, (HEAD + f"A;{good};\nC;{good};\n").encode())

    text = HEAD + f"A;;;95,00;;;\nB;{gtin};EAN;90.00;3;3;\nC;;;;;;delete\n"
    done = await run(of, text.encode())

    assert await outcomes(done) == [
        ("UPDATED", None),
        ("REJECTED", "UNKNOWN_SKU"),
        ("REJECTED", "BAD_QUOTES"),
    ]
    assert (await of_sku(atelier, "A"))["price_minor"] == 9500
    assert await statuses(atelier) == {"a": "LIVE", "c": "LIVE"}


async def test_the_stock_of_warehouses_reaches_the_offer_as_their_sum(
    items: list[Item], atelier: Merchant
) -> None:
    full = await factories.feed(atelier, format=FeedFormat.MIRAKL_CSV)
    stock = await factories.feed(atelier, FeedMode.STOCK, format=None)
    await run(full, (HEAD + f"A;{items[0].gtin};EAN;100,00;1;3;\n").encode())

    done = await run(stock, b"offer-sku;quantity;warehouse-code;update-delete\nA;4;X;\nA;5;Y;\n")

    assert (done.lines_read, done.updated) == (1, 1)
    assert (await of_sku(atelier, "A"))["quantity"] == 9


async def test_a_workbook_is_read_by_the_mapping_that_is_stored_with_its_feed(
    items: list[Item], atelier: Merchant, tmp_path: Path
) -> None:
    mapping = {"Réf.": "sku", "EAN": "gtin", "Prix TTC": "price", "État": "grade", "Notes": ""}
    of = await factories.feed(atelier, format=None, mapping=mapping, sheet="Offres")
    rows = [["Réf.", "EAN", "Prix TTC", "État", "Notes"]]
    rows.append(["A", int(items[0].gtin), 199.9, "Bon état", "x"])
    path = xlsx(tmp_path / "w", {"Autre": [["sku"]], "Offres": rows})

    done = await run(of, path.read_bytes())

    assert (done.created, done.format) == (1, "SPREADSHEET")
    stored = await of_sku(atelier, "A")
    assert (stored["price_minor"], stored["grade"]) == (19990, 1)


async def test_a_mapped_file_that_changed_its_mapping_is_read_anew(
    items: list[Item], atelier: Merchant
) -> None:
    mapping = {"a": "price", "b": ""}
    of = await factories.feed(atelier, mapping=mapping)
    text = f"sku,gtin,grade,a,b\nA,{items[0].gtin},good,100.00,90.00\n".encode()
    await run(of, text)
    of.settings = {"mapping": {"b": "price", "a": ""}}
    await of.save(update_fields=["settings"])
    await factories.forget_feeds_of(atelier)

    done = await run(of, text)

    assert done.updated == 1
    assert (await of_sku(atelier, "A"))["price_minor"] == 9000
