"""The kinds of work that faults are made in: how one begins, when it has ended, what must be true.

A kind is a small class with `name`, `prepare`, `start`, `ended` and `check`; a piece of work knows
the jobs that belong to it. To add a kind, write one and name it in `KINDS`, here or
beside the rounds.
"""

import asyncio
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from boucle.edge.operations import Operations
from domain.money import Currency
from domain.offers.lines import FeedFormat, FeedRunState
from domain.topics import Topic
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.mistakes import Mistake, spoil
from integrations.sandbox.offers import DemoOffer, Shop, open_shop
from integrations.sandbox.render import render, row_of
from integrations.sandbox.server import create_sandbox
from integrations.sandbox.variants import DemoVariant
from models.base import fetch, fetchval, transaction
from models.merchants import Merchant  # noqa: TC001
from models.offers.feeds import Feed, FeedRun, start_run
from models.vault import Vault
from resolvers.accounts.callers import caller_of_key
from resolvers.context import Caller
from resolvers.offers.upload import File, Terms, push
from resolvers.partners import bulk as bulk_resolvers
from schema.root import schema
from tests import bulk, factories, webhooks
from tests.boucle.edge import key
from tests.factories import Item

MISTAKES: Final = (Mistake.MISSING_PRICE, Mistake.UNKNOWN_GRADE, Mistake.WRONG_CHECK_DIGIT)
SHOPS: Final = 3
GRADES: Final = 5
BULK_LINES: Final = {True: 300, False: 100}
"""By whether it is the whole set."""
MINUTES_BETWEEN: Final = 37
TOPICS: Final = (Topic.FEED_HELD,)
ENDED: Final = {
    FeedRunState.COMPLETED,
    FeedRunState.UNCHANGED,
    FeedRunState.SUPERSEDED,
}


@dataclass(slots=True)
class Piece:
    """One piece of work that was acknowledged. `of` is the name and the id that its jobs carry."""

    kind: "Kind"
    of: tuple[str, str]
    facts: dict[str, Any] = field(default_factory=dict)

    async def jobs(self) -> dict[UUID, tuple[str, int]]:
        """The state and the attempt of each of its jobs."""
        return await self.kind.jobs(self)

    async def running(self) -> bool:
        """Whether a worker has it now."""
        return any(state == "running" for state, _ in (await self.jobs()).values())

    async def over(self) -> bool:
        """Whether it has ended, and each of its jobs with it."""
        jobs = await self.jobs()
        done = all(state in {"done", "dead"} for state, _ in jobs.values())
        return done and bool(jobs) and await self.kind.ended(self)


class Kind(ABC):
    """A kind of work; `long` is whether the whole set runs."""

    name: str

    @abstractmethod
    def __init__(self, *, long: bool) -> None: ...

    def routes(self) -> list[web.RouteDef]:
        """The counterparts that it needs; most need none."""
        return []

    @abstractmethod
    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        """Make what is needed once."""

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        """The state and the attempt of each job of a piece, by its id."""
        rows = await fetch(
            "SELECT id, state, attempt FROM outbox_job WHERE kwargs->>$1 = $2", *piece.of
        )
        return {row["id"]: (row["state"], row["attempt"]) for row in rows}

    @abstractmethod
    async def start(self, chance: Random) -> Piece:
        """Begin a piece; returns when it is acknowledged."""

    @abstractmethod
    async def ended(self, piece: Piece) -> bool:
        """Whether it has ended."""

    @abstractmethod
    async def check(self, piece: Piece) -> list[str]:
        """What is not as it must be after the end."""


class Imports(Kind):
    """Files of the simulated merchants, pushed or pulled: each line one outcome, offers as sent."""

    name = "imports"

    def __init__(self, *, long: bool) -> None:
        self._tick = 1_000
        self._shops: list[Shop] = []
        self._owners: list[tuple[Merchant, Feed, Feed]] = []
        self._busy: set[int] = set()

    def application(self, items_of: int) -> web.Application:
        """The simulated merchants' servers; they sell so many variants."""
        variants = [_variant(number) for number in range(items_of)]
        offers = items_of * GRADES * 4 // 5
        merchants = [_merchant(number, offers) for number in range(SHOPS)]
        self._shops = [open_shop(merchant, variants) for merchant in merchants]
        return create_sandbox(merchants, variants, self._now)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._tick * 60, UTC)

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        for merchant in [shop.merchant for shop in self._shops]:
            owner = await factories.merchant(merchant.slug)
            pushed = await factories.feed(owner, name="pushed")
            pulled = await factories.feed(
                owner, name="pulled", url=f"{address}/feeds/{merchant.slug}"
            )
            await Feed.filter(id=pulled.id).update(next_pull_at=None, every_seconds=None)
            self._owners.append((owner, pushed, pulled))

    def later(self) -> None:
        """Some time passes for the merchants; only while none of their files is under way."""
        self._tick += MINUTES_BETWEEN
        self._busy.clear()

    async def start(self, chance: Random) -> Piece:
        number = chance.choice([n for n in range(SHOPS) if n not in self._busy])
        self._busy.add(number)
        merchant = self._shops[number].merchant
        owner, pushed, pulled = self._owners[number]
        sold = self._shops[number].offers(self._tick)
        if chance.random() < 0.5:
            run_id = await _pushed(pushed, render(merchant.format, "utf-8", sold, MISTAKES))
        else:
            async with transaction():
                run_id = (await start_run(pulled, "PULL")).id
        facts = {"run": run_id, "owner": owner, "sold": sold}
        return Piece(self, ("run_id", str(run_id)), facts)

    async def ended(self, piece: Piece) -> bool:
        return (await FeedRun.get(id=piece.facts["run"])).state.final

    async def check(self, piece: Piece) -> list[str]:
        run: FeedRun = await FeedRun.get(id=piece.facts["run"])
        if run.state not in ENDED:
            return [f"run {run.id} ended {run.state} {run.file_code} {run.detail}"]
        wrong = []
        if run.state is FeedRunState.COMPLETED:
            if not await factories.counted_once(run):
                wrong.append(f"run {run.id}: a line has no outcome, or two")
            if run.lines_read != len(piece.facts["sold"]):
                wrong.append(f"run {run.id}: {run.lines_read} lines of its file")
        rows = await fetch(
            "SELECT sku_key, price_minor, quantity FROM offer "
            "WHERE merchant_id = $1 AND status = 'LIVE'",
            piece.facts["owner"].id,
        )
        stored = {row["sku_key"]: (row["price_minor"], row["quantity"]) for row in rows}
        meant = _meant(piece.facts["sold"])
        differ = {sku for sku in stored.keys() | meant.keys() if stored.get(sku) != meant.get(sku)}
        if differ:
            some = [(sku, stored.get(sku), meant.get(sku)) for sku in sorted(differ)[:3]]
            wrong.append(f"run {run.id} {run.state}: {len(differ)} offers differ: {some}")
        return wrong


class Bulk(Kind):
    """Mutations over a file, and lists read to their end: each line one answer and one effect."""

    name = "bulk"

    def __init__(self, *, long: bool) -> None:
        self._operations = Operations(schema)
        self._lines = BULK_LINES[long]
        self._number = 0
        self._owner: Merchant | None = None
        self._by = Caller()

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        self._owner = await factories.merchant("bulk")
        _, row = await key(self._owner.id, "feeds:read", "feeds:write")
        self._by = caller_of_key(row)

    async def start(self, chance: Random) -> Piece:
        if self._owner is None:
            raise RuntimeError("not prepared")
        self._number += 1
        ids = await bulk.held(self._owner, self._lines, name=f"held-{self._number}")
        reads = chance.random() < 0.25
        lines = [bulk.apply_line(run_id) for run_id in ids]
        bad = set(chance.sample(range(self._lines), self._lines // 100))
        lines = [b"{" if n in bad else line for n, line in enumerate(lines)]
        asked = bulk_resolvers.Asked(
            document="{feedRuns{edges{node{id}}}}" if reads else bulk.APPLY,
            operation=None,
            variables={},
            file=None if reads else await bulk.stage(self._owner, lines),
        )
        number = await FeedRun.filter(merchant_id=self._owner.id).count()
        context = self._operations.context(self._by)
        found = await bulk_resolvers.run(context, asked, f"piece-{self._number}")
        facts = {"ids": ids, "bad": bad, "reads": number if reads else None, "id": found.id}
        return Piece(self, ("bulk_id", str(found.id)), facts)

    async def ended(self, piece: Piece) -> bool:
        return (await bulk.stored(piece.facts["id"])).state.final

    async def check(self, piece: Piece) -> list[str]:
        facts = piece.facts
        of = await bulk.stored(facts["id"])
        if of.state.value != "COMPLETED":
            return [f"bulk {of.id} ended {of.state} {of.code} {of.detail}"]
        found = await bulk.answers(of.id)
        if facts["reads"] is not None:
            told = [each["id"] for each in found]
            once = len(told) == len(set(told)) == facts["reads"]
            return [] if once else [f"bulk {of.id}: {len(told)} of {facts['reads']} nodes"]
        wrong = []
        if [each["line"] for each in found] != list(range(1, self._lines + 1)):
            wrong.append(f"bulk {of.id}: a line has no answer, or two")
        refused = {each["line"] - 1 for each in found if "errors" in each}
        if refused != facts["bad"]:
            wrong.append(f"bulk {of.id}: refused {sorted(refused)}, not {sorted(facts['bad'])}")
        rows = await fetch(
            "SELECT object_id, count(*) AS n FROM audit_log WHERE object_id = ANY ($1) GROUP BY 1",
            facts["ids"],
        )
        counts = {row["object_id"]: row["n"] for row in rows}
        meant = {each: 1 for n, each in enumerate(facts["ids"]) if n not in facts["bad"]}
        if counts != meant:
            wrong.append(f"bulk {of.id}: {len(meant)} effects meant, {sum(counts.values())} there")
        return wrong


class Deliveries(Kind):
    """Events to an endpoint that takes its time: each arrives, under its one id, and is logged."""

    name = "deliveries"
    _STATES: Final = {"SENDING": "running", "DELIVERED": "done", "DEAD": "dead"}

    def __init__(self, *, long: bool) -> None:
        self._count = 150 if long else 60
        self._owner: Merchant | None = None
        self._came: Counter[str] = Counter()

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/hooks", self._take)]

    async def _take(self, request: web.Request) -> web.Response:
        await request.read()
        await asyncio.sleep(0.1)
        self._came[request.headers["webhook-id"]] += 1
        return web.Response()

    async def prepare(self, items: list[Item], address: str, vault: Vault) -> None:
        self._owner = await factories.merchant("told")
        await webhooks.endpoint(self._owner.id, f"{address}/hooks", TOPICS, vault=vault)

    async def start(self, chance: Random) -> Piece:
        if self._owner is None:
            raise RuntimeError("not prepared")
        ids = await webhooks.happen(self._owner.id, self._count)
        return Piece(self, ("event", str(ids[0])), {"ids": ids})

    async def jobs(self, piece: Piece) -> dict[UUID, tuple[str, int]]:
        rows = await fetch(
            "SELECT id, state, taken FROM webhook_delivery WHERE event_id = ANY ($1)",
            piece.facts["ids"],
        )
        return {row["id"]: (self._STATES.get(row["state"], "ready"), row["taken"]) for row in rows}

    async def ended(self, piece: Piece) -> bool:
        return len(await self.jobs(piece)) == self._count

    async def check(self, piece: Piece) -> list[str]:
        rows = await fetch(
            "SELECT event_id::text AS event, state FROM webhook_delivery WHERE event_id = ANY ($1)",
            piece.facts["ids"],
        )
        told = Counter(row["event"] for row in rows)
        wrong = [f"event {event} has {n} deliveries" for event, n in told.items() if n > 1]
        wrong += [f"event {each} has none" for each in map(str, piece.facts["ids"])
                  if not told[each]]  # fmt: skip
        wrong += [f"event {row['event']} is {row['state']}" for row in rows
                  if row["state"] != "DELIVERED"]  # fmt: skip
        return wrong + [f"event {event} never arrived" for event in told if not self._came[event]]


async def _pushed(feed: Feed, body: bytes) -> UUID:
    with tempfile.TemporaryDirectory(prefix="boucle-faults-") as folder:
        path = Path(folder) / "feed"
        path.write_bytes(body)
        sent = await push(feed, File(path, str(hash(body)), len(body)), Terms(force=True))
    return sent.run_id  # type: ignore[union-attr]


def _meant(sold: list[DemoOffer]) -> dict[str, tuple[int, int]]:
    """The offers of a file, without the lines that have a mistake."""
    rows = [row_of(offer) for offer in sold]
    spoiled = spoil(rows, MISTAKES)
    return {
        offer.sku.casefold(): (offer.price_minor, offer.quantity)
        for offer, row, sent in zip(sold, rows, spoiled, strict=True)
        if row == sent
    }


def _variant(number: int) -> DemoVariant:
    """The variant that `factories.world` makes with this number."""
    return DemoVariant(
        gtin=factories.gtin(number),
        mpn=f"MPN-{number}",
        brand="Calder",
        model=f"C{number // len(factories.COLORS)}",
        category="smartphone",
        attributes={"color": factories.COLORS[number % len(factories.COLORS)]},
        release_date=None,
    )


def _merchant(number: int, offers: int) -> DemoMerchant:
    return DemoMerchant(
        slug=f"shop-{number}",
        country="FR",
        kind="WORKSHOP",
        markets=("FR",),
        format=FeedFormat.NATIVE_CSV,
        encoding="utf-8",
        currency=Currency.EUR,
        mistakes=MISTAKES,
        offers=offers,
        handling_hours=24,
        exposes=frozenset({"etag"}),
    )


async def unfinished() -> list[str]:
    """Jobs that are neither done nor set aside with a reason, and jobs that were set aside."""
    rows = await fetch(
        "SELECT job, state, error FROM outbox_job "
        "WHERE job IN ('run_feed', 'run_bulk', 'read_push') AND state <> 'done' LIMIT 5"
    )
    return [f"job {row['job']} is {row['state']}: {row['error']}" for row in rows]


async def nothing_waits() -> bool:
    """Whether every job of our kinds is over."""
    return not await fetchval(
        "SELECT EXISTS (SELECT FROM outbox_job WHERE job IN ('run_feed', 'run_bulk', 'read_push') "
        "AND state NOT IN ('done', 'dead'))"
    )


KINDS: Final[dict[str, type[Kind]]] = {kind.name: kind for kind in (Imports, Bulk, Deliveries)}
