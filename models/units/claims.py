"""Who has a device and where it is spoken for; what happens to it, one event after another.

Everything here is part of the current transaction, and runs with the rights of a job: the caller
has found out that it may. The number of statements does not grow with the number of devices.
Source: docs/passports.md, "Claims".
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.units import Identifier, Place, UnitEventKind, canonical, event_hash
from domain.units.claiming import (
    BOARD,
    IN_HAND,
    LAPSES,
    SHARED,
    Claim,
    Elsewhere,
    Granted,
    Holder,
    Known,
    Live,
    Party,
    decide,
)
from domain.units.facts import SWAPPED
from models.base import as_system, new_id
from models.sql import statements

__all__ = ["Claim", "Elsewhere", "Identifier", "Party", "Place"]

SQL = statements(Path(__file__).with_name("claims.sql"))
_HANDLED = [kind.value for kind in IN_HAND]

Asked = tuple[Claim, Sequence[Identifier]]
Happened = tuple[UUID, UnitEventKind, datetime, Mapping[str, Any]]


async def claim(claim: Claim, identifiers: Sequence[Identifier]) -> UUID | Elsewhere:
    """The unit that a device is, in its place from now on.

    Refuses: a number that is spoken for in another place.
    Raises: ValueError without a number that is the device's own.
    """
    [answer] = await claim_many([(claim, identifiers)])
    return answer


async def claim_many(claims: Sequence[Asked]) -> list[UUID | Elsewhere]:
    """The same for many devices at once, in the order given; of two that share a number the first.

    Whoever claims the same number at the same time waits for the first, and is told.
    """
    if not all(any(each.kind not in SHARED for each in named) for _, named in claims):
        raise ValueError("a device is claimed by a number of its own")
    async with as_system() as raw:
        known = await _known(raw, claims)
        now = datetime.now(UTC)
        made = _Made(known, now)
        answers = [made.take(each, named) for each, named in claims]
        await _store(raw, made)
    swapped = {"part": "MAINBOARD", "origin": "UNKNOWN", "because": SWAPPED}
    await note_many(
        [
            (unit_id, UnitEventKind.PART_REPLACED, now, swapped | {"identities": kinds})
            for unit_id, kinds in made.met
        ]
    )
    return answers


async def release(place: Place, place_ids: Sequence[UUID]) -> None:
    """The identities are free for another place; the units stay with their parties.

    A party that never had its device in hand has it no more: whoever had it before has it still.
    """
    async with as_system() as raw:
        await raw.execute(SQL["release"], place.value, place_ids)
        empty = await raw.fetch(SQL["empty"], place.value, place_ids, _HANDLED)
        await _void(raw, [row["id"] for row in empty])


async def hand_over(units: Sequence[UUID], to: Party, at: datetime) -> None:
    """From now on another party has the devices; the one before reads what happened in its time.

    The place stays as it is, and with it what is spoken for.
    """
    async with as_system() as raw:
        await raw.fetch(SQL["hold"], list(units))
        rows = await raw.fetch(SQL["parties"], list(units))
        ids = [new_id() for _ in rows]
        before = [row["id"] for row in rows]
        await raw.execute(SQL["end"], before)
        named = [
            (
                ids[n], row["unit_id"], row["passport"], to.merchant_id, to.customer_id,
                to.organisation_id, row["place"], row["place_id"], row["id"], row["identifiers"],
            )
            for n, row in enumerate(rows)
        ]  # fmt: skip
        await raw.execute(SQL["begin"], *_columns(named, 10), True)
        await raw.execute(SQL["given_on"], before, ids)
        await raw.execute(SQL["present"], [row["unit_id"] for row in rows])


async def note_many(events: Sequence[Happened]) -> None:
    """Add events to the chains of their units, in the order given.

    They are seen by who has the unit now; what a claim that lapses is about renews it.
    """
    await _note([(*event, None) for event in events])


async def note_in_lines(
    events: Sequence[tuple[UUID, UUID, UnitEventKind, datetime, Mapping[str, Any]]],
) -> None:
    """The same for units and the order lines that they were sold by: both sides of the sale see it.

    Shapes: a line, its unit, and what happened.
    """
    await _note([(unit, kind, at, data, line) for line, unit, kind, at, data in events])


async def _note(
    events: Sequence[tuple[UUID, UnitEventKind, datetime, Mapping[str, Any], UUID | None]],
) -> None:
    if not events:
        return
    async with as_system() as raw:
        units = list({event[0] for event in events})
        ends = {
            row["id"]: (row["events"], bytes(row["last_hash"]))
            for row in await raw.fetch(SQL["hold"], units)
        }
        asked = list({(event[0], event[4]) for event in events})
        rows = await raw.fetch(SQL["whose"], *_columns(asked, 2))
        whose = {(row["unit_id"], row["line_id"]): row for row in rows}
        noted = list(_chained(events, ends, whose))
        await raw.execute(SQL["note"], *_columns(noted, 13))
        await raw.execute(SQL["link"], *_columns([(u, n, h) for u, (n, h) in ends.items()], 3))
        now = datetime.now(UTC)
        await raw.execute(
            SQL["renew"], units, [p.value for p in LAPSES], [now + t for t in LAPSES.values()]
        )


def _chained(
    events: Sequence[tuple[UUID, UnitEventKind, datetime, Mapping[str, Any], UUID | None]],
    ends: dict[UUID, tuple[int, bytes]],
    whose: Mapping[tuple[UUID, UUID | None], asyncpg.Record],
) -> Iterator[tuple[Any, ...]]:
    """The rows of events; `ends` are moved along."""
    for unit_id, kind, at, data, line_id in events:
        count, before = ends[unit_id]
        made = event_hash(before, unit_id, count + 1, kind, at, data)
        ends[unit_id] = (count + 1, made)
        by = whose[unit_id, line_id]
        yield (
            unit_id, count + 1, kind.value, at, by["id"], by["passport"] or 1, by["merchant_id"],
            by["customer_id"], by["organisation_id"], line_id or by["sale"],
            canonical(data).decode(), before, made,
        )  # fmt: skip


@dataclass
class _Made:
    """What a batch of claims comes to, before it is stored."""

    known: Known
    now: datetime
    fresh: list[tuple[Any, ...]] = field(default_factory=list)
    ended: list[UUID] = field(default_factory=list)
    lost: list[Live] = field(default_factory=list)
    parties: list[tuple[Any, ...]] = field(default_factory=list)
    held: list[tuple[Any, ...]] = field(default_factory=list)
    spoken: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    met: list[tuple[UUID, list[str]]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    passports: dict[UUID, int] = field(default_factory=dict)
    used: dict[str | UUID, Claim] = field(default_factory=dict)

    def take(self, claim: Claim, identifiers: Sequence[Identifier]) -> UUID | Elsewhere:
        """Decide one claim after those before it."""
        answer = decide(claim, identifiers, self.known, self.now)
        if isinstance(answer, Granted):
            answer = self._first(claim, identifiers, answer) or answer
        if isinstance(answer, Elsewhere):
            self.refused.extend(each.key for each in identifiers)
            return answer
        return self._grant(claim, identifiers, answer)

    def _first(
        self, claim: Claim, identifiers: Sequence[Identifier], granted: Granted
    ) -> Elsewhere | None:
        keys = [each.key for each in identifiers if each.kind not in SHARED]
        for name in (*keys, granted.unit_id):
            other = self.used.get(name) if name is not None else None
            if other and (other.place, other.place_id) != (claim.place, claim.place_id):
                return Elsewhere(keys[0] if isinstance(name, UUID) else str(name), other.place)
        return None

    def _grant(self, claim: Claim, identifiers: Sequence[Identifier], granted: Granted) -> UUID:
        party_id = granted.follows.id if granted.same and granted.follows else new_id()
        unit_id, passport = granted.unit_id or new_id(), granted.passport or 1
        channel = claim.channel.value if claim.channel else None
        about = (claim.variant_id, claim.category, channel)
        if granted.unit_id is None:
            self.fresh.append((unit_id, *about, party_id))
        else:
            if granted.passport is None:
                passport = self.known.passports[unit_id] + 1
            self.held.append((unit_id, party_id, *about, passport))
        follows = granted.follows.id if granted.follows and not granted.same else None
        if follows:
            self.ended.append(follows)
        if granted.leaves:
            self.ended.append(granted.leaves.id)
        self.lost.extend(granted.displaced)
        values = orjson.dumps({each.kind.value: each.value for each in identifiers}).decode()
        of = claim.of
        self.parties.append(
            (
                party_id, unit_id, passport, of.merchant_id, of.customer_id, of.organisation_id,
                claim.place.value, claim.place_id, follows, values,
            )
        )  # fmt: skip
        until = self.now + LAPSES[claim.place] if claim.place in LAPSES else None
        for each in identifiers:
            names = unit_id if each.key in granted.points else None
            where = (None, None) if each.kind in SHARED else (claim.place.value, claim.place_id)
            spoken = (*where, party_id, until, names)
            self.spoken[each.key] = (each.key, each.kind.value, each.value, *spoken)
            if each.kind not in SHARED:
                self.used[each.key] = claim
        self.used[unit_id] = claim
        if granted.moved:
            self.met.append((unit_id, [kind.value for kind in granted.moved]))
        return unit_id


async def _known(raw: asyncpg.Connection, claims: Sequence[Asked]) -> Known:
    """What stands of the numbers of a batch; they and their units are held."""
    named = {each.key: each for _, identifiers in claims for each in identifiers}
    keys = list(named)
    given = (keys, [e.kind.value for e in named.values()], [e.value for e in named.values()])
    pointed = {row["key"]: row["unit_id"] for row in await raw.fetch(SQL["hold_keys"], *given)}
    pointed = {key: unit for key, unit in pointed.items() if unit is not None}
    rows = await raw.fetch(SQL["live"], keys, list(pointed.values()))
    units = list({*pointed.values(), *(row["unit_id"] for row in rows)})
    if not units:
        return Known()
    passports = {row["id"]: row["passports"] for row in await raw.fetch(SQL["hold"], units)}
    boards = await raw.fetch(SQL["boards"], units, [kind.value for kind in BOARD])
    holders: dict[UUID, list[Holder]] = {}
    for row in await raw.fetch(SQL["holders"], units, _HANDLED):
        holders.setdefault(row["unit_id"], []).append(_holder(row))
    rows = await raw.fetch(SQL["live"], keys, units)  # again, now that the units are held
    live: dict[str, Live] = {}
    spoken: dict[UUID, list[Live]] = {}
    for row in rows:
        place = (Place(row["place"]), row["place_id"])
        each = Live(row["key"], *place, row["party_id"], row["unit_id"], row["live_until"])
        live[each.key] = each
        spoken.setdefault(each.unit_id, []).append(each)
    boarded = frozenset(row["unit_id"] for row in boards)
    return Known(pointed, live, spoken, holders, passports, boarded)


def _holder(row: asyncpg.Record) -> Holder:
    party = Party(row["merchant_id"], row["customer_id"], row["organisation_id"])
    place = (Place(row["place"]), row["place_id"])
    return Holder(
        row["id"], row["unit_id"], row["passport"], party, *place, row["in_hand"], row["code"]
    )


async def _store(raw: asyncpg.Connection, made: _Made) -> None:
    kept = list(made.spoken)
    lost, ended = [live.party_id for live in made.lost], set(made.ended)
    if lost or ended:
        await raw.execute(SQL["free"], [*lost, *made.ended], kept)
        await _void(raw, [each for each in lost if each not in ended])
        await raw.execute(SQL["end"], made.ended)
    await raw.execute(SQL["make"], *_columns(made.fresh, 5))
    await raw.execute(SQL["begin"], *_columns(made.parties, 10), False)
    if made.held:
        await raw.execute(SQL["held"], *_columns(made.held, 6))
    await raw.execute(SQL["speak"], *_columns(list(made.spoken.values()), 8))
    if made.refused:
        await raw.execute(SQL["forget"], made.refused)


async def _void(raw: asyncpg.Connection, parties: Sequence[UUID]) -> None:
    if not parties:
        return
    gone = await raw.fetch(SQL["void"], parties)
    await raw.execute(SQL["reopen"], [row["follows"] for row in gone if row["follows"]])
    await raw.execute(SQL["present"], [row["unit_id"] for row in gone])


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as arrays, one for each column."""
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[]] * width
