"""Photos and documents are taken over HTTP: each bad one has its code, and each is its owner's."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

import httpx
import pytest

from boucle.asgi import create_app
from domain.units.attachments import MOST_BYTES, UNCLAIMED_KEPT, AttachmentPurpose
from models.base import Tenant, acting, fetchval
from models.jobs import Job
from models.outbox import enqueue
from models.units import attachments
from models.units.attachments import Owner
from resolvers.context import Context
from resolvers.units import documents
from tests import factories
from tests.boucle.edge import client_of, key, settings
from tests.jobs import work
from tests.photos import heic, photo, place_in
from tests.tenants import serving

PATH = "/v1/attachments?purpose=device_photo"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.fixture
async def client(db: None, database_url: str):
    app = create_app(settings(database_url))
    async with client_of(app) as client:
        client.seal = app.state.seal
        yield client


async def bearer(slug: str = "amber", scope: str = "trade_in:write") -> tuple[dict[str, str], UUID]:
    merchant = await factories.merchant(slug)
    text, _ = await key(merchant.id, scope)
    return {"Authorization": f"Bearer {text}"}, merchant.id


def refused(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["errors"][0]["extensions"]["reason"]


@pytest.mark.parametrize(
    ("body", "content_type", "name", "status", "reason"),
    [
        pytest.param(b"", "image/jpeg", "a.jpg", 422, "FILE_EMPTY", id="empty"),
        pytest.param(b"\xff", "image/jpeg", "a.jpg", 422, "FILE_TYPE_NOT_ALLOWED", id="a byte"),
        pytest.param(
            photo()[:400], "image/jpeg", "a.jpg", 422, "FILE_DAMAGED", id="a photo cut off"
        ),
        pytest.param(photo() + b"\0" * 20_000_000, "", "", 413, "FILE_TOO_LARGE", id="20 MB"),
        pytest.param(PDF, "", "a.jpg", 422, "FILE_TYPE_MISMATCH", id="a PDF named .jpg"),
        pytest.param(PDF, "image/jpeg", "", 422, "FILE_TYPE_MISMATCH", id="a PDF sent as a photo"),
        pytest.param(photo(), "", "a.pdf", 422, "FILE_TYPE_MISMATCH", id="a photo named .pdf"),
        pytest.param(photo(), "", "a.exe", 422, "FILE_TYPE_MISMATCH", id="an unknown ending"),
        pytest.param(PDF[:-8], "", "", 422, "FILE_DAMAGED", id="a PDF cut off"),
        pytest.param(SVG, "image/svg+xml", "a.svg", 422, "FILE_TYPE_NOT_ALLOWED", id="SVG"),
        pytest.param(SVG, "image/png", "a.png", 422, "FILE_TYPE_NOT_ALLOWED", id="SVG as PNG"),
        pytest.param(HTML, "text/html", "a.html", 422, "FILE_TYPE_NOT_ALLOWED", id="HTML"),
        pytest.param(
            b"GIF89a" + b"\0" * 99, "image/gif", "", 422, "FILE_TYPE_NOT_ALLOWED", id="GIF"
        ),
    ],
)
async def test_a_file_that_is_not_taken_has_its_code_and_leaves_nothing(
    client, body: bytes, content_type: str, name: str, status: int, reason: str
) -> None:
    headers, _ = await bearer()
    sent = headers | ({"Content-Type": content_type} if content_type else {})

    answer = await client.post(f"{PATH}&name={quote(name)}", content=body, headers=sent)

    assert refused(answer) == (status, reason)
    if reason == "FILE_TOO_LARGE":
        assert answer.json()["errors"][0]["extensions"]["maxBytes"] == MOST_BYTES
    if reason == "FILE_TYPE_MISMATCH":
        assert answer.json()["errors"][0]["extensions"]["found"] in {
            "application/pdf",
            "image/jpeg",
        }
    assert await fetchval("SELECT count(*) FROM attachment") == 0


async def test_a_body_without_a_length_is_counted_as_it_comes(client) -> None:
    headers, _ = await bearer()
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 4 * MOST_BYTES:
            sent += 1_048_576
            yield b"\xff" * 1_048_576
            await asyncio.sleep(0)

    answer = await client.post(PATH, content=pieces(), headers=headers)

    assert refused(answer) == (413, "FILE_TOO_LARGE")
    assert sent <= MOST_BYTES + 2 * 1_048_576


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (photo("JPEG"), "image/jpeg"),
        (photo("PNG"), "image/png"),
        (photo("WEBP"), "image/webp"),
        (heic(), "image/heic"),
        (PDF, "application/pdf"),
    ],
)
async def test_what_is_taken_is_kept_once_without_its_place_and_sent_as_a_download(
    client, body: bytes, kind: str
) -> None:
    headers, _ = await bearer()
    first = await client.post(PATH, content=body, headers=headers | {"Content-Type": kind})
    again = await client.post(PATH, content=body, headers=headers)

    assert (first.status_code, again.status_code) == (201, 200)
    told = first.json()
    assert told["attachment_id"] == again.json()["attachment_id"]
    assert told["sha256"] == hashlib.sha256(body).hexdigest()
    assert told["media_type"] == kind
    got = await client.get(told["document_path"])
    assert got.status_code == 200
    assert got.headers["content-type"] == kind
    assert got.headers["content-disposition"].startswith('attachment; filename="attachment-')
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    assert b"CANARY" not in got.content
    assert len(got.content) == told["bytes"]
    if kind in {"image/jpeg", "image/png", "image/webp"}:
        assert place_in(got.content) == {}
        assert (told["width"], told["height"]) == (64, 48)


async def test_only_who_is_known_and_may_write_sends_files_and_says_what_for(client) -> None:
    headers, _ = await bearer(scope="feeds:read")
    known, _ = await bearer("birch")

    assert refused(await client.post(PATH, content=PDF)) == (401, "UNAUTHENTICATED")
    assert refused(await client.post(PATH, content=PDF, headers=headers))[0] == 403
    for path in ("/v1/attachments", "/v1/attachments?purpose=fun"):
        answer = await client.post(path, content=PDF, headers=known)
        assert refused(answer) == (422, "INVALID_PARAMETER")
    more = await client.post(f"{PATH}&more=1", content=PDF, headers=known)
    assert refused(more) == (400, "UNKNOWN_PARAMETER")


async def test_two_who_send_the_same_photo_have_one_each_and_read_their_own(client) -> None:
    (one, one_id), (two, two_id) = await bearer("amber"), await bearer("birch")
    mine = UUID((await client.post(PATH, content=PDF, headers=one)).json()["attachment_id"])
    theirs = UUID((await client.post(PATH, content=PDF, headers=two)).json()["attachment_id"])
    customer, company = factories.some_id(), factories.some_id()

    assert mine != theirs
    for tenant in (
        Tenant(), Tenant(merchant_id=two_id), Tenant(user_id=customer),
        Tenant(organisation_id=company), Tenant(user_id=one_id),
    ):  # fmt: skip
        async with serving(), acting(tenant):
            assert await attachments.read([mine]) == {}
            assert await attachments.data(mine) is None
            owner = Owner(merchant_id=one_id)
            assert await attachments.of_owner([mine, theirs], owner) == []
    async with serving(), acting(Tenant(merchant_id=one_id)):
        found = await attachments.of_owner([theirs, mine, mine], Owner(merchant_id=one_id))
        assert [each.id for each in found] == [mine]
        await attachments.share([mine], Owner(customer_id=customer), "TradeIn", company)
        await attachments.share([mine], Owner(customer_id=customer), "TradeIn", company)
    for tenant, sees in (
        (Tenant(user_id=customer), True),
        (Tenant(merchant_id=one_id), True),
        (Tenant(merchant_id=two_id), False),
        (Tenant(organisation_id=company), False),
    ):
        async with serving(), acting(tenant):
            assert (mine in await attachments.read([mine])) is sees
            assert (await attachments.about([company]))[company] == ([mine] if sees else [])
            assert await attachments.of_owner([mine], Owner(customer_id=customer)) == []


async def test_what_nobody_claims_is_forgotten_and_what_is_claimed_is_kept(client) -> None:
    headers, merchant_id = await bearer()
    sent = [
        UUID((await client.post(PATH, content=PDF + tail, headers=headers)).json()["attachment_id"])
        for tail in (b"%1", b"%2")
    ]
    async with serving(), acting(Tenant(merchant_id=merchant_id)):
        await attachments.claim(sent[:1], datetime.now(UTC) + timedelta(days=730))

    await enqueue(Job.PURGE_ATTACHMENTS)
    await work(Job.PURGE_ATTACHMENTS)
    assert await fetchval("SELECT count(*) FROM attachment") == 2
    late = datetime.now(UTC) + UNCLAIMED_KEPT + timedelta(hours=1)
    assert await attachments.purge(late) == 1
    assert await fetchval("SELECT id FROM attachment") == sent[0]


async def test_an_owner_has_so_many_that_nothing_refers_to_and_no_more(
    client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resolvers.units.attachments.MOST_UNCLAIMED", 1)
    headers, _ = await bearer()
    first = await client.post(PATH, content=PDF, headers=headers)
    more = await client.post(PATH, content=PDF + b"%", headers=headers)

    assert refused(more) == (429, "TOO_MANY_UNCLAIMED")
    assert (await client.post(PATH, content=PDF, headers=headers)).status_code == 200
    await attachments.claim([UUID(first.json()["attachment_id"])], datetime.now(UTC))
    assert (await client.post(PATH, content=PDF + b"%", headers=headers)).status_code == 201


async def test_a_link_ends_and_one_that_was_changed_is_no_link(client) -> None:
    headers, _ = await bearer()
    told = (await client.post(PATH, content=PDF, headers=headers)).json()
    token = told["document_path"].removeprefix(documents.PATH)
    early = Context(seal=client.seal, now=datetime.now(UTC) - timedelta(hours=1))
    attachment = UUID(told["attachment_id"])
    ended = documents.link(early, "attachment", attachment, timedelta(minutes=59))
    gone = documents.link(Context(seal=client.seal), "attachment", factories.some_id())
    cursor = client.seal.close(b'["attachment", "x", 1]', "other list")

    assert (await client.get(told["document_path"])).status_code == 200
    assert refused(await client.get(ended)) == (410, "DOCUMENT_LINK_EXPIRED")
    assert refused(await client.get(gone)) == (404, "DOCUMENT_UNKNOWN")
    for place in range(0, len(token), 7):
        other = "A" if token[place] != "A" else "B"
        changed = token[:place] + other + token[place + 1 :]
        assert refused(await client.get(documents.PATH + changed))[0] == 404
    for wrong in ("x", cursor, token + "A", "%00", "é", "A" * 3000):
        assert (await client.get(documents.PATH + wrong)).status_code == 404
    assert attachment.hex not in token


def test_a_link_is_made_for_kinds_that_somebody_makes_and_for_a_week_at_most() -> None:
    with pytest.raises(KeyError):
        documents.link(Context(), "nothing", factories.some_id())
    for life in (timedelta(days=8), timedelta(0)):
        with pytest.raises(ValueError, match="7 days"):
            documents.link(Context(), "attachment", factories.some_id(), life)
    with pytest.raises(ValueError, match="elsewhere"):
        documents.register("attachment", documents.made)
    assert AttachmentPurpose("DEVICE_PHOTO") is AttachmentPurpose.DEVICE_PHOTO
