"""Lots that are handed over, counted, erased and settled, while what serves them is killed.

Each step is repeated with the key of its first try until it is answered. What was answered is in a
chain that holds, once; and in the end the statement sums to the bid and each device has its proof.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final
from uuid import UUID, uuid4

import aiohttp

from domain.raas.custody import Link, broken_at
from models.base import execute, fetch, fetchrow, fetchval
from models.raas import custody
from models.vault import Vault
from resolvers.accounts.house import house_of, install
from tests import factories
from tests import handover as h
from tests.boucle.edge import key
from tests.factories import Item
from tests.faults.calls import answered
from tests.faults.checkouts import ISSUER
from tests.faults.kinds import Kind, Piece
from tests.handover import Handed, ago

LOTS: Final = {True: 6, False: 3}
"""By whether it is the whole set."""
DEVICES: Final = 4
AWARD: Final = 101_03
BOX: Final = {"subject": "CONTAINER", "name": "C1"}
SENT: Final = (
    {"kind": "PACKED", "massG": 10_000},
    {"kind": "SEALED", "seal": "S1"},
    {"kind": "COLLECTED"},
)
CAME: Final = (
    {"kind": "ARRIVED", "massG": 10_000},
    {"kind": "SEAL_CHECKED", "seal": "S1"},
    {"kind": "OPENED"},
)


@dataclass(slots=True)
class Journey:
    """A lot on its way, and the hashes of events that its sides were told."""

    of: Handed
    company: str
    shop: str
    told: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Round:
    """Some lots that go their way in the background."""

    id: UUID
    journeys: list[Journey]
    task: "asyncio.Task[None] | None" = None


class Handovers(Kind):
    """Custody over HTTP: acknowledged events are kept, each once, and every cent is accounted."""

    name = "handovers"

    def __init__(self, *, long: bool) -> None:
        self._lots = LOTS[long]
        self._items: list[Item] = []
        self._count = 0
        self.addresses: list[str] = []

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        self._items = items
        if not await fetchval("SELECT count(*) FROM category_unit WHERE category = 'smartphone'"):
            await h.phones_hold_data()
        install(house_of(vault, ISSUER))

    async def start(self, chance: Random) -> Piece:
        self._count += 1
        owner = await factories.merchant(f"erasing-{self._count}")
        made = Round(uuid4(), [])
        for _ in range(self._lots):
            of = await h.contracted(owner, self._items[0], devices=DEVICES, award=AWARD)
            company, _ = await key(None, *h.SCOPES, organisation_id=of.organisation.id)
            shop, _ = await key(owner.id, *h.SCOPES)
            made.journeys.append(Journey(of, company, shop))
        made.task = asyncio.create_task(self._run(made))
        return Piece(self, ("handovers", str(made.id)), {"round": made})

    async def _run(self, of: Round) -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(self._hand_over(session, each) for each in of.journeys))

    async def _hand_over(self, session: aiohttp.ClientSession, on: Journey) -> None:
        """Each step once the one before was answered."""

        async def ask(token: str, query: str, step: str, **given: Any) -> dict[str, Any]:
            variables = {"i": {"lotId": on.of.id, "idempotencyKey": f"{step}-{on.of.id}", **given}}
            found = await answered(session, self.addresses, token, query, variables)
            if "code" in found or any("code" in each for each in found.get("results", ())):
                raise RuntimeError(f"{step} of {on.of.lot_id}: {found}")
            return found

        hours = 9
        for token, events in ((on.company, SENT), (on.shop, CAME)):
            for event in events:
                given = [{**BOX, **event, "at": ago(hours=hours)}]
                found = await ask(token, h.RECORD, str(event["kind"]), events=given)
                on.told |= {each["hash"] for each in found["results"]}
                hours -= 1
        everything = range(DEVICES)
        for n in everything:
            row = await fetchrow("SELECT imei FROM asset WHERE id = $1", on.of.assets[n])
            scan = {"at": ago(hours=1), "imei": row["imei"] if row else ""}
            await ask(on.shop, h.RECEIVE, f"scan-{n}", scans=[scan])
        await ask(on.shop, h.COMPLETE, "complete")
        tests = [h.diagnosis(on.of, n, f"M{n}") for n in everything]
        await ask(on.shop, h.DIAGNOSE, "diagnose", items=tests)
        await ask(
            on.shop, h.ERASE, "erase", items=[h.erasure(on.of, n, f"M{n}") for n in everything]
        )
        sold = [{"assetId": on.of.asset(n), "disposition": "RESELL"} for n in everything]
        await ask(on.shop, h.DISPOSE, "dispose", items=sold)
        await ask(on.shop, h.ISSUE, "issue")

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        of: Round = piece.facts["round"]
        done = of.task is not None and of.task.done()
        return {of.id: ("done" if done else "running", 1)}

    async def ended(self, piece: Piece) -> bool:
        """Whether all was answered, and workers have certified each device and lot."""
        of: Round = piece.facts["round"]
        if of.task is None or not of.task.done():
            return False
        of.task.result()
        await execute("UPDATE periodic_job SET next_at = now() WHERE name = 'lot_deadlines' "
                      "AND next_at > now() + interval '1 second'")  # fmt: skip
        waits = "SELECT count(*) FROM settlement WHERE lot_id = ANY ($1) AND certificate_id IS NULL"
        return not await fetchval(waits, _ids(of)) and await _proved(of) == _devices(of)

    async def check(self, piece: Piece) -> list[str]:
        of: Round = piece.facts["round"]
        wrong = []
        for journey in of.journeys:
            wrong += await _custody_wrong(journey)
            row = await fetchrow(
                "SELECT sum(l.bid_minor)::bigint AS bid, sum(l.net_minor)::bigint AS net, "
                "count(*)::int AS lines FROM settlement_line l WHERE l.lot_id = $1",
                journey.of.lot_id,
            )
            if row is None or (row["bid"], row["lines"]) != (AWARD, DEVICES):
                wrong.append(f"lot {journey.of.lot_id}: settled as {row and dict(row)}")
        erasures = await fetchval(
            "SELECT count(*) FROM asset_erasure e JOIN asset a ON a.id = e.asset_id "
            "WHERE a.lot_id = ANY ($1)",
            _ids(of),
        )
        if erasures != _devices(of):
            wrong.append(f"handovers {of.id}: {erasures} erasures of {_devices(of)} devices")
        total = await fetchval("SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_posting")
        if total:
            wrong.append(f"the ledger is {total} minor units out of balance")
        return wrong


def _ids(of: Round) -> list[UUID]:
    return [journey.of.lot_id for journey in of.journeys]


def _devices(of: Round) -> int:
    return DEVICES * len(of.journeys)


async def _proved(of: Round) -> int:
    """How many devices have a certificate of their erasure."""
    found: int = await fetchval(
        "SELECT count(*) FROM asset_outcome WHERE lot_id = ANY ($1) AND certificate_id IS NOT NULL",
        _ids(of),
    )
    return found


async def _custody_wrong(on: Journey) -> list[str]:
    """What is wrong with the chains of a lot, computed again from what is stored."""
    wrong, hashes = [], set()
    chains: dict[UUID, tuple[bytes, list[Link]]] = {}
    for row in await fetch(custody.SQL["whole"], on.of.lot_id):
        hashes.add(bytes(row["hash"]).hex())
        links = chains.setdefault(row["id"], (bytes(row["last_hash"]), []))[1]
        told = (row["n"], row["kind"], row["at"], row["actor"], custody.facts_of(row))
        links.append(Link(*told, bytes(row["previous"]), bytes(row["hash"])))
    for chain, (last, links) in chains.items():
        if (n := broken_at(chain, links, last)) is not None:
            wrong.append(f"lot {on.of.lot_id}: the chain {chain} is broken at {n}")
    if not on.told <= hashes:
        wrong.append(f"lot {on.of.lot_id}: {len(on.told - hashes)} acknowledged events are gone")
    kinds = Counter(str(link.kind) for _, links in chains.values() for link in links)
    often = {kind: kinds[kind] for each in (*SENT, *CAME) if kinds[kind := str(each["kind"])] != 1}
    return [*wrong, f"lot {on.of.lot_id}: not once: {often}"] if often else wrong
