"""An organisation sends a file over HTTP; nobody else reads it or learns of it."""

import gzip
import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from models.base import fetchval
from models.offers import files
from tests import factories, identity
from tests.boucle.edge import key, serving
from tests.boucle.test_asgi_uploads import _error

URL = "/v1/organisation/files"
FILE = b"tag,serial\nA-1,SN1\n"


@pytest.fixture
async def client(db: None, database_url: str):
    async with serving(database_url) as client:
        yield client


async def bearer(scope: str = "fleets:write", slug: str = "cobalt") -> tuple[dict[str, str], UUID]:
    of = await identity.organisation(slug)
    text, _ = await key(None, scope, organisation_id=of.id)
    return {"Authorization": f"Bearer {text}"}, of.id


async def test_a_file_is_kept_once_with_its_hash(client, tmp_path: Path) -> None:
    headers, owner = await bearer()
    first = await client.post(URL, content=FILE, headers=headers)
    packed = {**headers, "Content-Encoding": "gzip"}
    again = await client.post(URL, content=gzip.compress(FILE), headers=packed)

    digest = hashlib.sha256(FILE).hexdigest()
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert (first.json()["sha256"], first.json()["bytes"]) == (digest, len(FILE))
    kept = UUID(first.json()["file_id"])
    assert await files.load(kept, tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == FILE
    found = await files.of_organisation(owner, kept)
    assert found is not None
    assert found.sha256 == digest


async def test_the_same_content_of_another_organisation_is_another_file(client) -> None:
    (one, owner), (other, stranger) = await bearer(), await bearer(slug="dune")
    first = await client.post(URL, content=FILE, headers=one)
    second = await client.post(URL, content=FILE, headers=other)

    kept = UUID(first.json()["file_id"])
    assert second.status_code == 201
    assert second.json()["file_id"] != first.json()["file_id"]
    assert await files.of_organisation(owner, kept) is not None
    assert await files.of_organisation(stranger, kept) is None


@pytest.mark.parametrize("scope", ["fleets:read", "lots:write"])
async def test_who_may_not_declare_a_fleet_sends_no_file(client, scope: str) -> None:
    headers, _ = await bearer(scope)
    refused = await client.post(URL, content=FILE, headers=headers)

    assert _error(refused) == (403, "FORBIDDEN", "SCOPE_NOT_GRANTED")
    assert await fetchval("SELECT count(*) FROM stored_file") == 0


async def test_a_merchant_and_a_visitor_send_no_file_of_a_fleet(client) -> None:
    text, _ = await key((await factories.merchant()).id, "lots:write", "feeds:write")
    merchant = await client.post(URL, content=FILE, headers={"Authorization": f"Bearer {text}"})
    visitor = await client.post(URL, content=FILE)

    assert (merchant.status_code, visitor.status_code) == (401, 401)
    assert await fetchval("SELECT count(*) FROM stored_file") == 0


async def test_an_empty_file_and_a_bomb_are_refused(client) -> None:
    headers, _ = await bearer()
    empty = await client.post(URL, content=b"", headers=headers)
    bomb = gzip.compress(b"0" * 200_000_000, 9)
    packed = {**headers, "Content-Encoding": "gzip"}
    refused = await client.post(URL, content=bomb, headers=packed)

    assert _error(empty) == (422, "BAD_USER_INPUT", "FEED_EMPTY")
    assert _error(refused) == (413, "BAD_USER_INPUT", "ARCHIVE_BOMB")
    assert await fetchval("SELECT count(*) FROM stored_file") == 0
