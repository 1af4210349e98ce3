"""Jobs of parcels: which are asked about, what carriers say and push, what time does to them.

Source: docs/tracking.md.
"""

import math
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from integrations.carriers.registry import CLIENTS, PUSHES
from integrations.carriers.roots import roots
from integrations.carriers.times import zone_of
from models.base import transaction
from models.jobs import Job
from models.outbox import enqueue_each
from models.shipments import lanes, polling, pushes, watch
from models.shipments.polling import Work
from workers.lease import Lease, job
from workers.runtime import runtime
from workers.shipments.poller import PARCELS_A_ROUND, Carriers, Lane
from workers.shipments.pushes import read_push as take_in_push
from workers.shipments.pushes import subscribe_all

log = structlog.get_logger()

MOST_LANES: Final = 4
LONG: Final = timedelta(minutes=15)


def zone_name(country: str | None, postal_code: str | None) -> str:
    """The IANA name of the zone of a place; `UTC` where nobody knows it."""
    found = zone_of(country, postal_code)
    return found.key if found else "UTC"


def speed_of(url: str | None) -> float:
    """How many times faster than real parcels those travel that are asked about at a root.

    Only the carriers' simulator of this machine is hurried; without one nothing is.
    """
    values = runtime().values
    port, speed = values.get("carriers_port"), values.get("carrier_speed")
    played = bool(port) and (url or "").startswith(f"http://127.0.0.1:{port}/")
    return float(speed or 1) if played else 1.0


@job(Job.PLAN_POLLS)
async def plan_polls(lease: Lease) -> None:
    """Find accounts with due parcels, and ask for a lane or more of each."""
    async with lease.transaction():
        await plan()


async def plan() -> int:
    """The same in the current transaction; how many lanes were asked for."""
    await polling.assign(CLIENTS)
    found = await polling.work(MOST_LANES * PARCELS_A_ROUND)
    asked: list[dict[str, str | int | None]] = [
        {"account_id": str(each.account_id), "lane": number}
        for each in found
        for number in range(lanes_of(each))
    ]
    await enqueue_each(Job.POLL_PARCELS, asked)
    return len(asked)


def lanes_of(work: Work) -> int:
    """How many lanes an account is worth: one while it fails."""
    if work.broken or work.failing:
        return 1
    return min(MOST_LANES, math.ceil(work.due / PARCELS_A_ROUND))


@job(Job.POLL_PARCELS)
async def poll_parcels(lease: Lease, account_id: str, lane: int) -> None:
    """Ask about an account's due parcels for some seconds."""
    at = runtime()
    carriers = Carriers(at.carriers or at.http, at.vault, CLIENTS, roots(), zone_name, speed_of)
    asked = await Lane(carriers, UUID(account_id), lease.step).run()
    if asked:
        log.info("tracking.polled", account_id=account_id, lane=lane, parcels=asked)


@job(Job.READ_PUSH)
async def read_push(lease: Lease, delivery_id: str) -> None:
    """Take in what a stored push tells."""
    async with lease.transaction():
        await take_in_push(UUID(delivery_id), PUSHES, zone_name, speed_of)


@job(Job.WATCH_PARCELS)
async def watch_parcels(_lease: Lease) -> None:
    """Promise parcels for a day; mark those that are late by now, and those that stand still."""
    promised = late = stalled = 0
    while count := await lanes.promise_all(zone_name):
        promised += count
    while count := await watch.late_ones(zone_name):
        late += count
    while count := await watch.stalled_ones():
        stalled += count
    if promised or late or stalled:
        log.info("tracking.watched", promised=promised, late=late, stalled=stalled)


@job(Job.SUBSCRIBE_PUSHES)
async def subscribe_pushes(_lease: Lease) -> None:
    """Subscribe to the parcels of carriers that push each parcel apart."""
    at = runtime()
    site = str(at.values.get("public_url", ""))
    if count := await subscribe_all(at.carriers or at.http, at.vault, site, roots()):
        log.info("tracking.subscribed", parcels=count)


@job(Job.PURGE_TRACKING, time_limit=LONG)
async def purge_tracking(_lease: Lease) -> None:
    """Forget raw pushes after 30 days."""
    async with transaction():
        log.info("tracking.purged", rows=await pushes.purge())
