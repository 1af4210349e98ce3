"""Chains of custody as rows: each event covers the one before it, and what does not fit is kept.

Source: docs/fleets.md, "Custody".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from domain.raas import AssetState, LotState
from domain.raas.custody import (
    CustodyFault,
    CustodyKind,
    Holder,
    IncidentKind,
    Standing,
    Subject,
    Taken,
    Told,
    event_hash,
    mass_balance,
    took,
)
from domain.units import canonical
from models.base import new_id
from models.raas import handover
from models.raas.handover import Lot
from models.sql import statements

SQL = statements(Path(__file__).with_name("custody.sql"))
BATCH_NAME = "BATCH"


@dataclass(frozen=True, slots=True)
class Item:
    """One event as it is told.

    Shapes: `name` is the container's number, or what a device is known by (an id of an asset, a
    tag, an IMEI or a serial number); a batch has none. `data` is what else was told of it: who,
    where, the signature, photos. `container` is where a device was packed.
    """

    subject: Subject
    name: str
    told: Told
    data: Mapping[str, Any] = field(default_factory=dict)
    container: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an event: recorded as the `n`th of its chain, or refused with facts."""

    refused: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    chain_id: UUID | None = None
    n: int | None = None
    hash: str | None = None
    incidents: tuple[str, ...] = ()


@dataclass(slots=True)
class Chain:
    """A chain while events are added to it."""

    id: UUID
    name: str
    standing: Standing
    asset_id: UUID | None = None
    events: int = 0
    hash: bytes = b""
    is_new: bool = False
    touched: bool = False


@dataclass(slots=True)
class _Written:
    events: list[tuple[Any, ...]] = field(default_factory=list)
    incidents: list[tuple[str, UUID | None, UUID | None, str]] = field(default_factory=list)
    contained: dict[str, str] = field(default_factory=dict)
    kinds: set[tuple[Subject, CustodyKind]] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class By:
    """Who tells, and when it is: `id` is a person's, or nobody's known."""

    holder: Holder
    id: UUID | None
    now: datetime


class Book:
    """The chains of one lot, held by the current transaction, and what is added to them."""

    def __init__(self, raw: asyncpg.Connection, lot: Lot, by: By, balance_bp: int) -> None:
        self._raw, self._lot, self._by, self._balance_bp = raw, lot, by, balance_bp
        self._chains: dict[tuple[Subject, str], Chain] = {}
        self._assets: dict[str, UUID] = {}
        self._new = _Written()

    async def open(self, devices: bool, names: Sequence[str] = ()) -> None:
        """Read the chains of containers and batch, and with `devices` the manifest."""
        wanted = list(names)
        if devices:
            rows = await self._raw.fetch(SQL["manifest"], self._lot.id)
            self._assets = {name: row["id"] for row in reversed(rows) for name in known_by(row)}
            wanted = [str(self._assets[n]) for n in map(plain, names) if n in self._assets]
        for row in await self._raw.fetch(SQL["chains"], self._lot.id, wanted):
            chain = _chain(row)
            self._chains[chain.standing.subject, chain.name] = chain

    def take(self, item: Item) -> Answer:
        """Add one event. Refuses: what `domain.raas.custody.took` does; an undeclared device."""
        name, asset_id = item.name.strip().upper() or BATCH_NAME, None
        if item.subject is Subject.DEVICE:
            asset_id = self._assets.get(plain(item.name))
            if asset_id is None:
                return self._unknown(item)
            name = str(asset_id)
        chain = self._chains.get((item.subject, name)) or Chain(
            new_id(), name, Standing(item.subject), asset_id, is_new=True
        )
        made = took(chain.standing, item.told, self._by.holder, self._by.now, self._balance_bp)
        if isinstance(made, CustodyFault):
            last = chain.standing.last
            return Answer(made.value, {"after": last.value if last else None})
        self._chains[item.subject, name] = chain
        self._add(chain, item, made)
        found = tuple(kind.value for kind, _ in made.incidents)
        if item.container and item.told.kind is CustodyKind.PACKED:
            self._new.contained[name] = item.container.strip().upper()
        return Answer(None, {}, chain.id, chain.events, chain.hash.hex(), found)

    def _unknown(self, item: Item) -> Answer:
        kind = IncidentKind.SERIAL_NOT_IN_MANIFEST
        facts = {"scanned": item.name.strip()[:80], "kind": item.told.kind.value}
        self.incident(kind, facts)
        return Answer(kind.value, {"scanned": facts["scanned"]}, incidents=(kind.value,))

    def incident(
        self,
        kind: IncidentKind,
        facts: Mapping[str, Any],
        chain: UUID | None = None,
        asset: UUID | None = None,
    ) -> None:
        """Keep what does not fit."""
        self._new.incidents.append((kind.value, chain, asset, canonical(facts).decode()))

    def _add(self, chain: Chain, item: Item, made: Taken) -> None:
        told = item.told
        said = {"seal": told.seal, "massG": told.mass_g, "whyGap": told.why_gap, **item.data}
        data = {key: value for key, value in said.items() if value is not None}
        n, before = chain.events + 1, chain.hash
        actor = self._by.holder.value
        made_hash = event_hash(before, chain.id, n, told.kind.value, told.at, actor, data)
        text = canonical(data).decode()
        self._new.events.append((chain.id, n, told.kind.value, told.at, text, before, made_hash))
        self._new.kinds.add((item.subject, told.kind))
        for kind, facts in made.incidents:
            self.incident(kind, facts, chain.id, chain.asset_id)
        chain.standing, chain.events, chain.hash = made.standing, n, made_hash
        chain.touched = True

    async def write(self) -> None:
        """Write all that was added, in a fixed number of statements, and move the lot by it."""
        chains = [chain for chain in self._chains.values() if chain.touched]
        new = [chain for chain in chains if chain.is_new]
        await self._raw.execute(
            SQL["open"], *self._lot.owners, [c.id for c in new],
            [c.standing.subject.value for c in new], [c.name for c in new],
            [c.asset_id for c in new],
        )  # fmt: skip
        columns = list(zip(*self._new.events, strict=True)) or [()] * 7
        whose = (*self._lot.owners, self._by.holder.value, self._by.id)
        await self._raw.execute(SQL["add"], *whose, *map(list, columns))
        await self._link(chains)
        if self._new.contained:
            named = self._new.contained
            await self._raw.execute(SQL["contain"], self._lot.id, list(named), [*named.values()])
        await self._weigh()
        await self._incidents()
        await self._move()

    async def _link(self, chains: Sequence[Chain]) -> None:
        stands = [chain.standing for chain in chains]
        await self._raw.execute(
            SQL["link"], [c.id for c in chains], [c.events for c in chains],
            [s.last.value if s.last else None for s in stands], [s.last_at for s in stands],
            [s.seal for s in stands], [s.sent_g for s in stands], [s.mass_g for s in stands],
            [c.hash for c in chains],
        )  # fmt: skip

    async def _weigh(self) -> None:
        """What is weighed of a batch that was received is its stock: in = out + stock."""
        batch = self._chains.get((Subject.BATCH, BATCH_NAME))
        weighed = (Subject.BATCH, CustodyKind.WEIGHED) in self._new.kinds
        if batch is None or not weighed or self._lot.state not in _COUNTED:
            return
        [row] = await self._raw.fetch(SQL["balance"], self._lot.id)
        stock = batch.standing.mass_g or 0
        found = mass_balance(row["in_g"], row["out_g"], stock, self._balance_bp)
        if found.in_g and not found.within:
            self.incident(IncidentKind.MASS_BALANCE, found.facts(), batch.id)

    async def _incidents(self) -> None:
        if not self._new.incidents:
            return
        columns = map(list, zip(*self._new.incidents, strict=True))
        await self._raw.execute(SQL["incident"], *self._lot.owners, self._by.now, *columns)

    async def _move(self) -> None:
        """A lot is in custody once something of it is fetched, and received when all arrived."""
        lot, kinds = self._lot, {k for s, k in self._new.kinds if s is not Subject.DEVICE}
        if lot.state is LotState.CONTRACTED and CustodyKind.COLLECTED in kinds:
            await handover.move(self._raw, lot, LotState.IN_CUSTODY)
            every = await self._raw.fetch(handover.SQL["all_assets"], lot.id)
            ids = [row["id"] for row in every]
            await handover.move_assets(self._raw, ids, AssetState.COLLECTED)
            await self._raw.execute(SQL["collected"], lot.id)
        elif not kinds:
            await handover.changed(self._raw, lot)
        if kinds & {CustodyKind.ARRIVED, CustodyKind.LOST}:
            rows = await self._raw.fetch(SQL["standing"], lot.id)
            if all(row["last_kind"] in _THERE for row in rows):
                await handover.move(self._raw, lot, LotState.RECEIVED)


_COUNTED = frozenset(
    {LotState.RECEIVED, LotState.RECONCILED, LotState.PROCESSED, LotState.SETTLED, LotState.CLOSED}
)
_K = CustodyKind
_ON_THE_WAY = {_K.PACKED, _K.SEALED, _K.COLLECTED, _K.TRANSFERRED}
_THERE = frozenset(kind.value for kind in CustodyKind if kind not in _ON_THE_WAY)


def plain(text: str) -> str:
    """What a device is known by, in capitals without separators."""
    return "".join(each for each in text.upper() if each.isalnum())


def known_by(row: asyncpg.Record) -> list[str]:
    """All that the device of an asset may be scanned as."""
    given = (str(row["id"]), row["imei"], row["serial"], row["tag_key"])
    return [plain(each) for each in given if each]


def _chain(row: asyncpg.Record) -> Chain:
    last = CustodyKind(row["last_kind"]) if row["last_kind"] else None
    standing = Standing(
        Subject(row["subject"]), last, row["last_at"], row["seal"], row["sent_g"], row["mass_g"]
    )
    asset_id, events = row["asset_id"], row["events"]
    return Chain(row["id"], row["name"], standing, asset_id, events, bytes(row["last_hash"]))


async def record(
    raw: asyncpg.Connection, lot: Lot, items: Sequence[Item], by: By, balance_bp: int
) -> list[Answer]:
    """Add events to the chains of a lot that the caller holds; an answer for each, in order.

    A refused one does not stop the others. The number of statements does not depend on how many.
    """
    devices = [item.name for item in items if item.subject is Subject.DEVICE]
    book = Book(raw, lot, by, balance_bp)
    await book.open(bool(devices), devices)
    answers = [book.take(item) for item in items]
    await book.write()
    return answers


def facts_of(row: asyncpg.Record) -> dict[str, Any]:
    """What was told of an event."""
    found: dict[str, Any] = orjson.loads(row["data"])
    return found
