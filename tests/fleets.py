"""Organisations with a valued fleet, lots of it, and who may bid, for tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import orjson

from domain.accounts.roles import CallerKind, Role, scopes_of
from domain.merchants import MerchantKind
from domain.raas.lots import LotRules
from models.accounts import people
from models.base import execute, fetch, fetchval, new_id
from models.merchants import Merchant
from resolvers.context import Caller
from schema.common import global_id
from tests import factories
from tests.schema.asking import Json, data, key_of

_keys, _numbers = count(1), count(1)
P = "__typename ... on Problem{code message path}"
LOT = """{id number title state version assets sealed bidsUntil bidCount openedAt awardBy confirmBy
  awardedAmount{amount currency} supplier leadingAmount{amount} rules{reserve{amount}}}"""
BID = """{id state sealed amount{amount currency} reuseCommitmentBp note commitment salt rank
  because score{price quality inCountry reuse ess total} merchant{name}}"""
CREATE = f"""mutation($i: CreateLotInput!){{createLot(input: $i){{{P}
  ... on LotChanged{{lot{LOT}}} ... on AssetNotAvailable{{assets count}}
  ... on AssetWithoutIdentity{{assets count}} ... on LotFleetNotValued{{state}}}}}}"""
PUBLISH = f"""mutation($i: PublishLotInput!){{publishLot(input: $i){{{P}
  ... on LotChanged{{lot{LOT}}} ... on LotRulesInvalid{{field reason}}
  ... on InvalidTransition{{from to allowed}}}}}}"""
CHANGE = f"""mutation($i: ChangeLotInput!){{changeLot(input: $i){{{P}
  ... on LotChanged{{lot{LOT}}} ... on LotStale{{currentVersion}} ... on BiddingClosed{{bidsUntil}}
  ... on LotRulesInvalid{{field reason}} ... on AssetNotAvailable{{count}}}}}}"""
CANCEL = f"""mutation($i: CancelLotInput!){{cancelLot(input: $i){{{P}
  ... on LotChanged{{lot{LOT}}} ... on InvalidTransition{{from to allowed}}}}}}"""
AWARD = f"""mutation($i: AwardLotInput!){{awardLot(input: $i){{{P}
  ... on LotChanged{{lot{LOT}}} ... on AwardReasonRequired{{rank}}
  ... on InvalidTransition{{from to allowed}}}}}}"""
BID_ON = f"""mutation($i: BidOnLotInput!){{bidOnLot(input: $i){{{P}
  ... on LotBidChanged{{bid{BID}}} ... on BelowReserve{{reserve{{amount}}}}
  ... on BidderNotQualified{{reasons qualityBp minQualityBp availableFrom}}
  ... on LotChangedSinceBid{{version}} ... on BiddingClosed{{bidsUntil}}}}}}"""
WITHDRAW = f"""mutation($i: OneLotInput!){{withdrawLotBid(input: $i){{{P}
  ... on LotBidChanged{{bid{BID}}}}}}}"""
CONFIRM = f"""mutation($i: OneLotInput!){{confirmAward(input: $i){{{P}
  ... on LotChanged{{lot{LOT}}} ... on InvalidTransition{{from to allowed}}}}}}"""
DECLINE = f"""mutation($i: DeclineAwardInput!){{declineAward(input: $i){{{P}
  ... on LotBidChanged{{bid{BID}}}}}}}"""
READ = f"query($id: ID!){{lot(id: $id){LOT}}}"
MINE = f"query($id: ID!){{lot(id: $id){{state assets bidCount myBid{BID}}}}}"
BIDS = f"query($id: ID!){{lot(id: $id){{bidCount bids{{edges{{node{BID}}}}}}}}}"
GROUPS = "query($id: ID!){lot(id: $id){assets groups{edges{node{model grade disposition assets}}}}}"
DEVICES = "query($id: ID!){lot(id: $id){devices{edges{node{imei serial model}}}}}"
TIMELINE = "query($id: ID!){lot(id: $id){timeline{kind fromState toState actor reason note}}}"


def once() -> str:
    """An idempotency key that was not used before."""
    return f"lots-{next(_keys)}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet and its devices."""

    id: UUID
    organisation_id: UUID
    assets: list[UUID]

    @property
    def gid(self) -> str:
        return str(global_id("Fleet", self.id))


def organisation_key(organisation_id: UUID, *roles: Role) -> Caller:
    """A caller of an organisation with these roles; without any, whoever may ask for all."""
    held = roles or (Role.ORG_ADMIN,)
    return Caller(
        kind=CallerKind.ORGANISATION,
        organisation_id=organisation_id,
        roles=frozenset(role.value for role in held),
        scopes=scopes_of(held),
        key_prefix=_prefix(organisation_id),
    )


def _prefix(organisation_id: UUID) -> str:
    return f"org-{organisation_id.hex[-12:]}"


async def organisation(slug: str = "acme", organisation_id: UUID | None = None) -> UUID:
    """An organisation's id; one of its own has an administrator, who made its key."""
    made = organisation_id or new_id()
    await execute(
        "INSERT INTO organisation (id, created_at, updated_at, slug, name) "
        "VALUES ($1, now(), now(), $2::text, initcap($2::text))",
        made,
        slug,
    )
    if organisation_id is None:
        admin = frozenset({Role.ORG_ADMIN})
        maker = await people.enter(f"key@{slug}.example", admin, organisation_id=made)
        await execute(
            "INSERT INTO api_key (id, created_at, updated_at, prefix, secret_sha256, "
            "organisation_id, scopes, expires_at, made_by) "
            "VALUES ($1, now(), now(), $2, '', $3, '{}', now() + interval '1 day', $4)",
            new_id(), _prefix(made), made, maker.id,
        )  # fmt: skip
    return made


async def fleet(
    owner: UUID,
    devices: int = 3,
    *,
    state: str = "VALUED",
    asset: str = "MATCHED",
    models: Sequence[str] = ("Nova 1",),
    identified: bool = True,
) -> Fleet:
    """A fleet of phones with their serial numbers."""
    found = new_id()
    await execute(
        "INSERT INTO fleet (id, organisation_id, number, name, kind, state, country, market, "
        "currency, assets) VALUES ($1, $2, $3, 'Fleet', 'AD_HOC', $4, 'FR', 'FR', 'EUR', $5)",
        found, owner, f"F-{next(_numbers)}", state, devices,
    )  # fmt: skip
    ids = []
    for n in range(devices):
        ids.append(new_id())
        serial = f"SN{found.hex[-12:]}{n:05}".upper() if identified else None
        await execute(
            "INSERT INTO asset (id, fleet_id, organisation_id, line, serial, key, manufacturer, "
            "model, grade, category, state, disposition) VALUES ($1, $2, $3, $4, $5, $6, "
            "'Calder', $7, 'GOOD', 'smartphone', $8, 'RESELL')",
            ids[-1], found, owner, n, serial, f"SERIAL:calder:{serial}" if serial else None,
            models[n % len(models)], asset,
        )  # fmt: skip
    return Fleet(found, owner, ids)


async def bidder(
    slug: str,
    quality_bp: int | None = None,
    *,
    country: str = "FR",
    ess: bool = False,
    erases: bool = True,
    **more: Any,
) -> Merchant:
    """A merchant who may bid on lots of phones in France."""
    row = await factories.merchant(
        slug, country=country, quality_bp=quality_bp, markets=more.pop("markets", ("FR",)), **more
    )
    if ess:
        await execute("UPDATE merchant SET kind = $2 WHERE id = $1", row.id,
                      MerchantKind.SOLIDARITY.value)  # fmt: skip
    if erases:
        await execute(
            "INSERT INTO merchant_capability (merchant_id, capability, proof) "
            "VALUES ($1, 'ERASURE', 'audit')",
            row.id,
        )
    return row


def bidder_key(row: Merchant) -> Caller:
    """A key of a merchant for lots."""
    return key_of(row, "lots:read", "lots:write")


def soon(**more: float) -> str:
    """A moment from now on, for `bidsUntil`."""
    return (datetime.now().astimezone() + timedelta(**(more or {"hours": 1}))).isoformat()


async def ask(document: str, caller: Caller, **given: Any) -> Json:
    """What a mutation about a lot answers."""
    body = await data(document, caller, i={"idempotencyKey": once(), **given})
    (found,) = body.values()
    return found


async def create(caller: Caller, of: Fleet, **more: Any) -> Json:
    """A lot of all that is free in a fleet, unless devices are named."""
    found = await ask(CREATE, caller, fleetId=of.gid, title="Phones", **more)
    assert found["__typename"] == "LotChanged", found
    return found["lot"]


async def publish(caller: Caller, of: Fleet, assets: Sequence[UUID] = (), **rules: Any) -> Json:
    """A lot that takes bids."""
    named = {"assets": [str(global_id("Asset", each)) for each in assets]} if assets else {}
    made = await create(caller, of, **named)
    given = {"bidsUntil": soon(), "currency": "EUR", **rules}
    found = await ask(PUBLISH, caller, lotId=made["id"], rules=given)
    assert found["__typename"] == "LotChanged", found
    return found["lot"]


async def bid(of: Json, row: Merchant, amount: str, **more: Any) -> Json:
    """What a merchant is answered who bids."""
    given = {"version": of["version"], "amount": amount, "currency": "EUR", **more}
    return await ask(BID_ON, bidder_key(row), lotId=of["id"], **given)


def row_of(of: Json) -> UUID:
    """The row that the id of a lot names."""
    from strawberry import relay

    return UUID(relay.GlobalID.from_id(of["id"]).node_id)


async def pass_deadline(lot_id: UUID) -> None:
    """Let the end of bidding have come: only the owner of the tables can, inside a test."""
    moved = await _as_owner(
        "UPDATE lot_seal SET opens_at = clock_timestamp() - interval '1 second' WHERE lot_id = $1",
        lot_id,
    )
    assert moved or not await fetchval("SELECT sealed FROM lot WHERE id = $1", lot_id)
    await execute(
        "UPDATE lot SET bids_until = clock_timestamp() - interval '1 second' WHERE id = $1", lot_id
    )


async def pass_time(lot_id: UUID, column: str) -> None:
    """Let a deadline of a lot have come."""
    sql = f"UPDATE lot SET {column} = clock_timestamp() - interval '1 second' WHERE id = $1"
    await execute(sql, lot_id)


async def _as_owner(sql: str, *args: Any) -> int:
    before = await fetchval("SELECT current_setting('role')")
    await execute("SET LOCAL ROLE NONE")
    await execute("ALTER TABLE lot_seal NO FORCE ROW LEVEL SECURITY")
    moved = await execute(sql, *args)
    await execute("ALTER TABLE lot_seal FORCE ROW LEVEL SECURITY")
    await execute(f"SET LOCAL ROLE {before}")
    return moved


async def sold(of: Fleet, row: Merchant) -> UUID:
    """A lot of one device that was contracted, with a row in every table of lots."""
    lot_id, bid_id, at = new_id(), new_id(), "2026-05-01T00:00:00Z"
    await execute(
        "INSERT INTO lot (id, number, fleet_id, organisation_id, market, country, currency, title, "
        "state, awarded_bid_id, awarded_merchant_id, award_minor, contracted_at, assets) VALUES "
        f"($1, $2, $3, $4, 'FR', 'FR', 'EUR', 'x', 'CONTRACTED', $5, $6, 1, '{at}', 1)",
        lot_id, f"L-{next(_numbers)}", of.id, of.organisation_id, bid_id, row.id,
    )  # fmt: skip
    await execute(
        "INSERT INTO lot_bid (id, lot_id, merchant_id, version, state, commitment, amount_minor, "
        f"submitted_at, opened_at) VALUES ($1, $2, $3, 1, 'WON', '', 1, '{at}', '{at}')",
        bid_id, lot_id, row.id,
    )  # fmt: skip
    rows = {
        "lot_manifest": "version, sha256, assets, reserved, mix, storage) VALUES ($1, 1, '', 1, 0, "
        "'{}', true)",
        "lot_manifest_line": f"version, n, asset_id, key, reserved) VALUES ($1, 1, 1, "
        f"'{of.assets[0]}', '', false)",
        "lot_move": "n, kind, to_state, version, actor, at) VALUES ($1, 1, 'MOVED', 'DRAFT', 1, "
        f"'PLATFORM', '{at}')",
        "lot_seal": "id, version, private_key, opens_at) VALUES ($1, gen_random_uuid(), 1, '', "
        "clock_timestamp() + interval '20 ms')",
    }
    for table, facts in rows.items():
        await execute(f"INSERT INTO {table} (lot_id, {facts}", lot_id)
    await execute(
        "INSERT INTO merchant_capability (merchant_id, capability, proof) "
        "VALUES ($1, 'ERASURE', '')",
        row.id,
    )
    await fetchval("SELECT pg_sleep(0.03)::text")
    return lot_id


async def states(lot_id: UUID) -> dict[str, str]:
    """The state of each bid on a lot, by its merchant's slug."""
    rows = await fetch(
        "SELECT m.slug, b.state FROM lot_bid b JOIN merchant m ON m.id = b.merchant_id "
        "WHERE b.lot_id = $1 ORDER BY b.id",
        lot_id,
    )
    return {row["slug"]: row["state"] for row in rows}


async def data_or_reason(of: Json, row: Merchant, amount: str, key: str) -> str:
    """The reason why a bid is not served."""
    from tests.schema.asking import refusal

    given = {"version": of["version"], "amount": amount, "currency": "EUR", "lotId": of["id"]}
    found = await refusal(BID_ON, bidder_key(row), i={"idempotencyKey": key, **given})
    reason: str = found["reason"]
    return reason


async def many(row: Merchant, organisation_id: UUID, lots: int) -> None:
    """As many open lots that take bids, each with a bid of the merchant."""
    of = await fleet(organisation_id, 1)
    await execute(
        "WITH l AS (INSERT INTO lot (number, fleet_id, organisation_id, market, country, currency, "
        "title, state, rules, bids_until, published_at, sealed, assets) SELECT 'many-' || n, $1, "
        "$2, 'FR', 'FR', 'EUR', 'x', 'PUBLISHED', $3::text::jsonb, now() + interval '1 day', "
        "now(), false, 1 FROM generate_series(1, $4) n RETURNING id), m AS (INSERT INTO "
        "lot_manifest (lot_id, version, sha256, assets, reserved, mix, storage) SELECT id, 1, '', "
        "1, 0, '{}', true FROM l), v AS (INSERT INTO lot_move (lot_id, n, kind, to_state, version, "
        "actor, at) SELECT id, 1, 'MOVED', 'PUBLISHED', 1, 'ORGANISATION', now() FROM l) "
        "INSERT INTO lot_bid (id, lot_id, merchant_id, version, commitment, amount_minor, "
        "reuse_bp, valid_until, submitted_at) SELECT gen_random_uuid(), id, $5, 1, '', 1, 0, "
        "now() + interval '9 days', now() FROM l",
        of.id, of.organisation_id, orjson.dumps(
            LotRules(datetime.now().astimezone() + timedelta(days=1), sealed=False).stored()
        ).decode(), lots, row.id,
    )  # fmt: skip
