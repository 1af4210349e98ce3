"""Every client before the simulated carrier that it speaks to: what a parcel ends as."""

import pytest

from domain.shipments import ShipmentStatus as S
from integrations.sandbox.carriers import CarrierSimulator, Kind
from tests.integrations.carriers.playing import desk, follow
from tests.integrations.sandbox.carriers.asking import JOURNEYS, Clock, made

ENDS = {
    Kind.PLAIN: S.DELIVERED, Kind.PICKUP_POINT: S.DELIVERED,
    Kind.ACCESS_POINT: S.AVAILABLE_FOR_PICKUP, Kind.SECOND_ATTEMPT: S.DELIVERED,
    Kind.REFUSED: S.RETURNED, Kind.LOST: S.LOST, Kind.DISPOSED: S.LOST,
    Kind.CUSTOMS_HOLD: S.DELIVERED, Kind.LABEL_UNUSED: S.ANNOUNCED, Kind.LATE_SCAN: S.DELIVERED,
    Kind.TIME_CHANGE: S.DELIVERED, Kind.RECYCLED: S.DELIVERED, Kind.DUPLICATES: S.DELIVERED,
    Kind.SHUFFLED: S.DELIVERED, Kind.CANCELLED: S.CANCELLED,
}  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> CarrierSimulator:
    return CarrierSimulator(clock)


@pytest.mark.parametrize(("api", "division", "kind"), JOURNEYS)
async def test_a_journey_is_read_as_it_was(sim, clock, api, division, kind) -> None:
    parcel = made(sim, api, division, kind)
    async with desk(sim, clock, api) as at:
        known = await follow(at, parcel)
    assert known.stands.status is ENDS[kind], [
        (s.raw_code, s.status, s.occurred_at) for s in known.scans.values()
    ]
