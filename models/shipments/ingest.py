"""What carriers tell becomes events, statuses and dates: once each, in whatever order it comes.

The statements for a batch are as many for a thousand parcels as for one, but for the parcels that
end: what that does to their lines is done line by line.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import orjson
import structlog

from domain.shipments import (
    FROM_THE_FUTURE,
    HANDED_OVER,
    Scan,
    ShipmentPurpose,
    ShipmentReason,
    ShipmentStatus,
    TimeSource,
    Told,
)
from domain.shipments.polling import (
    QUOTAS,
    Followed,
    Quota,
    aged,
    in_urgency,
    never_accepted,
    next_poll_at_speed,
)
from domain.shipments.promise import abroad, lost, silent_since, stalled
from domain.shipments.standing import Standing, Word, newer, of_this_parcel, standing, word_of
from models.announce import announce_all
from models.base import as_system
from models.events import Event, emit_all
from models.jobs import Job
from models.outbox import enqueue_each
from models.shipments import effects
from models.shipments.news import events_of, topics_of
from models.sql import statements

log = structlog.get_logger()

SQL = statements(Path(__file__).with_suffix(".sql"))
ENDS = frozenset({ShipmentStatus.DELIVERED, ShipmentStatus.RETURNED, ShipmentStatus.LOST})
"""Statuses that move the lines of a parcel."""
_CASES = frozenset({ShipmentStatus.LOST, ShipmentStatus.RETURNED})
"""Statuses that open a case by themselves, on the way to a customer."""
_NO_QUOTA = Quota(1)

ZoneOf = Callable[[str | None, str | None], str]
"""The IANA name of the zone of a country and postcode; `UTC` where nobody knows."""


class Source(StrEnum):
    """How something was told: as an answer to a question of ours, or without one."""

    POLL = "poll"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Heard:
    """What was told of a parcel of ours."""

    shipment_id: UUID
    told: Told
    source: Source


@dataclass(frozen=True, slots=True)
class Change:
    """A parcel whose status is another one now."""

    shipment_id: UUID
    before: ShipmentStatus
    after: ShipmentStatus
    at: datetime


@dataclass(frozen=True, slots=True)
class Ingested:
    """What came of a batch: events that are new, parcels that were written, statuses that moved."""

    events: int
    parcels: int
    changes: tuple[Change, ...]


class _Row(NamedTuple):
    """What ingestion writes of a parcel, in the order of the statement `write`."""

    id: UUID
    status: str
    reason: str | None
    status_at: datetime | None
    last_scan_at: datetime | None
    told_at: datetime | None
    first_scan_at: datetime | None
    delivered_at: datetime | None
    expected_at: datetime | None
    stalled: bool
    never_accepted: bool
    proof: str | None
    carrier_ref: str | None
    word_status: str | None
    word_reason: str | None
    word_at: datetime | None
    lost_at: datetime | None
    next_poll_at: datetime | None
    urgent: bool
    version: int
    polled: bool


@dataclass(slots=True)
class _Parcel:
    """A parcel that is locked, and what was told of it."""

    row: asyncpg.Record
    told: list[Told]
    polled: bool
    new: int = 0


async def ingest(heard: Sequence[Heard], zone_of: ZoneOf, speed: float = 1.0) -> Ingested:
    """Take in what was told, in the current transaction; what was told before writes nothing.

    An answer to a poll also decides when to ask again, and whether silence has become a loss.
    Parcels are locked in the order of their ids. Units: `speed` says how many times faster than
    real parcels these travel.
    """
    async with as_system() as raw:
        rows = await raw.fetch(SQL["lock"], sorted({each.shipment_id for each in heard}))
        parcels = _parcels(rows, heard)
        added = await raw.fetch(SQL["add"], *_columns(parcels.values()))
        for event in added:
            parcels[event["shipment_id"]].new += 1
        scans = await _scans(raw, list(parcels))
        written = [(p, _follows(p, scans[p.row["id"]], zone_of, speed)) for p in parcels.values()]
        changed = [(p, row) for p, row in written if p.polled or _differs(p, row)]
        if changed:
            columns = [list(column) for column in zip(*(row for _, row in changed), strict=True)]
            await raw.execute(SQL["write"], *columns)
        changes = await _tell(raw, changed)
        await _note_unmapped(raw, parcels, added)
    for change in changes:
        if change.after in ENDS:
            await effects.apply(change.shipment_id, change.after, change.at)
    return Ingested(len(added), len(changed), tuple(changes))


def _parcels(rows: Sequence[asyncpg.Record], heard: Sequence[Heard]) -> dict[UUID, _Parcel]:
    found = {row["id"]: _Parcel(row, [], polled=False) for row in rows}
    for each in heard:
        parcel = found.get(each.shipment_id)
        if parcel is None:
            continue
        parcel.polled |= each.source is Source.POLL
        own = of_this_parcel(each.told, parcel.row["created_at"])
        if own is not None:
            parcel.told.append(own)
    return found


def _columns(parcels: Iterable[_Parcel]) -> list[list[Any]]:
    """The scans of all parcels as the statement `add` takes them."""
    lines = [
        _event(parcel.row, scan, Source.POLL if parcel.polled else Source.WEBHOOK)
        for parcel in parcels
        for told in parcel.told
        for scan in told.scans
    ]
    return [list(column) for column in zip(*lines, strict=True)] if lines else [[]] * 18


def _event(row: asyncpg.Record, scan: Scan, source: Source) -> tuple[Any, ...]:
    return (
        row["id"],
        scan.key(row["carrier"], row["tracking_number"]),
        scan.raw_code,
        scan.raw_label,
        scan.language,
        scan.status,
        scan.reason,
        scan.mapped,
        scan.occurred_at,
        scan.occurred_local,
        round(scan.utc_offset.total_seconds() / 60),
        scan.time_source.value,
        scan.position,
        scan.location,
        scan.postal_code,
        scan.country,
        source.value,
        orjson.dumps(scan.raw, default=str).decode(),
    )


async def _scans(raw: asyncpg.Connection, ids: Sequence[UUID]) -> dict[UUID, list[Scan]]:
    """All scans that are known of these parcels, without what does not decide."""
    found: dict[UUID, list[Scan]] = defaultdict(list)
    for row in await raw.fetch(SQL["scans"], ids):
        found[row["shipment_id"]].append(
            Scan(
                raw_code="",
                raw_label="",
                status=ShipmentStatus(row["status"]) if row["status"] else None,
                reason=ShipmentReason(row["reason"]) if row["reason"] else None,
                occurred_at=row["occurred_at"],
                occurred_local=row["occurred_local"],
                utc_offset=timedelta(),
                time_source=TimeSource.EXPLICIT,
                position=row["position"],
            )
        )
    return found


def _follows(parcel: _Parcel, scans: Sequence[Scan], zone_of: ZoneOf, speed: float) -> _Row:
    """What a parcel's row is, now that all of this is known."""
    row, now = parcel.row, parcel.row["at"]
    word = _word_before(row)
    for told in parcel.told:
        word = newer(word, word_of(told, now), present=parcel.polled)
    past = [scan for scan in scans if scan.occurred_at <= now + FROM_THE_FUTURE]
    last = max((scan.occurred_at for scan in past), default=None)
    lost_at = row["lost_at"]
    stands = standing(past, word, lost_at, now)
    far, since = abroad(row["origin"], row["destination"]), silent_since(row["created_at"], last)
    if lost_at is None and parcel.polled and lost(stands.status, since, now, far=far):
        lost_at = now
        stands = standing(past, word, lost_at, now)
    if stands.at is None:  # nothing was ever told: what we knew when it was made stands
        stands = Standing(ShipmentStatus(row["status"]), _reason(row["reason"]), row["status_at"])
    news = parcel.new or _word_columns(word) != _word_columns(_word_before(row))
    followed = Followed(
        id=row["id"],
        status=stands.status,
        created_at=row["created_at"],
        last_scan_at=last,
        told_at=now if news else row["told_at"],
        promised_by=row["promised_by"],
        origin=row["origin"],
        destination=row["destination"],
        zone=zone_of(row["destination"], row["postal_code"]),
        pushed=row["pushed_until"] is not None and row["pushed_until"] > now,
        least_wait=QUOTAS.get(row["api"], _NO_QUOTA).least_wait,
    )
    moved = stands.status != row["status"]
    asks = parcel.polled or moved
    due = next_poll_at_speed(followed, now, speed) if asks else row["next_poll_at"]
    first = min((s.occurred_at for s in past if s.status in HANDED_OVER), default=None)
    known = _newest(parcel, last)
    return _Row(
        id=row["id"],
        status=stands.status.value,
        reason=stands.reason.value if stands.reason else None,
        status_at=stands.at,
        last_scan_at=last,
        told_at=followed.told_at,
        first_scan_at=first or (stands.at if stands.status in HANDED_OVER else None),
        delivered_at=stands.delivered_at,
        expected_at=known.expected_at or row["expected_at"],
        stalled=stalled(stands.status, since, now, far=far),
        never_accepted=never_accepted(aged(followed, now, speed), now),
        proof=_proof(known, row),
        carrier_ref=known.carrier_ref or row["carrier_ref"],
        **_word_columns(word),
        lost_at=lost_at,
        next_poll_at=due,
        urgent=in_urgency(followed, due),
        version=row["version"] + (moved or stands.reason != _reason(row["reason"])),
        polled=parcel.polled,
    )


def _newest(parcel: _Parcel, last: datetime | None) -> Told:
    """What of the forecasts and proofs that were told counts: those that came with newest news."""
    found = Told("")
    for told in parcel.told:
        newest = max((scan.occurred_at for scan in told.scans), default=told.status_at)
        if parcel.polled or last is None or (newest is not None and newest >= last):
            found = replace(
                found,
                expected_at=told.expected_at or found.expected_at,
                proof=told.proof or found.proof,
                carrier_ref=told.carrier_ref or found.carrier_ref,
            )
    return found


def _proof(known: Told, row: asyncpg.Record) -> str | None:
    """The proof of delivery as stored: the newest that was told, else the one before."""
    if known.proof is None:
        before: str | None = row["proof"]
        return before
    facts = {name: value for name, value in asdict(known.proof).items() if value is not None}
    if row["proof"] is not None and orjson.loads(row["proof"]) == orjson.loads(_json(facts)):
        same: str = row["proof"]
        return same
    return _json(facts)


def _json(facts: dict[str, Any]) -> str:
    return orjson.dumps(facts, option=orjson.OPT_UTC_Z).decode()


def _word_before(row: asyncpg.Record) -> Word | None:
    if row["word_status"] is None:
        return None
    return Word(ShipmentStatus(row["word_status"]), _reason(row["word_reason"]), row["word_at"])


def _word_columns(word: Word | None) -> dict[str, Any]:
    if word is None:
        return {"word_status": None, "word_reason": None, "word_at": None}
    reason = word.reason.value if word.reason else None
    return {"word_status": word.status.value, "word_reason": reason, "word_at": word.at}


def _reason(text: str | None) -> ShipmentReason | None:
    return ShipmentReason(text) if text else None


_NOT_COMPARED = {"urgent", "polled", "stalled", "never_accepted"}
_COMPARED = tuple(name for name in _Row._fields if name not in _NOT_COMPARED)


def _differs(parcel: _Parcel, row: _Row) -> bool:
    """Whether news changed anything: time that passed is not news."""
    return any(parcel.row[name] != getattr(row, name) for name in _COMPARED)


async def _tell(raw: asyncpg.Connection, changed: Sequence[tuple[_Parcel, _Row]]) -> list[Change]:
    """Tell merchants and watchers, note first scans, and ask for the cases that open."""
    changes: list[Change] = []
    events: list[Event] = []
    topics: list[str] = []
    scanned: list[tuple[UUID, datetime]] = []
    cases: list[dict[str, str | int | None]] = []
    for parcel, row in changed:
        before, after = ShipmentStatus(parcel.row["status"]), ShipmentStatus(row.status)
        if parcel.new or row.version > parcel.row["version"]:
            topics += topics_of(row.id, parcel.row["order_id"])
        earlier = parcel.row["first_scan_at"]
        delivery = parcel.row["purpose"] == ShipmentPurpose.DELIVERY
        first = row.first_scan_at
        if delivery and first is not None and (earlier is None or first < earlier):
            scanned.append((row.id, first))
        if before is after:
            continue
        changes.append(Change(row.id, before, after, row.status_at or parcel.row["at"]))
        events += events_of(
            parcel.row, after, row.reason, row.version, by_rule=row.lost_at == row.status_at
        )
        if delivery and after in _CASES:
            cases.append({"shipment_id": str(row.id), "because": after.value})
    await emit_all(events)
    await announce_all(raw, topics)
    if scanned:
        await raw.execute(SQL["scanned"], *map(list, zip(*scanned, strict=True)))
    await enqueue_each(Job.OPEN_CASE, cases)
    return changes


async def _note_unmapped(
    raw: asyncpg.Connection, parcels: dict[UUID, _Parcel], added: Sequence[asyncpg.Record]
) -> None:
    """Count codes that no table knows; one line in the log for each code and day."""
    found: Counter[tuple[str, str]] = Counter()
    labels: dict[tuple[str, str], str] = {}
    for event in added:
        if event["mapped"]:
            continue
        row = parcels[event["shipment_id"]].row
        code = (row["api"] or row["carrier"], event["raw_code"][:80])
        found[code] += 1
        labels[code] = event["raw_label"][:200]
    if not found:
        return
    columns = ([c[0] for c in found], [c[1] for c in found], [labels[c] for c in found])
    for row in await raw.fetch(SQL["unmapped"], *columns, list(found.values())):
        if row["first"]:
            log.warning("tracking.unmapped_code", carrier=row["api"], code=row["code"])
