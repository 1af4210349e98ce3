"""Who reads which certificate and attachment, who proves a device, and who ends a certificate."""

from itertools import pairwise
from typing import Any

import pytest

from domain.accounts.roles import CallerKind, Role
from domain.units.attachments import AttachmentPurpose, Kept, MediaType
from domain.units.certificates.envelope import read
from domain.units.certificates.merkle import Step, climbed, leaf
from models.base import Tenant, acting, fetch, fetchval
from models.impact import published
from models.units import attachments, certificates
from models.units.attachments import New
from models.units.attachments import Owner as Sender
from models.units.certificates import Owner
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.certificates import AT, avoided, issued, many_devices
from tests.schema.asking import answer, data, key_of, refusal, served
from tests.tenants import company as company_of

ONE = "query($id: ID!){certificate(id: $id){code kind state serialCount verifyUrl documentPath}}"
LIST = """query($n: Int, $after: String){certificates(first: $n, after: $after){
  edges{node{id code previousSha256 sha256}} pageInfo{hasNextPage endCursor}}}"""
PROOF = """query($id: ID!, $identity: String!){certificateProof(certificateId: $id,
  identity: $identity){identity salt leaf merkleRoot path{hash left}}}"""
REVOKE = """mutation($id: ID!, $reason: RevocationReason!, $key: String!){
  revokeCertificate(input: {certificate: $id, reason: $reason, idempotencyKey: $key}){
    __typename ... on Certificate{state reason revokedAt}
    ... on CertificateRefused{code was: state path}}}"""
VERIFY = """query($code: String, $envelope: String){
  verifyCertificate(code: $code, envelope: $envelope){
  holds code kind state stateReason supersededBy serialCount
  devices{identity} steps{check outcome reason message(locale: "fr")}}}"""
ATTACHMENT = "query($id: ID!){attachment(id: $id){purpose mediaType bytes documentPath}}"
STAFF = Caller(
    kind=CallerKind.STAFF,
    user_id=factories.some_id(),
    roles=frozenset({Role.STAFF_DECISIONS.value}),
)


def customer() -> Caller:
    roles = frozenset({Role.CUSTOMER.value})
    return Caller(kind=CallerKind.CUSTOMER, user_id=factories.some_id(), roles=roles)


def company(*scopes: str) -> Caller:
    return Caller(
        kind=CallerKind.ORGANISATION,
        organisation_id=factories.some_id(),
        key_prefix="test",
        scopes=frozenset(scopes),
    )


def owner_of(caller: Caller) -> Owner:
    if caller.kind is CallerKind.CUSTOMER:
        return Owner(customer_id=caller.user_id)
    return Owner(organisation_id=caller.organisation_id, merchant_id=caller.merchant_id)


async def somebody() -> dict[str, Caller]:
    """Two of each kind of owner."""
    return {
        "customer": customer(),
        "customer 2": customer(),
        "company": company("fleets:read"),
        "company 2": company("fleets:read", "reports:read"),
        "merchant": key_of(await factories.merchant("amber"), "trade_in:read"),
        "merchant 2": key_of(await factories.merchant("birch"), "orders:read"),
    }


async def test_each_owner_reads_lists_and_proves_its_own_and_gets_null_for_the_rest(
    db: None,
) -> None:
    people = await somebody()
    rows = {name: await issued(owner=owner_of(caller)) for name, caller in people.items()}

    for name, caller in people.items():
        listed = (await data(LIST, caller, n=10))["certificates"]["edges"]
        assert [each["node"]["code"] for each in listed] == [rows[name].code]
        for other, row in rows.items():
            found = (await data(ONE, caller, id=str(row.id)))["certificate"]
            assert (found is not None) is (name == other), (name, other)
            given = {"id": str(row.id), "identity": "SN:DELL:7XJ2K33"}
            proof = (await data(PROOF, caller, **given))["certificateProof"]
            assert (proof is not None) is (name == other), (name, other)
        named = str(global_id("Certificate", rows[name].id))
        node = "query($id: ID!){node(id: $id){id}}"
        assert (await data(node, caller, id=named))["node"]["id"] == named
        assert (await data(node, people["customer 2"], id=named))["node"] == (
            {"id": named} if name == "customer 2" else None
        )


async def test_a_certificate_with_two_owners_is_read_by_both(db: None) -> None:
    people = await somebody()
    both = Owner(people["customer"].user_id, None, people["merchant"].merchant_id)
    row = await issued(owner=both)

    for name in ("customer", "merchant"):
        assert (await data(ONE, people[name], id=str(row.id)))["certificate"]["code"] == row.code


async def test_keys_without_the_scope_and_visitors_are_refused(db: None) -> None:
    row = await issued()
    for caller, code in (
        (None, "UNAUTHENTICATED"),
        (company("members:read"), "FORBIDDEN"),
        (key_of(await factories.merchant(), "feeds:read"), "FORBIDDEN"),
    ):
        assert (await refusal(ONE, caller, id=str(row.id)))["code"] == code
        assert (await refusal(LIST, caller, n=1))["code"] == code
    assert (await data(ONE, STAFF, id=str(row.id)))["certificate"]["code"] == row.code
    assert (await refusal(LIST, STAFF, n=1))["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}


async def test_the_list_goes_from_page_to_page_the_youngest_first(db: None) -> None:
    caller = company("reports:read")
    made = [await issued(owner=owner_of(caller)) for _ in range(5)]

    found: list[dict[str, Any]] = []
    after = None
    for _ in range(3):
        page = (await data(LIST, caller, n=2, after=after))["certificates"]
        found += [each["node"] for each in page["edges"]]
        after = page["pageInfo"]["endCursor"]

    assert page["pageInfo"]["hasNextPage"] is False
    assert [each["code"] for each in found] == [row.code for row in reversed(made)]
    for newer, older in pairwise(found):
        assert newer["previousSha256"] == older["sha256"]
    stranger = company("reports:read")
    assert (await refusal(LIST, stranger, n=2, after=after))["reason"] == "CURSOR_EXPIRED"


async def test_a_proof_leads_from_the_typed_serial_to_the_root_that_was_signed(db: None) -> None:
    caller = company("fleets:read")
    row = await issued(many_devices(9), owner_of(caller))
    typed = {"id": str(global_id("Certificate", row.id)), "identity": "sn:dell: 7xj2k-004"}

    found = (await data(PROOF, caller, **typed))["certificateProof"]

    salted = leaf(bytes.fromhex(found["salt"]), found["identity"])
    assert found["leaf"] == salted.hex()
    steps = [Step(bytes.fromhex(each["hash"]), each["left"]) for each in found["path"]]
    signed, _ = read((await certificates.envelope(row)).text())
    assert climbed(salted, steps).hex() == found["merkleRoot"] == signed.payload["merkle_root"]
    absent = typed | {"identity": "SN:DELL:7XJ2K999"}
    assert (await data(PROOF, caller, **absent))["certificateProof"] is None
    for wrong in ("", "x" * 201, "\0"):
        assert (await refusal(PROOF, caller, **typed | {"identity": wrong}))["code"]


async def test_staff_revoke_once_with_a_reason_and_everybody_is_told(db: None) -> None:
    merchant = await factories.merchant()
    row = await issued(owner=Owner(merchant_id=merchant.id))
    given = {"id": str(global_id("Certificate", row.id)), "reason": "DEVICE_RETURNED", "key": "a"}

    first = (await data(REVOKE, STAFF, **given))["revokeCertificate"]
    again = (await data(REVOKE, STAFF, **given))["revokeCertificate"]
    later = (await data(REVOKE, STAFF, **given | {"key": "b"}))["revokeCertificate"]
    absent = {"id": str(factories.some_id()), "key": "c"}
    unknown = (await data(REVOKE, STAFF, **given | absent))["revokeCertificate"]

    assert (first["__typename"], first["state"]) == ("Certificate", "REVOKED")
    assert again == first
    assert (later["code"], later["was"]) == ("INVALID_TRANSITION", "REVOKED")
    assert (unknown["code"], unknown["path"]) == (
        "CERTIFICATE_UNKNOWN", ["input", "certificate"]
    )  # fmt: skip
    [event] = await fetch("SELECT topic, data::text FROM event WHERE object_id = $1", row.id)
    assert event["topic"] == "certificate.revoked"
    assert row.code in event["data"]
    noted = "SELECT count(*) FROM audit_log WHERE action = 'revokeCertificate'"
    assert await fetchval(noted) == 1
    found = (await data(VERIFY, code=row.code))["verifyCertificate"]
    assert (found["holds"], found["state"]) == (False, "REVOKED")
    assert found["stateReason"] == "DEVICE_RETURNED"
    reused = given | {"reason": "ISSUED_IN_ERROR"}
    assert (await refusal(REVOKE, STAFF, **reused))["reason"] == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("role", [Role.COUNTRY_TEAM, Role.STAFF_SUPPORT, Role.STAFF_FINANCE])
async def test_nobody_else_revokes(db: None, role: Role) -> None:
    row = await issued()
    other = Caller(
        kind=CallerKind.STAFF, user_id=factories.some_id(), roles=frozenset({role.value})
    )
    given = {"id": str(row.id), "reason": "DEVICE_RETURNED", "key": "a"}

    for caller in (other, customer(), company("fleets:read"), None):
        assert (await refusal(REVOKE, caller, **given))["code"] in {"FORBIDDEN", "UNAUTHENTICATED"}
    assert await fetchval("SELECT state FROM certificate") == "VALID"


async def test_anybody_verifies_by_code_and_is_shown_no_identity(db: None) -> None:
    row = await issued(many_devices(120))
    newer = await issued(many_devices(2))
    await certificates.supersede(row.id, newer.id, AT)

    found = (await data(VERIFY, code=row.code.lower()))["verifyCertificate"]

    assert (found["holds"], found["state"]) == (False, "SUPERSEDED")
    assert found["supersededBy"] == newer.code
    assert (found["serialCount"], len(found["devices"])) == (120, 100)
    assert [s["check"] for s in found["steps"] if s["outcome"] == "FAILED"] == ["STATUS"]
    assert "remplacé" in found["steps"][-1]["message"]
    assert "7XJ2K" not in str(found)
    assert (await data(VERIFY, code="0123456789ABCDEF"))["verifyCertificate"] is None
    assert (await data(VERIFY, code="nonsense"))["verifyCertificate"] is None
    for wrong in ({}, {"code": "x", "envelope": "y"}, {"code": "\0"}):
        assert (await refusal(VERIFY, **wrong))["code"] == "BAD_USER_INPUT"


async def test_a_stored_certificate_that_was_tampered_with_does_not_verify(db: None) -> None:
    """Whoever has the database, but no key, changes nothing unseen."""
    first = await issued(many_devices(3))
    row = await issued(many_devices(3))
    assert (await data(VERIFY, code=row.code))["verifyCertificate"]["holds"]
    text = (await certificates.envelope(row)).text().decode()
    for old, new, failed in (
        ("RESELL", "PARTS_", {"HASH", "SIGNATURE"}),
        (first.sha256, "0" * 64, {"HASH", "SIGNATURE", "PREVIOUS"}),
    ):
        found = (await data(VERIFY, envelope=text.replace(old, new)))["verifyCertificate"]
        assert {s["check"] for s in found["steps"] if s["outcome"] == "FAILED"} == failed


async def test_an_attachment_is_read_by_its_owner_and_whom_it_is_shared_with(db: None) -> None:
    people = await somebody()
    people["merchant"] = key_of(await factories.merchant("cedar"), "trade_in:read")
    mine = Sender(customer_id=people["customer"].user_id)
    kept = Kept(MediaType.PDF, b"%PDF-1.7\n%%EOF")
    row = await attachments.add(New(mine, AttachmentPurpose.EVIDENCE, b"0" * 32, kept, AT))
    theirs = Sender(merchant_id=people["merchant"].merchant_id)
    await attachments.share([row.id], theirs, "TradeIn", factories.some_id())
    named = str(global_id("Attachment", row.id))

    for name, caller in people.items():
        found = (await data(ATTACHMENT, caller, id=named))["attachment"]
        assert (found is not None) is (name in {"customer", "merchant"}), name
        assert found is None or found["documentPath"].startswith("/documents/")
    support = Caller(
        kind=CallerKind.STAFF,
        user_id=factories.some_id(),
        roles=frozenset({Role.STAFF_SUPPORT.value}),
    )
    assert (await data(ATTACHMENT, support, id=named))["attachment"]["mediaType"] == (
        "application/pdf"
    )
    assert (await refusal(ATTACHMENT, STAFF, id=named))["code"] == "FORBIDDEN"
    assert (await answer(ATTACHMENT, None, id=named))["errors"]
    async with served(), acting(Tenant(user_id=people["customer"].user_id)):
        assert await attachments.data(row.id) == (MediaType.PDF, kept.data)


async def test_each_owner_of_a_revoked_certificate_is_told_once(db: None) -> None:
    merchant, cobalt = await factories.merchant(), await company_of("cobalt")
    row = await issued(owner=Owner(merchant_id=merchant.id, organisation_id=cobalt.id))
    given = {"id": str(global_id("Certificate", row.id)), "reason": "ISSUED_IN_ERROR", "key": "a"}

    await data(REVOKE, STAFF, **given)
    await data(REVOKE, STAFF, **given | {"key": "b"})

    told = await fetch(
        "SELECT merchant_id, organisation_id, topic FROM event WHERE object_id = $1", row.id
    )
    assert sorted(map(tuple, told), key=str) == sorted(
        [(merchant.id, None, "certificate.revoked"), (None, cobalt.id, "certificate.revoked")],
        key=str,
    )


@pytest.mark.parametrize(
    ("name", "sha256", "reason"),
    [
        ("be-v2", published()["be-v2"], None),
        ("be-v2", "0" * 64, "FACTOR_SET_UNKNOWN"),
        ("be-v0", published()["be-v2"], "FACTOR_SET_UNKNOWN"),
    ],
)
async def test_a_statement_holds_only_by_factors_as_they_were_published(
    db: None, name: str, sha256: str, reason: str | None
) -> None:
    row = await issued(avoided(name, sha256))
    written = (await certificates.file(row)).decode()

    for given in ({"code": row.code}, {"envelope": written}):
        found = (await data(VERIFY, **given))["verifyCertificate"]
        [step] = [each for each in found["steps"] if each["check"] == "FACTOR_SET"]
        assert (found["holds"], step["reason"]) == (reason is None, reason)
