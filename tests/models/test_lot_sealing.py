"""What a sealed bid says nobody reads before its lot's deadline: no role, no tenant, no job."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from tortoise.context import TortoiseContext

from boucle.orm import APP, tortoise_config
from models.base import NOBODY, Tenant, acting, execute, fetch, fetchval, new_id, transaction
from models.raas import closing, sealing
from models.raas.sealing import Place, Unreadable
from models.vault import SecretLost, Vault
from resolvers.accounts.house import house
from resolvers.context import Caller
from tests import factories, fleets
from tests.fleets import Json, bid, bidder, organisation_key, pass_deadline, publish, row_of
from tests.tenants import serving

ROLES = ("boucle_app", "boucle_system")
KEY = "SELECT private_key FROM lot_seal_key($1, $2)"


@pytest.fixture
async def acme(db: None) -> Caller:
    await factories.world(1, 1)
    return organisation_key(await fleets.organisation())


async def _sealed(acme: Caller, **rules: object) -> Json:
    """A sealed lot with two bids."""
    assert acme.organisation_id
    lot = await publish(acme, await fleets.fleet(acme.organisation_id, 1), **rules)
    for slug, amount in (("one", "500.00"), ("two", "600.00")):
        await bid(lot, await bidder(slug, 7000), amount)
    return lot


@asynccontextmanager
async def _as(role: str, tenant: Tenant) -> AsyncIterator[None]:
    async with transaction():
        await execute(f"SET LOCAL ROLE {role}")
        async with acting(tenant):
            yield
        await execute("SET LOCAL ROLE boucle_system")


async def test_no_role_and_no_tenant_sees_a_key_before_the_deadline_nor_moves_it(
    acme: Caller,
) -> None:
    lot = row_of(await _sealed(acme))
    rows = await fetch("SELECT id FROM merchant")
    tenants = [NOBODY, Tenant(organisation_id=acme.organisation_id), Tenant(user_id=new_id())]
    tenants += [Tenant(merchant_id=row["id"]) for row in rows]

    for role in ROLES:
        for tenant in tenants:
            async with _as(role, tenant):
                assert await fetch("SELECT * FROM lot_seal") == []
                assert await fetch(KEY, lot, 1) == []
                assert (
                    await fetch(
                        "SELECT 1 FROM lot_bid WHERE amount_minor IS NOT NULL OR note IS NOT NULL"
                        " OR reuse_bp IS NOT NULL OR valid_until IS NOT NULL OR salt IS NOT NULL"
                    )
                    == []
                )
            for sql in (
                "UPDATE lot_seal SET opens_at = now() - interval '1 day'",
                "DELETE FROM lot_seal",
                "UPDATE lot_manifest SET sha256 = ''",
                "UPDATE lot_manifest_line SET key = ''",
                "DELETE FROM lot_move",
                "ALTER TABLE lot_seal NO FORCE ROW LEVEL SECURITY",
            ):
                with pytest.raises(Exception, match=r"permission denied|must be owner"):
                    async with _as(role, tenant):
                        await execute(sql)
    async with serving(), acting(Tenant(organisation_id=acme.organisation_id)):
        assert await fetchval("SELECT count(*) FROM lot_bid") == 0, "not even how many"


async def test_a_job_that_calls_the_lot_closed_opens_no_bid_early(acme: Caller) -> None:
    lot = row_of(await _sealed(acme))
    await execute("UPDATE lot SET bids_until = now() - interval '1 day' WHERE id = $1", lot)

    assert await closing.close(lot, house().vault)
    assert await fetchval("SELECT opened_at IS NULL FROM lot")
    assert await fetchval("SELECT count(*) FROM lot_bid WHERE amount_minor IS NOT NULL") == 0
    await pass_deadline(lot)
    assert await closing.due("unopened") == [lot]
    assert await closing.open_bids(lot, house().vault)
    amounts = await fetch("SELECT amount_minor FROM lot_bid ORDER BY rank")
    assert [row[0] for row in amounts] == [600_00, 500_00]


async def test_without_the_vaults_key_bids_stay_sealed_and_the_lot_ends_all_the_same(
    acme: Caller,
) -> None:
    lot = row_of(await _sealed(acme))
    await pass_deadline(lot)
    stranger = Vault()

    assert await closing.close(lot, stranger)
    assert not await closing.open_bids(lot, stranger)
    assert await fetchval("SELECT count(*) FROM lot_bid WHERE amount_minor IS NOT NULL") == 0
    await fleets.pass_time(lot, "award_by")
    assert await closing.give_up_if_due(lot)
    assert await fetchval("SELECT state FROM lot") == "UNSOLD"


async def test_a_bid_that_was_moved_or_changed_is_out_and_the_others_are_opened(
    acme: Caller,
) -> None:
    lot = row_of(await _sealed(acme))
    await execute(
        "UPDATE lot_bid b SET sealed = (SELECT sealed FROM lot_bid o WHERE o.id <> b.id LIMIT 1) "
        "WHERE merchant_id = (SELECT id FROM merchant WHERE slug = 'one')"
    )
    await pass_deadline(lot)
    await closing.close(lot, house().vault)

    rows = await fetch("SELECT state, because, amount_minor FROM lot_bid ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("LOST", "UNREADABLE", None), ("SUBMITTED", None, 600_00),
    ]  # fmt: skip


async def test_the_commitment_tells_afterwards_that_what_was_opened_is_what_was_sent(
    acme: Caller,
) -> None:
    lot = row_of(await _sealed(acme))
    early = await fetch("SELECT commitment, salt FROM lot_bid")
    assert [row["salt"] for row in early] == [None, None]
    await pass_deadline(lot)
    await closing.close(lot, house().vault)

    for row in await fetch("SELECT * FROM lot_bid"):
        facts = (row["amount_minor"], row["reuse_bp"], row["valid_until"], row["note"])
        text = sealing.words(sealing.Said(*facts), bytes(row["salt"]))
        assert sealing.commitment(text) == bytes(row["commitment"])


def test_a_key_opens_its_own_place_alone_and_all_bids_have_one_length() -> None:
    vault = Vault()
    pair, place = sealing.new_pair(vault), Place(new_id(), 1, new_id(), new_id())
    at = factories.NOW
    texts = [
        sealing.words(sealing.Said(*said, at, note), sealing.new_salt())
        for *said, note in ((1, 0, None), (10**13, 10_000, "é" * 200))
    ]
    sealed = [sealing.seal(text, pair.public_key, place) for text in texts]
    key = sealing.unlock(pair.id, pair.private_key, vault)

    assert len({len(each) for each in sealed}) == 1
    assert sealing.unseal(sealed[1], sealing.commitment(texts[1]), key, place)[0].note == "é" * 200
    for other in (replace(place, version=2), replace(place, merchant_id=new_id()),
                  replace(place, bid_id=new_id()), replace(place, lot_id=new_id())):  # fmt: skip
        with pytest.raises(Unreadable):
            sealing.unseal(sealed[0], sealing.commitment(texts[0]), key, other)
    with pytest.raises(Unreadable):
        sealing.unseal(sealed[0], sealing.commitment(texts[1]), key, place)
    with pytest.raises(SecretLost):
        sealing.unlock(new_id(), pair.private_key, vault)


async def test_a_bid_at_the_deadline_is_in_or_refused_and_never_lost(
    fresh_db: str, migrated: None
) -> None:
    """By the real clock: merchants bid while the end comes and jobs close the lot."""
    await factories.world(1, 1)
    owner = organisation_key(await fleets.organisation())
    assert owner.organisation_id
    of = await fleets.fleet(owner.organisation_id, 1)
    rows = [await bidder(f"m{n}", 7000) for n in range(12)]
    lot = await publish(owner, of, bidsUntil=fleets.soon(seconds=1.5))
    told: list[tuple[str, Json]] = []

    async def bids(row) -> None:
        for n in range(1, 400):
            answer = await bid(lot, row, f"{n}.00")
            told.append((row.slug, answer | {"n": n}))
            if "code" in answer:
                return

    async def closes() -> None:
        for _ in range(1_000):
            if await closing.close(row_of(lot), house().vault):
                return
            await asyncio.sleep(0.01)

    async with TortoiseContext() as context:
        await context.init(tortoise_config(fresh_db, pool=8, role=APP))
        await asyncio.gather(closes(), *(bids(row) for row in rows))

    codes = {answer.get("code") for _, answer in told}
    assert codes == {None, "BIDDING_CLOSED"}, codes
    last = {slug: answer["n"] for slug, answer in told if "code" not in answer}
    found = await fetch(
        "SELECT m.slug, b.amount_minor / 100 AS amount FROM lot_bid b JOIN merchant m "
        "ON m.id = b.merchant_id WHERE b.state = 'SUBMITTED' AND b.opened_at IS NOT NULL"
    )
    assert {row["slug"]: row["amount"] for row in found} == last
    assert last, "somebody was in time"
    late = "SELECT count(*) FROM lot_bid b JOIN lot l ON l.id = b.lot_id "
    assert await fetchval(f"{late} WHERE b.submitted_at >= l.bids_until") == 0
