"""Merchants and companies with a row in every private table, and the rights of a server."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from tortoise.context import TortoiseContext

from boucle.orm import APP, tortoise_config
from boucle.roles import APP as SERVES
from boucle.roles import SYSTEM as WORKS
from domain.accounts.roles import ORGANISATION_SCOPES, CallerKind, Role, scopes_of
from domain.aftersales import CaseType, OpenedBy
from domain.orders import Actor, LineState
from domain.orders.payments import RefundReason
from domain.partners.bulk import BulkKind
from domain.partners.selections import Owner
from domain.ranking.reprice import RepriceMode
from domain.topics import Topic
from domain.units import DeviceStatus, Identifier, Place, UnitEventKind, serial_identifier
from domain.units.attachments import AttachmentPurpose, Kept, MediaType
from domain.units.claiming import Claim, Party
from domain.units.erasure import ErasureState, MediumType
from domain.units.proofs import ErasureMethod
from domain.units.status import Checked, CheckMoment
from models import audit, once, units
from models.accounts import Account, ApiKey, Organisation, people, usage
from models.aftersales import open_case
from models.base import Tenant, execute, fetch, fetchval, transaction
from models.events import Event, emit
from models.merchants import Merchant
from models.offers import files, hold, news, previews, proposals, reprice, sandbox
from models.offers.feeds import Feed, FeedRun
from models.offers.reprice import Rule
from models.offers.reserve import ReservationKind, reserve
from models.orders import By, fulfilment, move, refunds, withdrawals
from models.partners import bulk, deliveries
from models.shipments import contracts
from models.units import attachments, claims, erasures, passports, status
from models.units import certificates as units_certificates
from resolvers.context import Caller
from tests import (
    certificates,
    duties,
    factories,
    fleets,
    orders,
    payments,
    supply,
    trade_in,
    trade_ins,
    webhooks,
)
from tests.factories import NOW, Item, line


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant, and the ids that others might try."""

    merchant: Merchant
    feed: Feed
    run: FeedRun
    prefix: str

    @property
    def id(self) -> UUID:
        return self.merchant.id

    @property
    def tenant(self) -> Tenant:
        return Tenant(merchant_id=self.id)


@dataclass(frozen=True, slots=True)
class Company:
    """An organisation, its people by role, and its key. Each is a caller to ask as."""

    organisation: Organisation
    prefix: str
    admin: Caller
    requester: Caller
    approver: Caller
    finance: Caller
    auditor: Caller
    key: Caller

    @property
    def id(self) -> UUID:
        return self.organisation.id

    @property
    def tenant(self) -> Tenant:
        return Tenant(organisation_id=self.id)


async def shop(slug: str, items: list[Item], folder: Path) -> Shop:
    """A merchant with at least one row in every private table."""
    owner = await factories.merchant(slug)
    feed = await factories.feed(owner)
    rows = [line(items[0], f"{slug}-1"), line(items[1], f"{slug}-2", "abc")]
    await factories.run(feed, rows, force=True)
    await factories.run(feed, [line(items[0], f"{slug}-1", "250.00")], dry_run=True)
    run = await factories.run(feed, rows, force=True)
    path = folder / slug
    path.write_bytes(b"sku\n")
    await previews.ask(feed, await files.store(path, owner.id, slug, "0"))
    await once.ask(f"merchant:{owner.id}", slug, b"asked")
    await emit(Event(Topic.FEED_HELD, owner.id, "FeedRun", run.id, 1))
    await audit.record(
        audit.Entry("applyFeedRun", "FeedRun", run.id, "MERCHANT", merchant_id=owner.id)
    )
    wanted = proposals.Proposed(slug, None, slug, "Calder", slug, None, None, {})
    await proposals.propose(owner.id, ["FR"], wanted, "Europe/Paris", NOW)
    await sandbox.add(owner.id, factories.some_id())
    hour = usage.Hour(f"prefix-{slug}", NOW, 1, 1.0, 0, 0)
    await usage.add([usage.Counted(hour, owner.id, None)])
    hook = await webhooks.endpoint(owner.id, "https://example.com/")
    await deliveries.add_test(owner.id, hook)
    bulk_id = await bulk.add(
        bulk.New(owner.id, BulkKind.QUERY, "{a}", {}, {}, ["feeds:read"], f"prefix-{slug}", None)
    )
    operation = await bulk.get(owner.id, bulk_id) if isinstance(bulk_id, UUID) else None
    assert operation is not None
    assert await bulk.store(operation, bulk.Chunk(1, 0, 3, b"{}", 0, None))
    await _sells(owner)
    await _ships(owner, items[0], slug)
    await _prices_that_follow(owner.id, slug)
    await _takes_devices(owner, items[0], slug)
    await duties.rows(owner)
    key = await ApiKey.create(
        prefix=f"prefix-{slug}", secret_sha256=b"0", merchant_id=owner.id, scopes=[], expires_at=NOW
    )
    return Shop(owner, feed, run, key.prefix)


async def _takes_devices(owner: Merchant, item: Item, slug: str) -> None:
    """What a merchant has of devices that people and organisations part with."""
    await _certifies(slug, merchant_id=owner.id)
    await _sells_a_fleet(owner, slug)
    await _buys_devices(owner, item)
    await _trades_in(owner, item, slug)


async def company(slug: str) -> Company:
    """An organisation with a person for each role, and a key that may do what keys may.

    `await data(QUERY, company.auditor, id=...)` asks as one of them.
    """
    of = await people.organisation(slug, slug.title())
    held = {
        "prefix": f"prefix-{slug}",
        "secret_sha256": b"0",
        "organisation_id": of.id,
        "scopes": sorted(ORGANISATION_SCOPES),
        "expires_at": NOW,
    }
    key = await ApiKey.create(**held)
    roles = {
        "admin": Role.ORG_ADMIN,
        "requester": Role.ORG_REQUESTER,
        "approver": Role.ORG_APPROVER,
        "finance": Role.ORG_FINANCE,
        "auditor": Role.ORG_AUDITOR,
    }
    callers = {name: await member(of, role) for name, role in roles.items()}
    return Company(of, key.prefix, **callers, key=key_of_company(of, *ORGANISATION_SCOPES))


async def member(of: Organisation, *roles: Role, email: str = "") -> Caller:
    """A person who acts for an organisation with these roles; others by another `email`."""
    address = email or f"{'-'.join(roles).lower()}@{of.slug}.example"
    row: Account = await people.enter(address, frozenset(roles), organisation_id=of.id)
    return Caller(
        kind=CallerKind.ORGANISATION,
        organisation_id=of.id,
        user_id=row.id,
        session_id=row.id,
        roles=frozenset(roles),
        scopes=scopes_of(roles),
    )


def key_of_company(of: Organisation, *scopes: str) -> Caller:
    """The caller that a key of an organisation names."""
    return Caller(
        kind=CallerKind.ORGANISATION,
        organisation_id=of.id,
        key_prefix=f"prefix-{of.slug}",
        scopes=frozenset(scopes),
    )


async def full_company(slug: str, item: Item) -> Company:
    """A company with at least one row in every private table that may hold a company's."""
    made = await company(slug)
    await once.ask(f"organisation:{made.id}", slug, b"asked")
    told = Event(Topic.LOT_AWARDED, None, "Lot", made.id, 1, organisation_id=made.id)
    await emit(told)
    entry = audit.Entry("createLot", "Lot", made.id, "ORGANISATION", organisation_id=made.id)
    await audit.record(entry)
    hour = usage.Hour(made.prefix, NOW, 1, 1.0, 0, 0)
    await usage.add([usage.Counted(hour, None, made.id)])
    await _has_rights(made, slug)
    hook = await webhooks.endpoint(Owner(organisation_id=made.id), "https://example.com/")
    await deliveries.add_test(made.id, hook)
    path = Path(__file__)
    await files.store(path, None, slug, "0", organisation_id=made.id)
    await _certifies(slug, organisation_id=made.id)
    await _knows_a_device_of_its_own(made, slug)
    await supply.rows_of_company(made.organisation, item, slug)
    return made


async def _has_rights(of: Company, slug: str) -> None:
    """A site, an invitation, an approval that waits, an issuer."""
    owner = {"id": factories.some_id(), "organisation_id": of.id, "created_at": NOW}
    times = {"updated_at": NOW, "version": 1}
    place = {"name": slug, "address": {}, "country": "FR", "contact": {}, "hours": []}
    await orders.insert("organisation_site", **owner, **place, time_zone="Europe/Paris", **times)
    asked = {"email": f"new@{slug}.example", "language": "en", "roles": ["ORG_AUDITOR"]}
    await orders.insert("organisation_invitation", **owner, **asked, expires_at=NOW)
    wanted = {"action": "awardLot", "object_type": "Lot", "object_id": of.id, "because": "LIMIT"}
    more = {"state": "OPEN", "expires_at": NOW}
    await orders.insert("approval", **owner, **wanted, **more, **times)
    issuer = {"issuer": f"https://{slug}.example", "audience": "boucle", "role_claim": "groups"}
    await orders.insert("organisation_issuer", **owner, **issuer, domains=[slug], claims={})


async def _trades_in(owner: Merchant, item: Item, slug: str) -> None:
    """The trade-in of a person of its own."""
    person = await orders.customer(f"seller-{slug}@example.com")
    await trade_ins.rows(owner.id, person, item, 1)


async def _sells(owner: Merchant) -> None:
    """A sale, a rule about stock, a price that is stood by."""
    offers = "SELECT id FROM offer WHERE merchant_id = $1 AND quantity > 0 LIMIT 1"
    [row] = await fetch(offers, owner.id)
    await reserve([(row["id"], 1)], ReservationKind.ORDER)
    await hold.set_stock_alert(owner.id, 1)
    await execute(
        "INSERT INTO price_confirmation (offer_id, market, merchant_id, item_minor) "
        "VALUES ($1, 'FR', $2, 1)",
        row["id"],
        owner.id,
    )


async def _ships(owner: Merchant, item: Item, slug: str) -> None:
    """A paid order of its own customer, its parcel, what the carrier told, and with which key."""
    of = await orders.bought(owner, item, by=await orders.customer(f"{slug}@example.com"))
    await payments.captured(of)
    by = By(Actor.MERCHANT, NOW)
    await refunds.ask({of.lines[0]: 1_00}, RefundReason.GOODWILL, by, NOW)
    await move(of.lines, LineState.ACCEPTED, by)
    await move(of.lines, LineState.ACCEPTED, By(Actor.MERCHANT, NOW))
    await _knows_its_device(of, slug)
    parcel = await orders.parcel(of)
    told = {"raw_code": "PC1", "raw_label": "", "occurred_at": NOW, "source": "poll"}
    local = {"occurred_local": NOW.replace(tzinfo=None), "utc_offset_minutes": 0}
    key = {"shipment_id": parcel, "event_key": "key", "time_source": "explicit"}
    await orders.insert("shipment_event", **key, **told, **local)
    owners = {"merchant_id": owner.id, "customer_id": of.customer_id, "order_id": of.order_id}
    said = {"variant_id": item.variant_id, "category": "phones", "stars": 5, "created_at": NOW}
    await orders.insert("review", id=factories.some_id(), line_id=of.lines[0], **owners, **said)
    await _label(of, owners)
    account = await orders.insert(
        "carrier_account",
        id=factories.some_id(),
        api="UPS",
        merchant_id=owner.id,
        name="",
        pushes=False,
        day_zone="UTC",
        failures=0,
        created_at=NOW,
        updated_at=NOW,
    )
    pushed = "INSERT INTO carrier_delivery (account_id, api, delivery_key, body) "
    await execute(f"{pushed} VALUES ($1, 'UPS', '1', '')", account)
    await open_case(of.lines, CaseType.OTHER, OpenedBy.CUSTOMER)


async def _label(of: orders.Bought, owners: dict[str, UUID]) -> None:
    """A label under a contract of the platform."""
    card = {"name": "Post", "carrier": "UPS", "api": "UPS", "currency": "EUR", "source": "tests"}
    rule = {"eligibility": "{}", "platform_bp": "0", "valid_from": "2026-01-01", "valid_to": ""}
    async with transaction() as raw:
        await contracts.load(raw, [{"code": "post", **card, **rule}], [])
    contract = await fetchval("SELECT id FROM carrier_contract")
    what = {"carrier": "UPS", "api": "UPS", "origin": "FR", "destination": "FR", "grams": 1}
    money = {"currency": "EUR", "price_minor": 1, "merchant_minor": 1, "platform_minor": 0}
    whose = {"merchant_id": owners["merchant_id"], "order_id": of.order_id}
    times = {"created_at": NOW, "updated_at": NOW, "state": "ORDERED", "line_ids": []}
    named = {"id": factories.some_id(), "purchase_id": of.purchase_id, "contract_id": contract}
    await orders.insert("shipping_label", **named, **whose, **what, **money, **times)


async def _knows_its_device(of: orders.Bought, slug: str) -> None:
    """The device of the order and what was paid for it, a withdrawal, how orders are worked."""
    line = of.lines[0]
    found = await fetchval("SELECT variant_id FROM order_line WHERE id = $1", line)
    sale = units.Sale(line, of.merchant_id, of.customer_id, found, "smartphone")
    named = [serial_identifier(f"{slug}0001".upper(), "calder")]
    checked = units.Checked(DeviceStatus.UNKNOWN, "NONE", NOW)
    paid = units.Acquisition(1, "EUR", slug, "PERSON")
    unit = await units.attach(sale, units.Device(named, None, checked, None, paid))
    assert isinstance(unit, UUID)
    await units.note([unit], UnitEventKind.SOLD, NOW, {})
    await _erased_and_checked(unit, Party(of.merchant_id), named)
    new = withdrawals.New(
        factories.some_id(), slug.encode(), of.customer_id, of.order_id, of.merchant_id, "", "",
        "en", True, NOW, NOW, "", "",
    )  # fmt: skip
    await withdrawals.add(new, [line])
    await fulfilment.set_partial_acceptance(of.merchant_id, allowed=True)


async def _certifies(slug: str, **owner: UUID) -> None:
    """A certificate, and a photo that its customer may read."""
    await certificates.issued(owner=units_certificates.Owner(**owner))
    kept = Kept(MediaType.PDF, b"%PDF-%%EOF")
    sender = attachments.Owner(**owner)
    hashed = slug.encode().ljust(32)
    row = await attachments.add(
        attachments.New(sender, AttachmentPurpose.EVIDENCE, hashed, kept, NOW)
    )
    party = attachments.Owner(customer_id=factories.some_id())
    await attachments.share([row.id], party, "Case", factories.some_id())


async def _sells_a_fleet(owner: Merchant, slug: str) -> None:
    """A lot that its own organisation, of the merchant's id, sold to it: both see all of it."""
    await fleets.organisation(f"{slug}-org", owner.id)
    of = await fleets.fleet(owner.id, 1)
    await fleets.sold(of, owner)


async def _knows_a_device_of_its_own(of: Company, slug: str) -> None:
    """A device of a fleet: what it holds, how it was erased, what a list said of it."""
    named = [serial_identifier(f"FLEET{slug.upper()}", "calder")]
    party = Party(organisation_id=of.id)
    claim = Claim(Place.FLEET, factories.some_id(), party, "smartphone", None)
    unit = await claims.claim(claim, named)
    assert isinstance(unit, UUID)
    await units.note([unit], UnitEventKind.RECEIVED, NOW, {})
    await _erased_and_checked(unit, party, named)


async def _erased_and_checked(unit: UUID, owner: Party, named: list[Identifier]) -> None:
    """What the device holds, how it was erased, what a list said of it, what the stock knows."""
    medium = erasures.Medium(MediumType.SSD, f"disk-{unit}")
    report = erasures.Report(medium, ErasureState.RUNNING, NOW, ErasureMethod.CLEAR)
    assert isinstance(await erasures.record(unit, report), erasures.Recorded)
    told = Checked(DeviceStatus.CLEAR, None, "TEST", NOW, NOW)
    await status.keep(told, named, CheckMoment.RESALE, owner, unit)
    if owner.merchant_id is not None:
        await passports.keep_stock(unit, owner.merchant_id, passports.Stock("shelf", None))


async def _buys_devices(owner: Merchant, item: Item) -> None:
    """A bid for devices of people, and what became of those that were sent."""
    await trade_in.bid(owner, item, 1_00)
    await trade_in.record(owner, 1, 0, 0)


async def _prices_that_follow(owner: UUID, slug: str) -> None:
    """A rule, what it made of a price, the log of it, and a listener."""
    await news.listen(owner, [Topic.OFFER_COMPETITION_CHANGED])
    await reprice.set_rules(owner, None, Rule(RepriceMode.LEAD, "FR", 1, None))
    offer = await fetchval("SELECT id FROM offer WHERE sku = $1", f"{slug}-1")
    await execute("INSERT INTO repriced VALUES ($1, 'FR', $2, 2, 1, '')", offer, owner)
    await execute(
        "INSERT INTO repricing (merchant_id, offer_id, sku, market, mode, from_minor, to_minor, "
        "currency, snapshot_id, model_id) VALUES ($1, $2, '', 'FR', 'LEAD', 2, 1, 'EUR', '', '')",
        owner,
        offer,
    )


@asynccontextmanager
async def serving() -> AsyncGenerator[None]:
    """Inside a test's transaction: the rights of a process that serves requests."""
    async with transaction():
        await execute(f"SET LOCAL ROLE {SERVES}")
        yield
        await execute(f"SET LOCAL ROLE {WORKS}")


@asynccontextmanager
async def pool_of_one(database_url: str) -> AsyncGenerator[None]:
    """One connection with the rights of a process that serves requests, for all that is asked."""
    async with TortoiseContext() as context:
        await context.init(tortoise_config(database_url, pool=1, role=APP))
        yield


async def count(raw: asyncpg.Connection, table: str) -> int:
    """How many rows of a table can be seen."""
    found: int = await raw.fetchval(f"SELECT count(*) FROM {table}")
    return found


async def names(sql: str) -> set[str]:
    """The first column of what a statement finds."""
    return {row[0] for row in await fetch(sql)}
