"""Rows of fleets: one at least in each private table of a company.

Whoever adds a private table adds its row to `rows_of_company`, or to `tenants.shop`.
"""

from uuid import UUID

from domain.orders.ledger import Entry, LedgerAccount, LedgerKind
from models.accounts import Organisation
from models.base import execute, fetchrow, transaction
from models.merchants import Merchant
from models.orders.ledger import Why, post
from tests import factories
from tests.factories import NOW, Item
from tests.orders import DAY, insert


async def rows_of_company(owner: Organisation, item: Item, slug: str) -> None:
    """What an organisation has: a fleet of one asset, its lot, the parcel and the money."""
    made = await lot(owner, item, slug)
    await handed_over(made, organisation_id=owner.id)
    for merchant in await Merchant.all():
        if await fetchrow("SELECT FROM pickup WHERE merchant_id = $1", merchant.id) is None:
            other = await lot(owner, item, f"{slug}-{merchant.slug}")
            await handed_over(other, merchant_id=merchant.id)
    await insert(
        "shipment", id=factories.some_id(), purpose="FLEET_PICKUP", organisation_id=owner.id,
        lot_id=made, carrier="UPS", tracking_number=f"1Z{slug}", status="UNKNOWN", version=1,
        late=False, stalled=False, never_accepted=False, polls=0, failures=0,
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    why = Why(LedgerKind.SETTLEMENT, made, None, "EUR", NOW, subject_id=made)
    entries = [
        Entry(LedgerAccount.CLEARING, 1),
        Entry(LedgerAccount.ORGANISATIONS_OWED, -1, organisation_id=owner.id),
    ]
    async with transaction() as raw:
        await post(raw, why, entries)


async def fleet(owner: Organisation, slug: str) -> UUID:
    """An empty fleet of an organisation."""
    made: UUID = await insert(
        "fleet", id=factories.some_id(), organisation_id=owner.id, number=f"F-{slug}", name=slug,
        kind="AD_HOC", state="DRAFT", country="FR", market="FR", currency="EUR", assets=0,
        version=1, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    read: UUID = await insert(
        "fleet_import", id=factories.some_id(), fleet_id=made, organisation_id=owner.id,
        file=factories.some_id(), name=slug, sha256="0", bytes=1, state="COMPLETED",
        policy="REJECT_FAILED_ROWS", dry_run=False, mapping={}, settings={}, columns=[], lines=1,
        counts={"ACCEPTED": 1}, codes={}, seconds={}, version=1, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    await insert("fleet_line", import_id=read, line=2, outcome="ACCEPTED", tag=slug)
    return made


async def lot(owner: Organisation, item: Item, slug: str) -> UUID:
    """A draft of a lot with one asset of a new fleet."""
    whose = {"fleet_id": await fleet(owner, slug), "organisation_id": owner.id}
    times = {"version": 1, "created_at": NOW, "updated_at": NOW}
    made: UUID = await insert(
        "lot", id=factories.some_id(), number=f"L-{slug}", **whose, market="FR", country="FR",
        currency="EUR", title=slug, state="DRAFT", rules={}, sealed=True, assets=1, **times,
    )  # fmt: skip
    await insert(
        "asset", id=factories.some_id(), **whose, line=1, tag=slug, tag_key=slug.upper(), live=True,
        key=f"SERIAL:calder:{slug}", variant_id=item.variant_id, state="IN_LOT", lot_id=made,
        **times,
    )  # fmt: skip
    return made


async def handed_over(lot_id: UUID, **owner: UUID) -> None:
    """A row in each table of a lot's way, of one side; the other side is nobody."""
    asset = await fetchrow("SELECT id, fleet_id FROM asset WHERE lot_id = $1", lot_id)
    assert asset is not None
    sides = {"organisation_id": factories.some_id(), "merchant_id": factories.some_id()} | owner
    of = {"lot_id": lot_id, **sides}
    one = {**of, "asset_id": asset["id"]}
    await insert(
        "pickup", id=factories.some_id(), **of, place="P", from_at=NOW, until_at=NOW + DAY,
        containers=1, state="SCHEDULED", moved=0, created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    chain = await insert(
        "custody_chain", id=factories.some_id(), **of, subject="BATCH", name="BATCH", events=1,
        last_hash="",
    )  # fmt: skip
    await insert(
        "custody_event", chain_id=chain, n=1, **of, kind="COLLECTED", at=NOW, recorded_at=NOW,
        actor="PLATFORM", data={}, previous="", hash="",
    )  # fmt: skip
    await insert("custody_incident", id=factories.some_id(), **of, kind="LOST", facts={}, at=NOW)
    await insert(
        "asset_outcome", **one, found="RECEIVED", reasons=[], seen={}, counted_at=NOW,
        charged=False, grade_evidence=[],
    )  # fmt: skip
    medium = await insert(
        "asset_medium", id=factories.some_id(), **one, serial="M", type="SSD", removable=True,
        state="PENDING", failures=0, tries=0,
    )  # fmt: skip
    await insert(
        "asset_erasure", id=factories.some_id(), medium_id=medium, **one, n=1, method="PURGE",
        state="FAILED", facts={}, recorded_at=NOW,
    )  # fmt: skip
    money = {"bid_minor": 0, "adjustment_minor": 0, "fee_minor": 0, "net_minor": 0}
    await insert(
        "settlement", **of, currency="EUR", state="READY", fee_bp=0, **money, ready_at=NOW,
        dispute_until=NOW, version=1, updated_at=NOW,
    )  # fmt: skip
    await insert("settlement_line", **one, **money, evidence=[])
    await insert(
        "lot_dispute", id=factories.some_id(), **one, about="SETTLEMENT", state="OPEN", reason="R",
        evidence=[], opened_at=NOW, answer_by=NOW, answer_evidence=[],
    )  # fmt: skip
    if "merchant_id" in owner:
        await insert(
            "downstream_partner", id=factories.some_id(), merchant_id=owner["merchant_id"],
            name=str(lot_id), country="FR", kind="RECYCLER", tier=1, certifications=[],
            created_at=NOW,
        )  # fmt: skip
    else:
        project = await insert(
            "refresh_project", id=factories.some_id(), organisation_id=owner["organisation_id"],
            fleet_id=asset["fleet_id"], name="R", purchases=[], planned=[], currency="EUR",
            created_at=NOW,
        )  # fmt: skip
        await insert(
            "refresh_pair", project_id=project, organisation_id=owner["organisation_id"],
            asset_id=asset["id"], line_id=factories.some_id(),
        )  # fmt: skip


async def many_handed_over(organisation_id: UUID, merchant_id: UUID, many: int) -> UUID:
    """Lots of a merchant, its partners and projects of a company, so many; one of the lots."""
    await execute(
        "INSERT INTO lot (number, fleet_id, organisation_id, market, country, currency, title, "
        "state, awarded_merchant_id, award_minor) SELECT 'M' || n, f.id, $1, 'FR', 'FR', 'EUR', "
        "'M', 'SETTLED', $2, 1 FROM generate_series(1, $3) n, (SELECT id FROM fleet WHERE "
        "organisation_id = $1 LIMIT 1) f", organisation_id, merchant_id, many + 1,
    )  # fmt: skip
    await execute(
        "INSERT INTO downstream_partner (merchant_id, name, country, kind) SELECT $1, 'N' || n, "
        "'FR', 'RECYCLER' FROM generate_series(1, $2) n", merchant_id, many,
    )  # fmt: skip
    await execute(
        "INSERT INTO refresh_project (organisation_id, fleet_id, name, currency) SELECT $1, f.id, "
        "'R', 'EUR' FROM generate_series(1, $2) n, (SELECT id FROM fleet WHERE "
        "organisation_id = $1 LIMIT 1) f", organisation_id, many,
    )  # fmt: skip
    found = await fetchrow("SELECT id FROM lot WHERE state = 'SETTLED' LIMIT 1")
    assert found is not None
    made: UUID = found["id"]
    return made
