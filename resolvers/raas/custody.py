"""Lots are fetched, carried and handed over, and each step is told by whoever had it in hand.

Source: docs/fleets.md, "Custody".
"""

import csv
import hashlib
import io
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from domain.orders.numbers import HOW_MANY, order_number, read_number
from domain.raas import LotState
from domain.raas.custody import CustodyKind, Holder, Link, Subject, Told, broken_at
from models.base import Tenant, as_system, fetch
from models.offers.read import Position
from models.raas import custody, handover
from models.raas.custody import SQL, Answer, By, Item
from models.raas.handover import Lot
from resolvers import paging
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, holder_once
from resolvers.orders.refusals import Refusal, refusal_of
from resolvers.raas.handovers import (
    At,
    Side,
    evidence,
    on_lot,
    sight,
    some,
    text,
    wrong_state,
)

LONGEST_WINDOW = timedelta(days=14)
COLUMNS = (
    "subject", "name", "kind", "at", "place", "by", "seal", "mass_g", "signature", "container",
    "why_gap",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PickupRow:
    """When a lot is fetched, where and by whom; `carrier` None: its organisation brings it."""

    id: UUID
    lot_id: UUID
    site_id: UUID | None
    place: str
    from_at: datetime
    until_at: datetime
    carrier: str | None
    containers: int
    state: str
    moved: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """A pickup as it is asked for."""

    place: str
    from_at: datetime
    until_at: datetime
    carrier: str | None
    containers: int
    site_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """One custody event as it is told. Units: `mass_g` grams."""

    subject: Subject
    name: str
    kind: CustodyKind
    at: datetime
    place: str | None
    by: str | None
    seal: str | None = None
    mass_g: int | None = None
    signature: str | None = None
    photos: Sequence[UUID] = ()
    container: str | None = None
    why_gap: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one event: it is the `n`th of its chain, or refused."""

    refused: Refusal | None
    chain_id: UUID | None = None
    n: int | None = None
    hash: str | None = None
    incidents: Sequence[str] = field(default_factory=tuple)


async def schedule(
    ctx: Context, lot_id: UUID, wanted: Wanted, key: str, *, again: bool = False
) -> tuple[PickupRow, str | None] | Refusal:
    """Say when a lot is fetched; the code that its driver shows, told once.

    Refuses: a lot that is not the caller's, or was fetched; a window that cannot be; a first one
    where there is one, and another where there is none.
    Raises: SignInFirst, Forbidden, BadInput.
    """
    name = "reschedulePickup" if again else "schedulePickup"
    place = text(wanted.place, "place", needed=True)
    if not 0 <= wanted.containers <= 500:
        raise BadInput("`containers` are 0 to 500.", argument="containers")

    async def work(at: At) -> Outcome:
        if at.lot.state is not LotState.CONTRACTED:
            return wrong_state(at.lot, LotState.IN_CUSTODY).outcome()
        length = wanted.until_at - wanted.from_at
        if (
            wanted.from_at < ctx.now - timedelta(days=1)
            or not timedelta() < length <= LONGEST_WINDOW
        ):
            return Refusal("WINDOW_INVALID").outcome()
        known = await at.raw.fetch(SQL["pickups"], [lot_id])
        if bool(known) != again:
            return Refusal("PICKUP_UNKNOWN" if again else "PICKUP_EXISTS").outcome()
        code = order_number(secrets.randbelow(HOW_MANY))
        await at.raw.fetchval(
            SQL["schedule"], *at.lot.owners, wanted.site_id, place, wanted.from_at,
            wanted.until_at, text(wanted.carrier, "carrier"), wanted.containers, hashed(code),
        )  # fmt: skip
        await handover.changed(at.raw, at.lot)
        return {"secret": code}

    given = {"wanted": asdict(wanted)}
    outcome = await on_lot(ctx, name, lot_id, key, given, Side.BOTH, work)
    if refused := refusal_of(outcome):
        return refused
    [row] = (await pickups(ctx, [lot_id])).values()
    return row, outcome["secret"]


def hashed(code: str) -> str:
    """What is kept of a pickup's code, however a person wrote it."""
    return hashlib.sha256((read_number(code) or code).encode()).hexdigest()


async def pickups(ctx: Context, lots: Sequence[UUID]) -> dict[UUID, PickupRow]:
    """The pickups of lots that the caller sees."""
    async with sight(ctx):
        return {row["lot_id"]: PickupRow(**row) for row in await fetch(SQL["pickups"], list(lots))}


async def record(
    ctx: Context, lot_id: UUID, events: Sequence[Event], key: str
) -> list[Recorded] | Refusal:
    """Tell what happened to a lot, its containers or its devices; an answer for each, in order.

    Refuses, as a whole: a lot that is not the caller's; a photo that is not. By event: see
    `domain.raas.custody.took`, and a device that nobody declared.
    Raises: SignInFirst, Forbidden; BadInput for none, or more than 1,000.
    """
    some(events, "events")

    async def work(at: At) -> Outcome:
        photos = [photo for event in events for photo in event.photos]
        if refused := await evidence(ctx, at, photos):
            return refused.outcome()
        items = [_item(event) for event in events]
        answers = await custody.record(at.raw, at.lot, items, at.by, at.terms.balance_bp)
        return {"answers": [_told(each) for each in answers]}

    given = {"events": [_given(event) for event in events]}
    outcome = await on_lot(ctx, "recordCustodyEvents", lot_id, key, given, Side.BOTH, work)
    return refusal_of(outcome) or [_answer(each) for each in outcome["answers"]]


async def record_by_code(
    ctx: Context, code: str, events: Sequence[Event], key: str
) -> list[Recorded] | Refusal:
    """The same by whoever drives, who shows the code of the pickup; it ends with the arrival.

    Refuses: a code that opens nothing now.
    """
    some(events, "events")
    if any(event.photos for event in events):
        raise BadInput("A driver sends no photos.", argument="events")
    token = hashed(code)

    async def act() -> Outcome:
        async with as_system() as raw:
            lot_id = await raw.fetchval(SQL["by_code"], token, ctx.now)
            lot = await handover.held(raw, lot_id) if lot_id else None
            if lot is None:
                return Refusal("PICKUP_CODE_INVALID").outcome()
            terms = await handover.terms(lot.country, ctx.now.date())
            by = By(Holder.CARRIER, None, ctx.now)
            items = [_item(event) for event in events]
            answers = await custody.record(raw, lot, items, by, terms.balance_bp)
            if CustodyKind.ARRIVED in {event.kind for event in events} and not all(
                each.refused for each in answers
            ):
                await raw.execute(SQL["use_code"], lot.id)
            await audited(
                ctx, "recordCustodyByCode", "Lot", lot.id, after={"answers": len(answers)},
                of=Tenant(organisation_id=lot.organisation_id),
            )  # fmt: skip
        return {"answers": [_told(each) for each in answers]}

    given = {"events": [_given(event) for event in events]}
    outcome = await holder_once(ctx, token, "recordCustodyByCode", key, given, act)
    return refusal_of(outcome) or [_answer(each) for each in outcome["answers"]]


def read_csv(given: str) -> list[Event]:
    """Events of a file with a line of names: `subject,name,kind,at` and what else is known.

    Raises: BadInput for a column or a value that is not one, with its line.
    """
    rows = csv.DictReader(io.StringIO(given.lstrip("\ufeff")))
    names = {name.strip().casefold() for name in rows.fieldnames or ()}
    if not {"subject", "kind", "at"} <= names or names - set(COLUMNS):
        raise BadInput(f"The first line names columns of {', '.join(COLUMNS)}.", argument="csv")
    found = []
    for row in rows:
        found.append(
            _of_line(
                {k.strip().casefold(): (v or "").strip() for k, v in row.items() if k},
                rows.line_num,
            )
        )
        some(found, "csv")
    return found


def _of_line(row: Mapping[str, str], line: int) -> Event:
    try:
        at = datetime.fromisoformat(row["at"])
        return Event(
            Subject(row["subject"].upper()), row.get("name", ""), CustodyKind(row["kind"].upper()),
            at if at.tzinfo else at.replace(tzinfo=UTC), row.get("place") or None,
            row.get("by") or None, row.get("seal") or None,
            int(row["mass_g"]) if row.get("mass_g") else None, row.get("signature") or None, (),
            row.get("container") or None, row.get("why_gap") or None,
        )  # fmt: skip
    except (ValueError, KeyError) as error:
        raise BadInput(f"Line {line} cannot be read: {error}.", argument="csv", line=line) from None


def _item(event: Event) -> Item:
    told = Told(
        event.kind, event.at, text(event.seal, "seal"), _mass(event.mass_g),
        text(event.why_gap, "whyGap"),
    )  # fmt: skip
    data = {
        "by": text(event.by, "by"),
        "place": text(event.place, "place"),
        "signature": text(event.signature, "signature"),
        "photos": [str(photo) for photo in event.photos] or None,
    }
    return Item(event.subject, event.name[:200], told, data, event.container)


def _mass(given: int | None) -> int | None:
    if given is not None and not 0 <= given <= 100_000_000:
        raise BadInput("`massG` is 0 to 100,000,000 grams.", argument="massG")
    return given


def _given(event: Event) -> list[Any]:
    return [
        event.subject, event.name, event.kind, event.at, event.place, event.by, event.seal,
        event.mass_g, event.signature, list(event.photos), event.container, event.why_gap,
    ]  # fmt: skip


def _told(answer: Answer) -> dict[str, Any]:
    if answer.refused:
        return Refusal(answer.refused, answer.facts).outcome()
    found = {"chain": str(answer.chain_id), "n": answer.n, "hash": answer.hash}
    return found | {"incidents": list(answer.incidents)}


def _answer(told: Mapping[str, Any]) -> Recorded:
    if refused := refusal_of(told):
        return Recorded(refused)
    return Recorded(None, UUID(told["chain"]), told["n"], told["hash"], told["incidents"])


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of a chain as it is read."""

    chain_id: UUID
    subject: Subject
    name: str
    n: int
    kind: CustodyKind
    at: datetime
    recorded_at: datetime
    actor: Holder
    data: Mapping[str, Any]
    previous: bytes
    hash: bytes


async def events(
    ctx: Context, lot: Lot, chain_id: UUID | None, first: int, after: str | None
) -> paging.Page[EventRow]:
    """The events of a lot that the caller sees, in the order in which they were told."""
    size = paging.size(first)
    of = paging.fingerprint("custody", lot.id, chain_id)
    at = paging.opened(after, of, ctx.seal)
    place = (
        (datetime.fromisoformat(str(at.key1)), at.id, int(at.key2)) if at else (None, None, None)
    )
    async with sight(ctx):
        rows = await fetch(SQL["events"], lot.id, chain_id, *place, size + 1)
    return paging.page_of([_event(row) for row in rows], _place, size, of, ctx.seal)


def _place(row: EventRow) -> Position:
    return Position(row.recorded_at.isoformat(), row.n, row.chain_id)


def _event(row: Any) -> EventRow:
    facts: dict[str, Any] = {"subject": Subject(row["subject"]), "kind": CustodyKind(row["kind"])}
    facts |= {"actor": Holder(row["actor"]), "data": custody.facts_of(row)}
    return EventRow(**{**row} | facts | {k: bytes(row[k]) for k in ("previous", "hash")})


async def containers(ctx: Context, lot: Lot) -> list[Any]:
    """The containers of a lot, with seal and mass, 500 at most."""
    async with sight(ctx):
        return await fetch(SQL["containers"], lot.id)


async def incidents(ctx: Context, lot: Lot, first: int, after: str | None) -> paging.Page[Any]:
    """What did not fit, the oldest first."""
    size = paging.size(first)
    of = paging.fingerprint("incidents", lot.id)
    at = paging.opened(after, of, ctx.seal)
    async with sight(ctx):
        rows = await fetch(SQL["incidents"], lot.id, at.id if at else None, size + 1)
    made = [{**row} | {"facts": orjson.loads(row["facts"])} for row in rows]
    return paging.page_of(made, lambda row: Position("", 0, row["id"]), size, of, ctx.seal)


async def broken_chains(ctx: Context, lot: Lot) -> list[tuple[str, str, int]]:
    """The chains of a lot that do not hold: what they are of, its name, the first bad event.

    Every event is computed again from what is stored.
    """
    async with sight(ctx):
        rows = await fetch(SQL["whole"], lot.id)
    chains: dict[UUID, tuple[str, str, bytes, list[Link]]] = {}
    for row in rows:
        last_hash = bytes(row["last_hash"])
        links = chains.setdefault(row["id"], (row["subject"], row["name"], last_hash, []))[3]
        if row["n"] is not None:
            hashes = (bytes(row["previous"]), bytes(row["hash"]))
            data = custody.facts_of(row)
            links.append(Link(row["n"], row["kind"], row["at"], row["actor"], data, *hashes))
    found = []
    for chain_id, (subject, name, last, links) in chains.items():
        n = broken_at(chain_id, links, last)
        if n is not None:
            found.append((subject, name, n))
    return sorted(found)


async def resolve_incident(
    ctx: Context, lot_id: UUID, incident_id: UUID, resolution: str, key: str
) -> bool | Refusal:
    """Say how an incident was cleared up; it stays in the list.

    Refuses: a lot that is not the caller's; an incident that is not open.
    """
    said = text(resolution, "resolution", needed=True)

    async def work(at: At) -> Outcome:
        facts = (incident_id, lot_id, ctx.now, said)
        if await at.raw.fetchval(SQL["resolve"], *facts) is None:
            return Refusal("INCIDENT_UNKNOWN").outcome()
        await handover.changed(at.raw, at.lot)
        return {}

    given = {"incident": incident_id, "resolution": said}
    outcome = await on_lot(
        ctx, "resolveCustodyIncident", lot_id, key, given, Side.ORGANISATION, work
    )
    return refusal_of(outcome) or True
