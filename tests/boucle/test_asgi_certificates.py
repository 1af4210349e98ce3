"""Whoever has a code reads, prints and verifies the certificate, without an account."""

import re

import httpx
import orjson
import pytest

from boucle import papers
from boucle.asgi import create_app
from domain.units.certificates import RevocationReason, shown
from domain.units.certificates.envelope import keys_in
from domain.units.certificates.verifying import Reason, verified
from models.units import certificates
from tests import factories
from tests.boucle.edge import client_of, settings
from tests.certificates import AT, avoided, issued, many_devices, one_device


@pytest.fixture
async def client(db: None, database_url: str):
    await factories.world(1, 1)
    async with client_of(create_app(settings(database_url))) as client:
        yield client


async def test_the_file_and_the_keys_are_all_that_a_verifier_needs(client) -> None:
    row = await issued(many_devices(3))

    file = await client.get(f"/certificates/{row.code}.json")
    keys = await client.get("/certificates/keys.json")

    assert file.headers["content-type"].startswith("application/json")
    found = verified(file.content, keys_in(keys.content))
    assert found.holds
    assert found.payload == (await certificates.envelope(row)).payload
    assert b"private" not in keys.content


async def test_the_page_says_each_step_in_both_languages_and_what_became_of_it(client) -> None:
    row = await issued(many_devices(3))
    page = await client.get(f"/certificates/{row.code}?lang=en")
    french = await client.get(f"/certificates/{row.code}?lang=fr")
    typed = await client.get(f"/certificates/{shown(row.code).lower()}")

    assert page.status_code == 200
    assert page.text.count('class="check-PASSED"') == 10
    assert "Verified: nothing failed." in page.text
    assert "La signature est authentique" in french.text
    assert (typed.status_code, typed.headers["location"]) == (301, f"/certificates/{row.code}")
    assert "7XJ2K" not in page.text

    await certificates.revoke(row.id, RevocationReason.DEVICE_RETURNED, AT)
    after = await client.get(f"/certificates/{row.code}?lang=en")
    assert Reason.CERTIFICATE_REVOKED in after.text
    assert "a device came back" in after.text
    assert "Not to be trusted" in after.text


async def test_the_page_of_an_erasure_says_how_each_medium_was_erased(client) -> None:
    row = await issued(one_device())

    page = await client.get(f"/certificates/{row.code}?lang=en")

    assert page.text.count("PURGE, CRYPTO_ERASE") == 2
    assert "Wiper 7.1" in page.text
    assert page.text.count("VALIDATED") == 2


async def test_a_fleet_says_what_it_is_not_as_file_as_page_and_on_paper(
    client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await issued(many_devices(3))
    file = (await client.get(f"/certificates/{row.code}.json")).json()
    page = await client.get(f"/certificates/{row.code}?lang=en")
    notes: list[str] = []
    monkeypatch.setattr(papers, "printed", lambda paper: notes.extend(paper.notes) or b"%PDF-")
    await client.get(f"/certificates/{row.code}.pdf?lang=fr")

    said = "Not an offset, not a carbon credit, not to be deducted from scopes 1, 2 or 3."
    assert said in file["payload"]["statement"]
    assert said in page.text
    french = await client.get(f"/certificates/{row.code}?lang=fr")
    assert any(said in note for note in notes)
    assert any("Ni compensation carbone, ni crédit carbone" in note for note in notes)
    assert said in french.text
    assert "Ni compensation carbone, ni crédit carbone" in french.text


async def test_the_page_of_an_impact_says_its_range_and_what_it_is_not(client) -> None:
    row = await issued(avoided())

    page = await client.get(f"/certificates/{row.code}?lang=en")

    assert "149.627000 · 298.627000 · 515.612000" in page.text
    assert "Not an offset, not a carbon credit" in page.text
    assert "DEVICES_NOT_LISTED" in page.text


async def test_a_code_is_typed_in_and_one_that_nobody_issued_is_not_there(client) -> None:
    form = await client.get("/certificates")
    sent = await client.get("/certificates?code=0123-4567-89ab-cdef")

    assert 'name="code"' in form.text
    assert (sent.status_code, sent.headers["location"]) == (303, "/certificates/0123456789ABCDEF")
    for path in ("0123456789ABCDEF", "nonsense", "%00"):
        assert (await client.get(f"/certificates/{path}")).status_code == 404
    for ending in ("json", "pdf", "svg"):
        missing = await client.get(f"/certificates/0123456789ABCDEF.{ending}")
        assert missing.status_code == 404
        reason = missing.json()["errors"][0]["extensions"]["reason"]
        assert reason == "CERTIFICATE_UNKNOWN"


@pytest.mark.parametrize("body", [one_device(), many_devices(40), avoided()], ids=lambda b: b.kind)
async def test_a_certificate_of_each_kind_is_printed_in_both_languages(client, body) -> None:
    row = await issued(body)

    printed = [await client.get(f"/certificates/{row.code}.pdf?lang={x}") for x in ("en", "fr")]

    for each in printed:
        assert each.content.startswith(b"%PDF-")
        assert each.headers["content-type"] == "application/pdf"
        assert each.headers["content-disposition"].startswith("attachment")
    assert printed[0].content != printed[1].content
    assert (await client.get(f"/certificates/{row.code}.pdf?lang=en")).content == printed[0].content


async def test_the_qr_code_is_an_image_that_runs_nothing(client) -> None:
    row = await issued(many_devices(3))
    answer = await client.get(f"/certificates/{row.code}.svg")

    assert answer.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert re.match(rb"<\?xml|<svg", answer.content)
    assert row.code.encode() in answer.content


async def test_a_revoked_certificate_is_printed_as_what_it_is(client) -> None:
    row = await issued(many_devices(3))
    before = await client.get(f"/certificates/{row.code}.pdf")
    await certificates.revoke(row.id, RevocationReason.ISSUED_IN_ERROR, AT)

    after = await client.get(f"/certificates/{row.code}.pdf")

    assert after.content != before.content


async def test_a_large_file_is_verified_as_a_body_and_one_too_large_is_not(
    client, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = await issued(many_devices(900))
    file = (await client.get(f"/certificates/{row.code}.json")).content
    good = await client.post("/certificates/verify?lang=fr", content=file)
    bad = await client.post("/certificates/verify", content=file.replace(b"LOT-1", b"LOT-2"))
    none = await client.post("/certificates/verify", content=b"")

    assert (good.json()["holds"], good.json()["state"]) == (True, "VALID")
    assert "authentique" in good.text
    assert bad.json()["holds"] is False
    failed = {each["reason"] for each in bad.json()["steps"] if each["outcome"] == "FAILED"}
    assert failed == {"HASH_MISMATCH", "SIGNATURE_INVALID"}
    assert none.json()["steps"][0]["reason"] == "NOT_AN_ENVELOPE"
    monkeypatch.setattr("boucle.edge.certificates.MOST_BYTES", 1000)
    large = await client.post("/certificates/verify", content=file)
    assert large.status_code == 413


async def test_graphql_verifies_a_file_without_an_account(client: httpx.AsyncClient) -> None:
    row = await issued(many_devices(3))
    text = (await client.get(f"/certificates/{row.code}.json")).text
    query = "query($t: String){verifyCertificate(envelope: $t){holds state steps{check reason}}}"

    async def ask(envelope: str) -> dict:
        body = {"query": query, "variables": {"t": envelope}}
        answer = await client.post("/graphql", json=body)
        return orjson.loads(answer.content)["data"]["verifyCertificate"]

    good, bad = await ask(text), await ask(text.replace("LOT-1", "LOT-2"))
    assert (good["holds"], good["state"]) == (True, "VALID")
    failed = {each["check"]: each["reason"] for each in bad["steps"] if each["reason"]}
    assert not bad["holds"]
    assert failed["HASH"] == "HASH_MISMATCH"
    assert failed["SIGNATURE"] == "SIGNATURE_INVALID"
    assert not (await ask("{}"))["holds"]
