"""Anybody with a code reads the page of its device, and prints its QR code; nobody else does."""

from collections.abc import AsyncGenerator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from boucle import pages
from boucle.settings import Settings
from domain.units import UnitEventKind
from domain.units.codes import spaced
from models.units import passports
from models.units.claims import note_many
from resolvers.context import Caller
from tests import devices, factories
from tests.schema.asking import OPERATIONS, Json, served


async def _ask(query: str, variables: Mapping[str, Any], caller: Caller | None = None) -> Json:
    async with served():
        return await OPERATIONS.ask(query, variables, caller)


@pytest.fixture
async def client(tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    settings = Settings.load({"BOUCLE_HOME": str(tmp_path), "BOUCLE_PUBLIC_URL": "https://s.test"})
    transport = httpx.ASGITransport(Starlette(routes=pages.routes(settings, _ask)))
    async with httpx.AsyncClient(transport=transport, base_url="http://s.test") as client:
        yield client


@pytest.fixture
async def code(db: None) -> str:
    (item,) = await factories.world(1, 1)
    owner = await factories.merchant()
    [unit] = await devices.in_stock(owner.id, item.variant_id)
    graded = {"scheme": "BOUCLE", "version": "1", "grade": "GOOD", "by": "MERCHANT", "note": "Ann"}
    part = {"part": "BATTERY", "origin": "SECOND_HAND", "supplierReference": "Ann"}
    wiped = {"result": "VALIDATED", "method": "PURGE", "at": devices.NOW.isoformat(), "tool": "Ann"}
    kinds = (UnitEventKind.GRADED, UnitEventKind.PART_REPLACED, UnitEventKind.ERASED)
    said = zip(kinds, (graded, part, wiped), strict=True)
    await note_many([(unit, kind, devices.NOW, data) for kind, data in said])
    return spaced((await passports.codes([(unit, 1)]))[unit, 1])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Device passport", "The record is intact", "second hand", "Validated", "Good"]),
        ("fr", ["Passeport d", "est intact", "occasion", "Validé", "Bon"]),
    ],
)
async def test_a_page_tells_what_is_public_in_both_languages(
    client: httpx.AsyncClient, code: str, language: str, words: list[str]
) -> None:
    shown = await client.get(f"/devices/{code}", params={"lang": language})

    assert shown.status_code == 200
    assert [word for word in [*words, "Calder", "2026-11-02", code] if word not in shown.text] == []
    assert "Ann" not in shown.text


async def test_a_code_is_shown_at_one_address_and_an_unknown_one_at_none(
    client: httpx.AsyncClient, code: str
) -> None:
    plain = await client.get(f"/devices/{code.replace('-', '').lower()}", params={"lang": "fr"})
    found = [(await client.get(f"/devices/{each}")).status_code for each in ("x", "A" * 14)]
    codes = [(await client.get(f"/devices/{each}/qr.svg")).status_code for each in ("x", "A" * 14)]

    assert (plain.status_code, plain.headers["location"]) == (301, f"/devices/{code}?lang=fr")
    assert found == codes == [404, 404]


async def test_a_qr_code_is_a_picture_that_runs_nothing(
    client: httpx.AsyncClient, code: str
) -> None:
    drawn = await client.get(f"/devices/{code}/qr.svg")

    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert drawn.text.lstrip().startswith("<?xml")
    assert "<script" not in drawn.text
    assert "sandbox" in drawn.headers["content-security-policy"]
