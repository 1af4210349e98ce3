"""Following 100,000 open parcels: quotas kept by two workers, planning, ingestion.

`python -m bench.tracking URL SECONDS` is one of the workers: it prints the calls that it made.
"""

import asyncio
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast
from uuid import UUID, uuid4

import asyncpg

from bench.figures import AT_LEAST, AT_MOST, EXACTLY, Figure, information
from bench.world import World, opened
from domain.shipments import Scan, ShipmentStatus, TimeSource, Told
from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import Account, CarrierClient, Parcel
from integrations.http import Outbound, Rejected
from models.base import execute, fetch, fetchval, transaction
from models.shipments import accounts, polling
from models.shipments.ingest import Heard, Source, ingest
from models.vault import Vault
from workers.shipments.poller import Carriers, Lane

OPEN, FEW = 100_000, 1_000
WORKERS, SECONDS = 2, 20
HISTORY = 8
BATCH = 400
VAULT = Vault([("bench", b"k" * 32)])
STEPS = (
    *(ShipmentStatus.ANNOUNCED, ShipmentStatus.ACCEPTED, ShipmentStatus.IN_TRANSIT),
    *(None, ShipmentStatus.IN_TRANSIT, None, ShipmentStatus.EXCEPTION),
    ShipmentStatus.OUT_FOR_DELIVERY,
)


@dataclass(frozen=True, slots=True)
class Contract:
    """What a carrier of the measurement allows."""

    api: TrackingApi
    batch: int
    per_second: float
    per_day: int


CONTRACTS = (
    Contract(TrackingApi.GLS, 10, 2, 100_000),
    Contract(TrackingApi.LA_POSTE, 10, 5, 100_000),
    Contract(TrackingApi.DHL_EXPRESS, 200, 0.5, 100_000),
    Contract(TrackingApi.FEDEX, 30, 3, 100_000),
    Contract(TrackingApi.UPS, 1, 50, 400),
)
"""Narrow enough that the quotas bind, not the machine."""


@dataclass
class Stand:
    """Stands in a carrier's place: answers after some milliseconds, and notes when it was asked."""

    api: TrackingApi
    batch: int
    asked: list[float] = field(default_factory=list)

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        self.asked.append(time.time())
        await asyncio.sleep(0.005)
        return {parcel.number: told(parcel.number, now) for parcel in parcels}


def told(number: str, now: datetime) -> Told:
    """A history of eight events."""
    begins = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=30)
    scans = []
    for position, status in enumerate(STEPS):
        at = begins + timedelta(hours=3 * position)
        scans.append(
            Scan(
                f"C{position}", "A label of the usual length", status, at, at.replace(tzinfo=None),
                timedelta(), TimeSource.EXPLICIT, location="Lyon", country="FR",
                position=position, raw={"code": f"C{position}", "place": "Lyon"},
            )
        )  # fmt: skip
    return Told(number, tuple(scans))


async def measure(world: World) -> list[Figure]:
    """All figures of tracking."""
    return [*await _planning(world), *await _ingestion(world), *await _quotas(world)]


async def _planning(world: World) -> list[Figure]:
    """Seconds to claim and pay for each parcel, of few and of many; taken in turns."""
    took: dict[int, float] = {}
    for many in (FEW, OPEN):
        async with world.database():
            of = await _parcels(many)
            began, planned = time.perf_counter(), 0
            await polling.assign([contract.api for contract in CONTRACTS])
            await polling.work(1_600)
            for contract in CONTRACTS:
                while claimed := await polling.claim(of[contract.api], 400, urgent=False):
                    account = await accounts.account(of[contract.api])
                    assert account is not None
                    calls = -(-len(claimed) // contract.batch)
                    await accounts.take(account, [1] * calls, urgent=True, within=1e6)
                    planned += len(claimed)
            took[many] = (time.perf_counter() - began) / planned
            assert planned == many
    return [
        Figure("tracking_plan_ratio", round(took[OPEN] / took[FEW], 2), AT_MOST, 1.5),
        information("tracking_plan_us", took[OPEN] * 1e6),
    ]


async def _ingestion(world: World) -> list[Figure]:
    """Events a second in batches; statements of a small and of a large one."""
    async with world.database():
        await _parcels(10_000)
        rows = await fetch("SELECT id, tracking_number AS n FROM shipment ORDER BY id")
        now = datetime.now(UTC)
        heard = [Heard(r["id"], told(r["n"], now), Source.POLL) for r in rows]
        await _statements(heard[:20])  # the first also asks what the columns are
        statements = [await _statements(heard[20:30]), await _statements(heard[30 : 30 + BATCH])]
        rest, speeds = heard[30 + BATCH :], []
        for n in range(0, len(rest) - BATCH, BATCH):
            began = time.perf_counter()
            async with transaction():
                done = await ingest(rest[n : n + BATCH], lambda *_: "Europe/Paris")
            speeds.append(done.events / (time.perf_counter() - began))
        again = time.perf_counter()
        async with transaction():
            await ingest(rest[:BATCH], lambda *_: "Europe/Paris")
        again = BATCH * HISTORY / (time.perf_counter() - again)
    return [
        Figure("tracking_events_per_second", round(statistics.median(speeds)), AT_LEAST, 5_000),
        information("tracking_known_events_per_second", again),
        Figure("tracking_statements_ratio", statements[1] / statements[0], EXACTLY, 1),
    ]


async def _statements(heard: Sequence[Heard]) -> int:
    """How many statements a batch takes, as its connection logs them."""
    async with transaction() as raw:
        count: list[str] = []
        raw.add_query_logger(lambda record: count.append(record.query))
        await ingest(heard, lambda *_: "Europe/Paris")
    return len(count)


async def _quotas(world: World) -> list[Figure]:
    """Two workers follow the parcels for some seconds; no carrier is asked beyond its quota."""
    async with world.database() as url:
        of = await _parcels(OPEN)
        await polling.assign([contract.api for contract in CONTRACTS])
        command = [sys.executable, "-m", "bench.tracking", url, str(SECONDS)]
        pipe = asyncio.subprocess.PIPE
        workers = [
            await asyncio.create_subprocess_exec(*command, stdout=pipe) for _ in range(WORKERS)
        ]
        calls: dict[str, list[float]] = defaultdict(list)
        for worker in workers:
            said, _ = await worker.communicate()
            for api, times in json.loads(said).items():
                calls[api] += times
        over = sum(_over(calls[contract.api], contract) for contract in CONTRACTS)
        paid = {r["account_id"]: r["used"] for r in await fetch("SELECT * FROM carrier_budget")}
        over += sum(paid.get(of[c.api], 0) > c.per_day for c in CONTRACTS)
        asked = await fetchval("SELECT count(*) FROM shipment WHERE polls > 0")
        used = [len(calls[c.api]) / min(c.per_second * SECONDS, c.per_day) for c in CONTRACTS]
    return [
        Figure("tracking_over_quota", over, EXACTLY, 0),
        information("tracking_parcels_asked", asked),
        information("tracking_least_quota_used", min(used)),
    ]


def _over(times: list[float], contract: Contract) -> int:
    """How many calls went out although the window before them was full.

    The window is a second, or what one call is allowed where that is longer; a twentieth is the
    clock's.
    """
    ordered, most = sorted(times), max(1, round(contract.per_second))
    window = most / contract.per_second * 0.95
    pairs = zip(ordered, ordered[most:], strict=False)
    return sum(last - first < window for first, last in pairs) + (len(times) > contract.per_day)


async def _parcels(many: int) -> dict[TrackingApi, UUID]:
    """Open parcels that are due, spread over the carriers; their accounts."""
    of: dict[TrackingApi, UUID] = {}
    for contract in CONTRACTS:
        of[contract.api] = uuid4()
        given = accounts.Set(
            contract.api, None, secrets={"key": "k"}, url="https://carrier.example",
            per_second=Decimal(str(contract.per_second)), per_day=contract.per_day,
        )  # fmt: skip
        await accounts.store(of[contract.api], given, VAULT)
    await execute(
        "INSERT INTO shipment (purpose, carrier, tracking_number, origin, destination, status, "
        "next_poll_at, created_at, promised_by) SELECT 'RETURN', ($2::text[])[1 + n % $3], "
        "'N' || n, 'FR', 'FR', 'IN_TRANSIT', now() - interval '1 hour' * (n % 7), "
        "now() - interval '2 days', current_date + 5 FROM generate_series(1, $1) n",
        many,
        [contract.api.value for contract in CONTRACTS],
        len(CONTRACTS),
    )
    await execute("UPDATE shipment s SET account_id = a.id, api = a.api FROM carrier_account a "
                  "WHERE a.api = s.carrier")  # fmt: skip
    await execute("VACUUM ANALYZE shipment")
    return of


@asynccontextmanager
async def _step() -> AsyncGenerator[asyncpg.Connection]:
    async with transaction() as raw:
        yield raw


async def worker(url: str, seconds: float) -> dict[str, list[float]]:
    """Run lanes of all accounts for some seconds; when each carrier was asked."""
    stands = {c.api: Stand(c.api, c.batch) for c in CONTRACTS}
    known = cast("Mapping[TrackingApi, CarrierClient]", stands)
    at = Carriers(cast("Outbound", None), VAULT, known, {}, lambda *_: "Europe/Paris")
    async with opened(url):
        ends = time.monotonic() + seconds
        ids = [row["id"] for row in await fetch("SELECT id FROM carrier_account")]

        async def follow(account_id: UUID) -> None:
            while (left := ends - time.monotonic()) > 0:
                await Lane(at, account_id, _step, seconds=min(left, 5)).run()
                await asyncio.sleep(0.05)

        await asyncio.gather(*(follow(account_id) for account_id in ids))
    return {api.value: stand.asked for api, stand in stands.items()}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(worker(sys.argv[1], float(sys.argv[2])))))
