"""Certificates are issued in a chain, change their state only, and show nobody's secrets."""

import asyncio
from itertools import pairwise

import asyncpg
import pytest
from tortoise.exceptions import BaseORMException

from domain.canonical import sha256
from domain.topics import Topic
from domain.units.certificates import CertificateState, RevocationReason
from domain.units.certificates.merkle import Salted, climbed, leaf
from domain.units.certificates.payloads import Body, Issuer
from domain.units.certificates.verifying import Check, Reason, Register, verified
from models.base import Tenant, acting, execute, fetch, fetchval, transaction
from models.units import certificate_keys, certificates
from models.units.certificates import Certificate, NewCertificate, Owner
from models.vault import Vault
from tests import factories
from tests.certificates import AT, ISSUER, many_devices, one_device
from tests.schema.asking import counted
from tests.tenants import serving

FIXED = (asyncpg.PostgresError, BaseORMException)


async def issue(body: Body, owner: Owner | None = None, issuer: Issuer = ISSUER) -> Certificate:
    whose = owner or Owner(merchant_id=factories.some_id())
    return await certificates.issue(NewCertificate(issuer, whose, body, AT))


async def check(row: Certificate) -> dict[Check, Reason | None]:
    text = (await certificates.envelope(row)).text()
    register = Register(await certificates.entry(row))
    found = verified(text, await certificate_keys.published(), register)
    return {step.check: step.reason for step in found.failed}


async def test_each_certificate_holds_the_hash_of_its_issuers_last_one(db: None) -> None:
    other = Issuer("other", "Other", "FR56")
    first = await issue(one_device())
    apart = await issue(one_device(), issuer=other)
    second = await issue(many_devices(3))

    assert (first.n, apart.n, second.n) == (1, 1, 2)
    assert first.previous_sha256 is None is apart.previous_sha256
    assert second.previous_sha256 == first.sha256
    for each in (first, apart, second):
        assert await check(each) == {}
        signed = await certificates.envelope(each)
        assert sha256(signed.written) == each.sha256
        assert signed.payload["id"] == each.code
        assert signed.payload["verify_url"].endswith(f"/certificates/{each.code}")


async def test_one_key_signs_until_it_is_replaced_and_what_it_signed_stays_good(db: None) -> None:
    before = await issue(one_device())
    made = await certificate_keys.rotate(certificates.vault(), AT)
    after = await issue(one_device())

    assert before.key_id != after.key_id == made
    assert await check(before) == {} == await check(after)
    assert [each.signs for each in await certificate_keys.keys()] == [True, False]


async def test_what_a_revoked_key_signed_fails_and_the_next_is_signed_by_another(db: None) -> None:
    before = await issue(one_device())
    assert await certificate_keys.revoke_key(before.key_id, AT)
    assert not await certificate_keys.revoke_key(before.key_id, AT)
    after = await issue(one_device())

    assert await check(before) == {Check.KEY_VALIDITY: Reason.KEY_REVOKED}
    assert after.key_id != before.key_id
    assert await check(after) == {}


async def test_a_key_that_does_not_open_any_more_is_replaced(db: None) -> None:
    first, _ = await certificate_keys.signing(Vault([("a", b"a" * 32)]), AT)
    again, _ = await certificate_keys.signing(Vault([("a", b"a" * 32)]), AT)
    lost, _ = await certificate_keys.signing(Vault([("b", b"b" * 32)]), AT)

    assert first == again != lost
    row = await fetchval("SELECT private FROM certificate_key WHERE key_id = $1", first)
    assert len(row) > 32 + 12


async def test_what_was_signed_is_never_changed_and_never_deleted(db: None) -> None:
    row = await issue(one_device())

    for sql in (
        "UPDATE certificate SET payload = 'x' WHERE id = $1",
        "UPDATE certificate SET previous_sha256 = 'x', n = 2 WHERE id = $1",
        "DELETE FROM certificate WHERE id = $1",
    ):
        with pytest.raises(FIXED, match=r"does not change|is not deleted"):
            async with transaction():
                await execute(sql, row.id)


async def test_a_revocation_is_told_once_and_is_final(db: None) -> None:
    merchant = await factories.merchant("amber")
    row = await issue(one_device(), Owner(merchant_id=merchant.id))
    newer = await issue(one_device(), Owner(merchant_id=merchant.id))
    reason = RevocationReason.DEVICE_RETURNED

    assert await certificates.revoke(row.id, reason, AT)
    assert not await certificates.revoke(row.id, RevocationReason.ISSUED_IN_ERROR, AT)
    assert not await certificates.supersede(row.id, newer.id, AT)

    found = await certificates.by_code(row.code)
    assert found is not None
    assert (found.state, found.reason, found.revoked_at) == (CertificateState.REVOKED, reason, AT)
    assert await check(found) == {Check.STATUS: Reason.CERTIFICATE_REVOKED}
    topics = await fetch("SELECT topic, version FROM event WHERE object_id = $1", row.id)
    assert [tuple(each) for each in topics] == [(Topic.CERTIFICATE_REVOKED, 2)]


async def test_a_correction_supersedes_and_the_chain_still_holds(db: None) -> None:
    first, second = await issue(one_device()), await issue(one_device())

    assert await certificates.supersede(first.id, second.id, AT)
    assert not await certificates.supersede(first.id, second.id, AT)
    assert not await certificates.supersede(second.id, second.id, AT)

    found = await certificates.by_hash(first.sha256)
    assert found is not None
    assert found.superseded_by == second.id
    assert await check(found) == {Check.STATUS: Reason.CERTIFICATE_SUPERSEDED}
    assert await check(second) == {}


async def test_an_owner_proves_a_device_by_salt_and_path_and_no_identity_is_kept(
    db: None,
) -> None:
    body, merchant = many_devices(9), factories.some_id()
    unit = factories.some_id()
    named = body.identities[4].identity
    row = await certificates.issue(
        NewCertificate(ISSUER, Owner(merchant_id=merchant), body, AT, [(named, unit)])
    )

    found = await certificates.proof(row.id, named)
    assert found is not None
    assert found.leaf == leaf(found.salt, named)
    assert climbed(found.leaf, found.path) == found.root
    assert await certificates.proof(row.id, "SN:DELL:OTHER") is None
    assert [each.id for each in await certificates.of_unit(unit)] == [row.id]
    stored = await fetch("SELECT to_jsonb(d)::text FROM certificate_device d")
    public = (await certificates.envelope(row)).text().decode()
    assert named.rpartition(":")[2] not in public + "".join(each[0] for each in stored)


async def test_owners_see_their_own_certificates_and_nobody_elses(db: None) -> None:
    customer, company, merchant = (factories.some_id() for _ in range(3))
    owners = {
        Owner(customer_id=customer, merchant_id=merchant): (
            Tenant(user_id=customer), Tenant(merchant_id=merchant)
        ),
        Owner(organisation_id=company): (Tenant(organisation_id=company),),
    }  # fmt: skip
    rows = {owner: await issue(one_device(), owner) for owner in owners}
    everybody = [t for tenants in owners.values() for t in tenants]
    strangers = [Tenant(), Tenant(merchant_id=factories.some_id()), Tenant(user_id=company)]

    for owner, row in rows.items():
        for tenant in [*everybody, *strangers]:
            async with serving(), acting(tenant):
                seen = await certificates.one(row.id)
                listed = await certificates.page(owner, None, 10)
                proven = await certificates.proof(row.id, "SN:DELL:7XJ2K33")
            assert (seen is not None) is (tenant in owners[owner])
            assert (row.id in [each.id for each in listed]) is (tenant in owners[owner])
            assert (proven is not None) is (tenant in owners[owner])
            async with serving(), acting(tenant):
                assert await certificates.by_code(row.code) == row


async def test_a_salt_is_never_the_same_twice() -> None:
    found = {certificates.salted("SN:DELL:1").salt for _ in range(100)}

    assert len(found) == 100
    assert isinstance(certificates.salted("SN:DELL:1"), Salted)


async def test_many_are_a_chain_in_their_order_in_as_many_statements_as_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = Owner(merchant_id=factories.some_id())
    first = await issue(one_device())
    spent = []
    for count in (1, 30):
        news = [NewCertificate(ISSUER, owner, one_device(), AT) for _ in range(count)]
        with counted(monkeypatch) as sent:
            made = await certificates.issue_all(news)
        spent.append(sent.total())

    assert spent[0] == spent[1]
    assert made[0].n == first.n + 2
    for before, after in pairwise(made):
        assert (after.n, after.previous_sha256) == (before.n + 1, before.sha256)
    assert await check(made[-1]) == {} == await check(made[0])
    assert await certificates.by_code(made[7].code) == made[7]
    assert await certificates.issue_all([]) == []
    other = NewCertificate(Issuer("other", "Other", "FR56"), owner, one_device(), AT)
    with pytest.raises(ValueError, match="one issuer"):
        await certificates.issue_all([*news, other])


async def test_whoever_issues_at_once_is_put_in_line(fresh_db: str, migrated: None) -> None:
    async def one() -> None:
        async with transaction():
            await issue(one_device())

    await asyncio.gather(*(one() for _ in range(12)))

    rows = await fetch("SELECT n, sha256, previous_sha256 FROM certificate ORDER BY n")
    assert [row["n"] for row in rows] == list(range(1, 13))
    for before, after in pairwise(rows):
        assert after["previous_sha256"] == before["sha256"]
    assert await fetchval("SELECT count(*) FROM certificate_key") == 1
