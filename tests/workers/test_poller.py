"""Carriers are asked within their budgets, and one that fails delays its own parcels alone."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, cast
from uuid import UUID, uuid4

import asyncpg
import pytest

from domain.shipments import Scan, ShipmentStatus, TimeSource, Told
from domain.shipments.carriers import TrackingApi
from integrations.carriers.base import Account, CredentialRefused, Parcel, Throttled
from integrations.http import Outbound, Rejected, Unavailable
from models.base import execute, fetch, fetchrow, fetchval, transaction
from models.shipments import accounts, polling
from models.vault import Vault
from tests import factories, orders
from workers import shipments
from workers.shipments.poller import Carriers, Lane

D = timedelta(days=1)
MADE = datetime.now(UTC) - 2 * D
A_MOMENT_LATER = "UPDATE shipment SET next_poll_at = now()"  # in a test, now stands still
VAULT = Vault([("k1", b"k" * 32)])


@dataclass
class Asked:
    """One call that the carrier got."""

    at: datetime
    account: str
    numbers: list[str]


@dataclass
class Fake:
    """A carrier that says what it is told to; `says` may raise."""

    api: TrackingApi = TrackingApi.GLS
    batch: int = 10
    says: Any = None
    asked: list[Asked] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    async def track(
        self, out: Outbound, account: Account, parcels: Sequence[Parcel], now: datetime
    ) -> Mapping[str, Told | Rejected]:
        numbers = [parcel.number for parcel in parcels]
        assert len(numbers) <= self.batch
        self.asked.append(Asked(now, account.id, numbers))
        self.secrets = dict(account.secrets)
        answer = {number: moved(number) for number in numbers}
        said = self.says(numbers) if self.says else answer
        if isinstance(said, BaseException):
            raise said
        return cast("Mapping[str, Told | Rejected]", answer if said is None else said)


def moved(number: str, status: ShipmentStatus = ShipmentStatus.IN_TRANSIT) -> Told:
    at = MADE + timedelta(hours=5)
    source = TimeSource.EXPLICIT
    scan = Scan("T", "", status, at, at.replace(tzinfo=None), timedelta(), source)
    return Told(number, (scan,))


async def account(
    api: TrackingApi = TrackingApi.GLS, per_second: float = 1_000, per_day: int | None = 100_000,
    merchant: UUID | None = None,
) -> UUID:  # fmt: skip
    made = uuid4()
    given = accounts.Set(
        api, merchant, secrets={"client_id": "a"}, url="https://carrier.example",
        per_second=Decimal(str(per_second)), per_day=per_day,
    )  # fmt: skip
    assert await accounts.store(made, given, VAULT)
    return made


async def parcels(count: int, carrier: str = "GLS", **facts: Any) -> list[UUID]:
    due = datetime.now(UTC) - timedelta(hours=1)
    row = {"carrier": carrier, "api": None, "origin": "FR", "destination": "FR"} | facts
    return [
        await orders.insert(
            "shipment", id=uuid4(), purpose="RETURN", tracking_number=f"N{n:05d}", status="UNKNOWN",
            created_at=MADE, updated_at=MADE, next_poll_at=due + timedelta(seconds=n), late=False,
            stalled=False, never_accepted=False, urgent=False, polls=0, failures=0, version=1,
            **{**row, "merchant_id": row.get("merchant_id")},
        )
        for n in range(count)
    ]  # fmt: skip


@asynccontextmanager
async def step() -> AsyncGenerator[asyncpg.Connection]:
    async with transaction() as raw:
        yield raw


def carriers(*clients: Fake) -> Carriers:
    known = {client.api: client for client in clients}
    return Carriers(cast("Outbound", None), VAULT, known, {}, lambda *_: "Europe/Paris")


async def poll(*clients: Fake) -> int:
    """Plan, and run a lane of each account that has work."""
    await polling.assign([client.api for client in clients])
    work = await polling.work(1_600)
    return sum([await Lane(carriers(*clients), each.account_id, step).run() for each in work])


@pytest.fixture
async def world(db: None) -> None:
    await factories.world(1, 1)


async def test_due_parcels_are_asked_about_in_full_calls_and_scheduled(world: None) -> None:
    of, gls = await account(), Fake()
    await parcels(25)

    assert await poll(gls) == 25

    assert sorted(len(each.numbers) for each in gls.asked) == [5, 10, 10]
    assert gls.secrets == {"client_id": "a"}
    rows = await fetch("SELECT status, account_id, api, polls, next_poll_at FROM shipment")
    assert {(r["status"], r["account_id"], r["api"], r["polls"]) for r in rows} == {
        ("IN_TRANSIT", of, "GLS", 1)
    }
    waits = [(r["next_poll_at"] - datetime.now(UTC)).total_seconds() / 3600 for r in rows]
    assert 3.3 < min(waits) < max(waits) < 4.7
    assert await poll(gls) == 0


async def test_a_merchants_own_account_follows_its_parcels_before_the_platforms(
    world: None,
) -> None:
    owner = await factories.merchant("amber")
    shared, own = await account(), await account(merchant=owner.id)
    agg = await account(TrackingApi.AFTERSHIP)
    await parcels(1, merchant_id=owner.id)
    await parcels(1)
    await parcels(1, carrier="POSTE_ITALIANE")
    await parcels(1, carrier="UPS")

    await poll(Fake(), Fake(TrackingApi.AFTERSHIP), Fake(TrackingApi.UPS))

    rows = await fetch("SELECT carrier, merchant_id, account_id FROM shipment ORDER BY carrier")
    found = [(r["carrier"], r["merchant_id"], r["account_id"]) for r in rows]
    assert set(found) == {
        ("GLS", owner.id, own), ("GLS", None, shared), ("POSTE_ITALIANE", None, agg),
        ("UPS", None, agg),
    }  # fmt: skip


async def test_without_an_account_a_parcel_waits_until_there_is_one(world: None) -> None:
    [it] = await parcels(1)
    gls = Fake()

    assert await poll(gls) == 0
    row = await fetchrow("SELECT last_error, next_poll_at > now() AS later FROM shipment")
    assert tuple(row or ()) == ("NO_ACCOUNT", True)
    await account()

    assert await poll(gls) == 1
    assert await fetchval("SELECT last_error FROM shipment WHERE id = $1", it) is None


async def test_the_days_budget_is_never_passed_and_the_urgent_come_first(world: None) -> None:
    of, gls = await account(per_day=8), Fake(batch=1)
    await parcels(30)
    await execute(
        "UPDATE shipment SET urgent = true WHERE id IN (SELECT id FROM shipment ORDER BY "
        "next_poll_at DESC LIMIT 5)"
    )
    urgent = {
        r["tracking_number"]
        for r in await fetch("SELECT tracking_number FROM shipment WHERE urgent")
    }

    for _ in range(5):
        await poll(gls)

    asked = [number for each in gls.asked for number in each.numbers]
    assert set(asked[:5]) == urgent
    assert 5 <= len(asked) <= 8
    used = await fetchval("SELECT used FROM carrier_budget WHERE account_id = $1", of)
    assert used == len(asked)
    assert await fetchval("SELECT count(*) FROM shipment WHERE next_poll_at > now()") >= len(asked)


async def test_what_ordinary_parcels_may_use_grows_with_the_day(world: None) -> None:
    of = await account(per_day=1_000)
    found = await accounts.account(of)
    assert found is not None
    noon = found.at.replace(hour=12, minute=0)

    half = replace(found, at=noon, quota=replace(found.quota, zone="UTC"))
    assert half.cap(urgent=False) == 625
    assert half.cap(urgent=True) == 1_000


async def test_numbers_count_where_the_carrier_counts_numbers(world: None) -> None:
    of = await account(TrackingApi.DHL_PARCEL_DE, per_day=100)
    await parcels(35, carrier="DHL_PARCEL_DE")
    await execute("UPDATE shipment SET urgent = true")
    dhl = Fake(TrackingApi.DHL_PARCEL_DE, batch=20)

    await poll(dhl)

    assert await fetchval("SELECT used FROM carrier_budget WHERE account_id = $1", of) == 35


async def test_lanes_of_many_processes_hold_the_pace_of_one_account(fresh_db: str) -> None:
    """Calls of six lanes at once lie as far apart as the carrier asks for."""
    await factories.world(1, 1)
    await account(per_second=20)
    await parcels(40)
    gls = Fake(batch=2)
    await polling.assign([gls.api])
    [work] = await polling.work(100)

    lanes = [Lane(carriers(gls), work.account_id, step, seconds=5) for _ in range(6)]
    asked = await asyncio.gather(*(lane.run() for lane in lanes))

    assert sum(asked) == 40
    numbers = [number for each in gls.asked for number in each.numbers]
    assert len(numbers) == len(set(numbers)) == 40
    times = sorted(each.at for each in gls.asked)
    for first, last in zip(times, times[20:], strict=False):
        assert (last - first).total_seconds() >= 0.95


async def test_a_refused_credential_ends_the_account_after_one_call(world: None) -> None:
    of, gls = await account(), Fake(says=lambda _: CredentialRefused("status 401"))
    await parcels(3)

    for _ in range(3):
        await poll(gls)

    assert len(gls.asked) == 1
    row = await fetchrow("SELECT disabled_because FROM carrier_account WHERE id = $1", of)
    assert tuple(row or ()) == ("CREDENTIAL_REFUSED",)
    assert await fetchval("SELECT count(*) FROM shipment WHERE next_poll_at <= now()") == 3


async def test_too_many_pauses_the_account_for_as_long_as_it_says(world: None) -> None:
    of, gls = await account(), Fake(says=lambda _: Throttled("status 429", 900))
    await parcels(3)

    for _ in range(3):
        await poll(gls)

    assert len(gls.asked) == 1
    until = await fetchval("SELECT paused_until FROM carrier_account WHERE id = $1", of)
    assert 890 < (until - datetime.now(UTC)).total_seconds() < 901
    rows = await fetch("SELECT failures, next_poll_at = $1 AS then FROM shipment", until)
    assert {tuple(row) for row in rows} == {(0, True)}


async def test_an_outage_delays_its_own_parcels_alone(world: None) -> None:
    of, _ = await account(), await account(TrackingApi.UPS)
    await parcels(12)
    await parcels(3, carrier="UPS")
    gls, ups = Fake(batch=1, says=lambda _: Unavailable("away")), Fake(TrackingApi.UPS)

    await poll(gls, ups)
    for _ in range(3):
        await execute("UPDATE shipment SET next_poll_at = now() WHERE carrier = 'GLS'")
        await poll(gls, ups)

    assert sum(len(each.numbers) for each in ups.asked) == 3
    assert 10 <= len(gls.asked) <= 12 + 5
    row = await fetchrow(
        "SELECT failures, open_until > now() AS open FROM carrier_account WHERE id = $1", of
    )
    assert row is not None
    assert row["failures"] >= 10
    assert row["open"]


async def test_an_open_circuit_is_tried_by_one_call_and_closes(world: None) -> None:
    of, gls = await account(), Fake(batch=1)
    await parcels(10)
    await polling.assign([gls.api])
    past = "UPDATE carrier_account SET failures = 10, open_until = now() - interval '1 second'"
    await execute(past)
    gls.says = lambda _: Unavailable("away")

    lanes = [Lane(carriers(gls), of, step) for _ in range(3)]
    for lane in lanes:
        await lane.run()
    assert len(gls.asked) == 1
    assert await polling.work(10) == []

    await execute(past)
    gls.says = None
    await poll(gls)
    await poll(gls)

    row = await fetchrow("SELECT failures, open_until FROM carrier_account WHERE id = $1", of)
    assert tuple(row or ()) == (0, None)
    assert await fetchval("SELECT count(*) FROM shipment WHERE status = 'IN_TRANSIT'") == 9


async def test_one_bad_number_refuses_no_other_of_its_call(world: None) -> None:
    def says(numbers: list[str]) -> Any:
        return Rejected("status 400") if "N00003" in numbers else None

    await account()
    await parcels(8)
    gls = Fake(says=says)

    for _ in range(3):
        await poll(gls)
        await execute(f"{A_MOMENT_LATER} WHERE next_poll_at < now() + interval '1 minute'")

    rows = await fetch("SELECT tracking_number, status, last_error FROM shipment ORDER BY 1")
    assert [r["status"] for r in rows] == ["IN_TRANSIT"] * 3 + ["UNKNOWN"] + ["IN_TRANSIT"] * 4
    assert rows[3]["last_error"].startswith("REJECTED")
    assert len(gls.asked) == 9


async def test_a_number_that_the_carrier_does_not_know_is_asked_about_as_a_label(
    world: None,
) -> None:
    await account()
    [it] = await parcels(1)

    await poll(Fake(says=lambda numbers: {n: Told(n, found=False) for n in numbers}))

    row = await fetchrow("SELECT status, next_poll_at FROM shipment WHERE id = $1", it)
    assert row is not None
    assert row["status"] == "UNKNOWN"
    assert 5 < (row["next_poll_at"] - datetime.now(UTC)).total_seconds() / 3600 < 7


async def test_a_client_that_breaks_its_word_delays_its_parcels_alone(world: None) -> None:
    await account()
    await parcels(2)

    await poll(Fake(says=lambda _: KeyError("x")))

    rows = await fetch("SELECT failures, last_error, next_poll_at > now() AS later FROM shipment")
    assert {tuple(row) for row in rows} == {(1, "FAULT", True)}


async def test_what_a_dead_lane_held_is_due_again_and_nobody_elses_before(world: None) -> None:
    of = await account()
    await parcels(5)
    await polling.assign([TrackingApi.GLS])

    held = await polling.claim(of, 3, urgent=False)
    others = await polling.claim(of, 10, urgent=False)

    assert (len(held), len(others)) == (3, 2)
    await execute("UPDATE shipment SET next_poll_at = next_poll_at - interval '4 minutes'")
    assert len(await polling.claim(of, 10, urgent=False)) == 5


async def test_an_account_with_much_to_do_gets_lanes_and_one_that_fails_gets_one() -> None:
    def work(due: int, *, failing: bool = False) -> polling.Work:
        return polling.Work(uuid4(), TrackingApi.GLS, broken=False, failing=failing, due=due)

    assert [shipments.lanes_of(work(n)) for n in (1, 400, 401, 1_600, 9_999)] == [1, 1, 2, 4, 4]
    assert shipments.lanes_of(work(9_999, failing=True)) == 1
