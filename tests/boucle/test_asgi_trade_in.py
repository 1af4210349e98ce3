"""A merchant's bids as a CSV file: one outcome a line, and a file to mend."""

from collections.abc import AsyncGenerator
from typing import Any

import httpx
import pytest

from models.base import fetch
from models.merchants import Merchant
from tests import factories, trade_in
from tests.boucle.edge import key, serving
from tests.factories import Item

PATH = "/v1/trade-in/bids:import"


@pytest.fixture
async def items(db: None) -> list[Item]:
    found = await factories.world(1, 3)
    await trade_in.reference()
    return found


@pytest.fixture
async def owner(items: list[Item]) -> Merchant:
    return await factories.merchant(markets=("DE", "FR"))


@pytest.fixture
async def client(owner: Merchant, database_url: str) -> AsyncGenerator[httpx.AsyncClient]:
    text, _ = await key(owner.id, "trade_in:write")
    async with serving(database_url) as client:
        client.headers["authorization"] = f"Bearer {text}"
        yield client


def file_of(items: list[Item], *more: str) -> bytes:
    lines = [
        "GTIN;Grade;Country;Price;Quantity;note",
        f"{items[0].gtin};B;FR;142,50;5;first",
        f"{items[1].gtin};stallone;FR;20,00;;a word of another scale",
        f'{items[1].gtin};C;DE;"1.299,00";;',
        f"{items[1].gtin};D;DE;-3;;negative",
        "2000000000016;A;FR;1,00;;wrong number",
        f"{items[2].gtin};A;GB;10,00;;no market of theirs",
        f"{items[2].gtin};A;FR",
        f"{items[2].gtin};E;FR;0;;off",
        *more,
    ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


async def test_each_line_of_a_file_has_one_outcome_and_the_bad_ones_come_back_to_be_mended(
    client: httpx.AsyncClient, items: list[Item]
) -> None:
    asked: dict[str, Any] = {"content": file_of(items), "headers": {"idempotency-key": "night"}}
    told = await client.post(PATH, params={"scheme": "letters"}, **asked)
    fix = await client.post(PATH, params={"scheme": "letters", "fix_file": "true"}, **asked)
    rows = await fetch(
        "SELECT grade, market, amount_minor, stock_cap FROM trade_in_bid ORDER BY 2, 1"
    )

    body = told.json()
    assert told.status_code == 200
    assert {k: body[k] for k in ("lines", "applied", "ignored_stale", "rejected")} == {
        "lines": 8, "applied": 3, "ignored_stale": 0, "rejected": 5,
    }  # fmt: skip
    assert [(each["line"], each.get("code")) for each in body["results"]] == [
        (2, None), (3, "GRADE_UNKNOWN"), (4, None), (5, "PRICE_INVALID"), (6, "GTIN_INVALID"),
        (7, "MARKET_NOT_ALLOWED"), (8, "LINE_UNREADABLE"), (9, None),
    ]  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("FUNCTIONAL_USED", "DE", 1_299_00, None), ("FUNCTIONAL_GOOD", "FR", 142_50, 5),
        ("NOT_FUNCTIONAL_CRACKED", "FR", 0, None),
    ]  # fmt: skip
    assert fix.headers["content-type"] == "text/csv; charset=utf-8"
    lines = fix.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("GTIN;Grade;Country;Price;Quantity;note;error-line;error-code;")
    assert [line.split(";")[6:8] for line in lines[1:5]] == [
        ["3", "GRADE_UNKNOWN"], ["5", "PRICE_INVALID"], ["6", "GTIN_INVALID"],
        ["7", "MARKET_NOT_ALLOWED"],
    ]  # fmt: skip
    assert len(lines) == 6
    mended = fix.content.replace(b"stallone", b"D").replace(b";-3;", b";3,50;")
    again = await client.post(PATH, params={"scheme": "letters"}, content=mended)
    assert (again.json()["applied"], again.json()["rejected"]) == (2, 3)


async def test_metals_are_words_of_another_scale(
    client: httpx.AsyncClient, items: list[Item]
) -> None:
    body = f"gtin,grade,market,amount\n{items[0].gtin},stallone,FR,12.30\n".encode()
    good = await client.post(PATH, params={"scheme": "metals"}, content=body)
    unknown = await client.post(PATH, params={"scheme": "stones"}, content=body)

    assert good.json()["applied"] == 1
    assert (unknown.status_code, unknown.json()["errors"][0]["extensions"]["reason"]) == (
        422, "INVALID_PARAMETER",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "FEED_EMPTY"),
        (b"gtin,grade,market,amount\n", "FEED_EMPTY"),
        (b"gtin,grade,amount\n1,A,2\n", "HEADER_MISSING"),
        (b"gtin,gtin,grade,market,amount\n1,1,A,FR,2\n", "HEADER_MISSING"),
        (b"PK\x03\x04" + b"0" * 50, None),
    ],
)
async def test_a_file_that_cannot_be_used_is_refused_whole(
    client: httpx.AsyncClient, content: bytes, reason: str | None
) -> None:
    found = await client.post(PATH, content=content)

    assert found.status_code == 422
    if reason is not None:
        assert found.json()["errors"][0]["extensions"]["reason"] == reason
    assert await fetch("SELECT FROM trade_in_bid") == []


async def test_whoever_may_not_bid_may_not_send_a_file(
    client: httpx.AsyncClient, owner: Merchant, items: list[Item]
) -> None:
    text, _ = await key(owner.id, "trade_in:read")
    for header, status in (({}, 401), ({"authorization": f"Bearer {text}"}, 403)):
        client.headers.pop("authorization", None)
        found = await client.post(PATH, content=file_of(items), headers=header)
        assert found.status_code == status
