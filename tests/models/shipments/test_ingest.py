"""What carriers tell becomes events, statuses and dates: once each, in whatever order."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.orders import LineState
from domain.shipments import (
    Proof,
    Scan,
    ShipmentPurpose,
    ShipmentReason,
    ShipmentStatus,
    TimeSource,
    Told,
)  # fmt: skip
from models.base import execute, fetch, fetchrow, fetchval, transaction
from models.shipments.ingest import Heard, Ingested, Source, ingest
from tests import factories, orders
from tests.orders import Bought
from tests.schema.asking import counted

S, POLL, PUSH = ShipmentStatus, Source.POLL, Source.WEBHOOK
H, D = timedelta(hours=1), timedelta(days=1)
MADE = datetime.now(UTC).replace(microsecond=0) - 3 * D


def scan(status: S | None, hours: float, code: str = "", **more: Any) -> Scan:
    at = MADE + hours * H
    return Scan(
        code or f"{status}-{hours}", "said so", status, at, at.replace(tzinfo=None),
        timedelta(), TimeSource.EXPLICIT, raw={"code": code}, **more,
    )  # fmt: skip


PLAIN = (
    scan(S.ANNOUNCED, -2), scan(S.ACCEPTED, 1), scan(S.IN_TRANSIT, 9), scan(None, 10),
    scan(S.OUT_FOR_DELIVERY, 30), scan(S.DELIVERED, 34, location="Lyon", country="FR"),
)  # fmt: skip


async def sold(state: LineState = LineState.SHIPPED) -> Bought:
    owner = await factories.merchant("amber")
    [item, *_] = await factories.world(1, 1)
    return await orders.bought(owner, item, state, at=MADE - D)


@pytest.fixture
async def of(db: None) -> Bought:
    return await sold()


async def parcel(of: Bought, number: str = "6A99900000017", **facts: Any) -> UUID:
    return await orders.parcel(of, number=number, **({"at": MADE} | facts))


async def tell(shipment_id: UUID, *scans: Scan, source: Source = POLL, **word: Any) -> Ingested:
    told = Told("6A99900000017", tuple(scans), **word)
    async with transaction():
        return await ingest([Heard(shipment_id, told, source)], lambda *_: "Europe/Paris")


async def row(shipment_id: UUID) -> Any:
    found = await fetchrow("SELECT *, xmin::text AS xmin FROM shipment WHERE id = $1", shipment_id)
    assert found is not None
    return found


async def test_a_plain_delivery_moves_the_line_and_tells_merchant_and_watchers(of: Bought) -> None:
    it = await parcel(of)

    done = await tell(it, *PLAIN, proof=Proof(signed_by="C. C."), carrier_ref="ref-1")

    now = await row(it)
    assert (done.events, done.parcels, len(done.changes)) == (6, 1, 1)
    assert (now["status"], now["delivered_at"]) == ("DELIVERED", MADE + 34 * H)
    assert now["first_scan_at"] == MADE + 1 * H
    assert now["last_scan_at"] == MADE + 34 * H
    assert (now["carrier_ref"], now["polls"], now["version"]) == ("ref-1", 1, 2)
    assert "C. C." in now["proof"]
    assert 40 * H < now["next_poll_at"] - datetime.now(UTC) < 56 * H
    lines = await fetch("SELECT state, first_scan_at, delivered_at FROM order_line")
    assert [tuple(each) for each in lines] == [("DELIVERED", MADE + H, MADE + 34 * H)]
    topics = {r["topic"] for r in await fetch("SELECT topic FROM announcement")}
    assert topics >= {f"shipment:{it}", f"order:{of.order_id}"}
    told = await fetchrow(
        "SELECT version, data->>'from' AS a, data->>'to' AS b FROM event "
        "WHERE topic = 'shipment.status_changed'"
    )
    assert tuple(told or ()) == (2, "UNKNOWN", "DELIVERED")


async def test_a_history_fed_twice_writes_nothing(of: Bought) -> None:
    it = await parcel(of)
    word = {"status": S.DELIVERED, "proof": Proof(at=MADE + 34 * H, signed_by="C. C.")}
    await tell(it, *PLAIN, source=PUSH, **word)
    rows = "SELECT (SELECT string_agg(xmin::text || ctid::text, ',' ORDER BY event_key) FROM {0})"
    before = (await row(it))["xmin"], await fetchval(rows.format("shipment_event"))
    counts = "SELECT (SELECT count(*) FROM event), (SELECT count(*) FROM announcement)"
    told = tuple(await fetchrow(counts) or ())

    again = await tell(it, *PLAIN, source=PUSH, **word)

    assert again == Ingested(0, 0, ())
    assert before == ((await row(it))["xmin"], await fetchval(rows.format("shipment_event")))
    assert told == tuple(await fetchrow(counts) or ())


async def test_the_same_answer_to_a_poll_only_dates_the_next_one(of: Bought) -> None:
    it = await parcel(of)
    await tell(it, *PLAIN[:3])
    before = dict(await row(it))

    again = await tell(it, *PLAIN[:3])

    after = dict(await row(it))
    assert (again.events, again.changes) == (0, ())
    changed = {name for name in before if before[name] != after[name]}
    assert changed <= {"polls", "polled_at", "next_poll_at", "xmin"}
    assert after["polls"] == 2


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10_000))
async def test_pushes_in_any_order_end_as_the_ordered_ones(of: Bought, seed: int) -> None:
    chance = random.Random(seed)
    hours = sorted(chance.sample(range(70), 8))
    history = [scan(chance.choice([*S, None]), hour, f"{hour}") for hour in hours]
    one, other = await parcel(of, lines=()), await parcel(of, lines=())
    for each in history:
        await tell(one, each, source=PUSH)
    for each in chance.sample(history * 3, 24):
        await tell(other, each, source=PUSH)

    names = "status, reason, status_at, first_scan_at, last_scan_at, delivered_at"
    ends = [dict(await row(it)) for it in (one, other)]
    assert [ends[0][n] for n in names.split(", ")] == [ends[1][n] for n in names.split(", ")]


async def test_late_scans_never_reopen_a_delivered_parcel(of: Bought) -> None:
    it = await parcel(of)
    await tell(it, *PLAIN)
    version = (await row(it))["version"]

    late = await tell(it, scan(S.IN_TRANSIT, 40, "hub"), source=PUSH)

    now = await row(it)
    assert (late.events, late.changes) == (1, ())
    assert (now["status"], now["version"]) == ("DELIVERED", version)
    assert now["delivered_at"] == MADE + 34 * H


async def test_the_history_of_an_older_parcel_with_the_number_is_not_stored(of: Bought) -> None:
    it = await parcel(of)
    old = [scan(S.ACCEPTED, -24 * 50, "a"), scan(S.DELIVERED, -24 * 48, "d")]

    first = await tell(it, *old, status=S.DELIVERED)
    mixed = await tell(it, *old, *PLAIN[:2], status=S.ACCEPTED)

    now = await row(it)
    assert (first.events, first.changes, mixed.events) == (0, (), 2)
    assert (now["status"], now["delivered_at"]) == ("ACCEPTED", None)


async def test_pickup_points_release_nothing_and_returned_ones_are_not_delivered(
    of: Bought,
) -> None:
    it = await parcel(of)

    await tell(it, *PLAIN[:3], scan(S.AVAILABLE_FOR_PICKUP, 20))
    assert (await row(it))["delivered_at"] is None
    assert await fetchval("SELECT state FROM order_line") == "SHIPPED"
    await tell(it, scan(S.RETURNING, 60), scan(S.DELIVERED, 70, "sender"), status=S.RETURNED)

    assert (await row(it))["status"] == "RETURNED"
    assert await fetchval("SELECT state FROM order_line") == "RETURNED"
    [job] = await fetch(
        "SELECT kwargs->>'because' AS because FROM outbox_job WHERE job = 'open_case'"
    )
    assert job["because"] == "RETURNED"


async def test_silence_is_a_loss_only_when_the_carrier_was_asked(of: Bought) -> None:
    long_ago = datetime.now(UTC) - 12 * D
    it = await parcel(of, at=long_ago)
    await execute("UPDATE shipment SET created_at = $2 WHERE id = $1", it, long_ago)
    moved = scan(S.IN_TRANSIT, 0)
    at = long_ago + H
    old = Scan("T", "", S.IN_TRANSIT, at, at.replace(tzinfo=None), timedelta(), TimeSource.EXPLICIT)

    await tell(it, old, source=PUSH)
    assert (await row(it))["status"] == "IN_TRANSIT"
    await tell(it, old)

    now = await row(it)
    assert (now["status"], now["stalled"]) == ("LOST", False)
    assert now["lost_at"] is not None
    assert await fetchval("SELECT state FROM order_line") == "LOST"
    lost = await fetchval("SELECT data->>'because' FROM event WHERE topic = 'shipment.lost'")
    assert lost == "SILENCE"
    await tell(it, old, moved)
    assert (await row(it))["status"] == "LOST"
    await tell(it, old, moved, scan(S.DELIVERED, 20))
    assert (await row(it))["status"] == "DELIVERED"


async def test_an_unmapped_code_changes_no_status_and_is_kept_and_counted(of: Bought) -> None:
    it = await parcel(of)
    await tell(it, *PLAIN[:3])

    odd = [scan(None, 12, "ZZ9", mapped=False), scan(None, 13, "ZZ9", mapped=False)]
    await tell(it, *PLAIN[:3], *odd)
    await tell(it, *PLAIN[:3], *odd)

    assert (await row(it))["status"] == "IN_TRANSIT"
    found = await fetch("SELECT api, code, times FROM carrier_unmapped_code")
    assert [tuple(each) for each in found] == [("LA_POSTE", "ZZ9", 2)]
    kept = await fetch("SELECT raw->>'code' AS code FROM shipment_event WHERE NOT mapped")
    assert [each["code"] for each in kept] == ["ZZ9", "ZZ9"]


async def test_a_parcel_that_stands_still_is_flagged_and_moves_again(of: Bought) -> None:
    it = await parcel(of, at=datetime.now(UTC) - 9 * D)
    at = datetime.now(UTC) - 8 * D
    old = Scan("T", "", S.IN_TRANSIT, at, at.replace(tzinfo=None), timedelta(), TimeSource.EXPLICIT)

    await tell(it, old)
    assert (await row(it))["stalled"]
    await tell(it, old, scan(S.IN_TRANSIT, 60))

    assert not (await row(it))["stalled"]


async def test_a_return_that_arrives_is_no_delivery_to_a_customer(of: Bought) -> None:
    back = await parcel(of, purpose=ShipmentPurpose.RETURN)

    await tell(back, *PLAIN)

    line = await fetchrow("SELECT state, delivered_at, first_scan_at FROM order_line")
    assert line is not None
    assert (line["delivered_at"], line["first_scan_at"]) == (None, None) or line[
        "state"
    ] != "DELIVERED"


@pytest.mark.parametrize("many", [1, 40])
async def test_a_batch_costs_as_many_statements_as_one_parcel(
    of: Bought, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    parcels = [await parcel(of, f"6A{n:011d}", lines=of.lines) for n in range(many)]
    odd = scan(None, 12, "ZZ9", mapped=False)
    told = [
        Told("", (*PLAIN[:4], odd, scan(S.EXCEPTION, 20, reason=ShipmentReason.DAMAGED)))
    ] * many
    heard = [Heard(it, each, POLL) for it, each in zip(parcels, told, strict=True)]

    with counted(monkeypatch) as sent:
        async with transaction():
            await ingest(heard, lambda *_: "UTC")

    assert sum(sent.values()) == STATEMENTS, sent


STATEMENTS = 9
