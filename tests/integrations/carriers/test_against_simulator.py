"""Every client before the simulated carrier that it speaks to: what is read of each journey.

Both follow docs/carriers.md; neither knows the other's tables.
"""

from datetime import UTC, timedelta

import pytest

from domain.shipments import ShipmentStatus as S
from domain.shipments import Told
from domain.shipments.carriers import TrackingApi as Api
from integrations.carriers.base import (
    BadSignature,
    CredentialRefused,
    Throttled,
)
from integrations.carriers.registry import CLIENTS, PUSHES
from integrations.http import Unavailable
from integrations.sandbox.carriers import CarrierSimulator, Fault, Kind
from integrations.sandbox.carriers.credentials import LIVES
from integrations.sandbox.carriers.following import ONE_BY_ONE, PUSHING
from integrations.sandbox.carriers.limits import published
from integrations.sandbox.carriers.numbers import number_for
from tests.integrations.carriers.playing import (
    Followed,
    desk,
    follow,
    in_turn,
    moments,
    parcel_of,
)
from tests.integrations.sandbox.carriers.asking import (
    CASES,
    JOURNEYS,
    PLAYED,
    START,
    Clock,
    ends,
    made,
)

ENDS = {
    Kind.PLAIN: S.DELIVERED,
    Kind.PICKUP_POINT: S.DELIVERED,
    Kind.ACCESS_POINT: S.AVAILABLE_FOR_PICKUP,
    Kind.SECOND_ATTEMPT: S.DELIVERED,
    Kind.REFUSED: S.RETURNED,
    Kind.LOST: S.LOST,
    Kind.DISPOSED: S.LOST,
    Kind.CUSTOMS_HOLD: S.DELIVERED,
    Kind.LABEL_UNUSED: S.ANNOUNCED,
    Kind.LATE_SCAN: S.DELIVERED,
    Kind.TIME_CHANGE: S.DELIVERED,
    Kind.RECYCLED: S.DELIVERED,
    Kind.DUPLICATES: S.DELIVERED,
    Kind.SHUFFLED: S.DELIVERED,
    Kind.CANCELLED: S.CANCELLED,
}
NO_WORD = {
    # a search for it, a stop, an anomaly: no carrier of these says that a parcel is lost
    (Api.LA_POSTE, "", Kind.LOST): S.EXCEPTION,
    (Api.MONDIAL_RELAY, "", Kind.LOST): S.EXCEPTION,
    (Api.FEDEX, "", Kind.LOST): S.EXCEPTION,
    (Api.DHL_UNIFIED, "parcel-de", Kind.LOST): S.EXCEPTION,
    # these fall silent: after some weeks the marketplace rules by itself
    (Api.CHRONOPOST, "", Kind.LOST): S.IN_TRANSIT,
    (Api.GLS, "", Kind.LOST): S.IN_TRANSIT,
    (Api.ROYAL_MAIL, "", Kind.LOST): S.IN_TRANSIT,
    (Api.DHL_UNIFIED, "ecommerce-europe", Kind.LOST): S.IN_TRANSIT,
    (Api.DHL_UNIFIED, "svb", Kind.LOST): S.IN_TRANSIT,
    # one word for the way back and its end; the other has no word for the way back
    (Api.EASYPOST, "", Kind.REFUSED): S.RETURNING,
    (Api.GLS, "", Kind.REFUSED): S.DELIVERY_FAILED,
    # an answer without any event
    (Api.DHL_EXPRESS, "", Kind.LABEL_UNUSED): S.UNKNOWN,
}
"""What is read where a carrier has no word for the end."""
SAID = {*S} - {S.DELIVERED}


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

    assert known.stands.status is NO_WORD.get((api, division, kind), ENDS[kind])
    assert not in_turn(known.seen, S.DELIVERED, S.IN_TRANSIT)
    if kind is Kind.PICKUP_POINT:
        assert in_turn(known.seen, S.AVAILABLE_FOR_PICKUP, S.DELIVERED), known.seen
    if ENDS[kind] is not S.DELIVERED:
        assert S.DELIVERED not in known.seen
    else:
        assert known.seen.count(S.DELIVERED) == 1
        assert known.stands.delivered_at is not None
    if kind is Kind.LABEL_UNUSED:
        assert {*known.seen} <= {S.UNKNOWN, S.ANNOUNCED}
    if kind is Kind.REFUSED:
        assert S.DELIVERY_FAILED in known.seen or S.EXCEPTION in known.seen
    first = min((scan.occurred_at for scan in known.scans.values()), default=START)
    assert first >= parcel.created_at - timedelta(days=3), "an older parcel's history counts"


@pytest.mark.parametrize(
    ("api", "division"), [case for case in CASES if (*case, Kind.TIME_CHANGE) in JOURNEYS]
)
async def test_the_change_of_the_clocks_turns_no_two_scans_round(sim, clock, api, division) -> None:
    parcel = made(sim, api, division, Kind.TIME_CHANGE)
    told = [event.at for event in sim.history(api, parcel.number).events]
    async with desk(sim, clock, api) as at:
        known = await follow(at, parcel)
        happened = [event.at for event in sim.history(api, parcel.number).events]

    read = sorted(scan.occurred_at for scan in known.scans.values())
    assert told == happened[: len(told)]
    assert all(scan.occurred_at.tzinfo is not None for scan in known.scans.values())
    for found in read:
        nearest = min(abs(found.astimezone(UTC) - was) for was in happened)
        assert nearest <= timedelta(minutes=1), (read, happened)


@pytest.mark.parametrize("api", PLAYED)
async def test_a_number_that_the_carrier_does_not_know_is_not_found(sim, clock, api) -> None:
    parcel = made(sim, api)
    stranger = number_for(api, "stranger", START)
    clock.now = ends(parcel)
    async with desk(sim, clock, api) as at:
        for _ in range(2):
            found = (await at.ask(parcel_of(parcel)))[parcel.number]
        for fault in (Fault.UNKNOWN, Fault.UNKNOWN_IN_200):
            sim.fault(fault, api, times=2)
            asked = parcel_of(made(sim, api, reference=f"unknown {fault}"))
            told = (await at.ask(asked))[asked.number]
            assert _unknown(told), told
            sim.mend()

    assert isinstance(found, Told)
    assert found.found
    assert stranger != parcel.number


@pytest.mark.parametrize("api", [api for api in PLAYED if CLIENTS[api].batch > 1])
async def test_a_full_batch_is_one_call_and_each_number_has_its_own_answer(sim, clock, api) -> None:
    parcels = [made(sim, api, reference=f"batch {n}") for n in range(CLIENTS[api].batch)]
    clock.now = ends(parcels[0])
    sim.fault(Fault.UNKNOWN, api, parcels[1].number)
    async with desk(sim, clock, api) as at:
        for _ in range(12):  # an aggregator is told of some numbers in each call
            found = await at.ask(*map(parcel_of, parcels))

    assert found.keys() == {parcel.number for parcel in parcels}
    assert _unknown(found[parcels[1].number])
    others = [told for number, told in found.items() if number != parcels[1].number]
    assert all(isinstance(told, Told) and told.found for told in others)


@pytest.mark.parametrize("api", [api for api in PLAYED if api is not Api.CHRONOPOST])
async def test_too_many_calls_are_throttled_and_not_an_outage(sim, clock, api) -> None:
    parcel = made(sim, api)
    clock.now = ends(parcel)
    sim.fault(Fault.QUOTA, api, seconds=120.0)
    async with desk(sim, clock, api) as at:
        if api is Api.MONDIAL_RELAY:  # it documents no such answer
            with pytest.raises(Unavailable):
                await at.ask(parcel_of(parcel))
            return
        with pytest.raises(Throttled) as raised:
            await at.ask(parcel_of(parcel))

    assert raised.value.seconds is None or 0 <= raised.value.seconds <= 86_400


@pytest.mark.parametrize("api", [Api.DHL_UNIFIED, Api.GLS, Api.USPS])
async def test_the_published_quota_of_a_day_is_counted(sim, clock, api) -> None:
    sim.limit(api, 2, max(limit.seconds for limit in published()[api]))
    parcel = made(sim, api)
    clock.now = ends(parcel)
    async with desk(sim, clock, api) as at:
        await at.ask(parcel_of(parcel))
        await at.ask(parcel_of(parcel))
        with pytest.raises(Throttled):
            await at.ask(parcel_of(parcel))


@pytest.mark.parametrize("api", sorted(LIVES))
async def test_a_token_that_ended_is_fetched_anew_by_itself(sim, clock, api) -> None:
    parcel = made(sim, api)
    clock.now = ends(parcel)
    async with desk(sim, clock, api) as at:
        await at.ask(parcel_of(parcel))
        sim.revoke_tokens(api)
        revoked = await at.ask(parcel_of(parcel))
        clock.now += LIVES[api] + timedelta(seconds=1)
        expired = await at.ask(parcel_of(parcel))

    for found in (revoked, expired):
        assert found[parcel.number].found


@pytest.mark.parametrize("api", [api for api in PLAYED if api is not Api.CHRONOPOST])
async def test_a_wrong_credential_is_refused_once_and_for_all(sim, clock, api) -> None:
    parcel = made(sim, api)
    clock.now = ends(parcel)
    async with desk(sim, clock, api) as at:
        wrong = {**at.account.secrets}
        wrong |= {name: "wrong" for name in wrong if name != "enseigne"}
        at.account = type(at.account)("other", at.account.url, wrong)
        with pytest.raises(CredentialRefused):
            await at.ask(parcel_of(parcel))


@pytest.mark.parametrize(
    "fault",
    [
        Fault.MAINTENANCE_200,
        Fault.MAINTENANCE_503,
        Fault.HTML_500,
        Fault.ERROR_500,
        Fault.TRUNCATED,
        Fault.NOT_THE_TYPE,
        Fault.EMPTY_BODY,
    ],
)
@pytest.mark.parametrize("api", PLAYED)
async def test_a_carrier_that_is_down_is_unavailable_and_says_nothing(
    sim, clock, api, fault
) -> None:
    parcel = made(sim, api)
    clock.now = ends(parcel)
    sim.fault(fault, api)
    async with desk(sim, clock, api) as at:
        with pytest.raises(Unavailable):
            await at.ask(parcel_of(parcel))


@pytest.mark.parametrize("api", [api for api in PLAYED if api is not Api.MONDIAL_RELAY])
async def test_a_code_that_stands_in_no_table_moves_nothing(sim, clock, api) -> None:
    parcel = made(sim, api)
    known = Followed(parcel)
    clock.now = moments(parcel)[2]
    async with desk(sim, clock, api) as at:
        for _ in range(2):
            known.take((await at.ask(parcel_of(parcel, known.ref)))[parcel.number], clock.now)
        before = known.stands.status
        clock.now = ends(parcel)
        sim.fault(Fault.UNKNOWN_CODE, api, times=1)
        known.take((await at.ask(parcel_of(parcel, known.ref)))[parcel.number], clock.now)

    assert before in SAID
    assert known.stands.status is not S.DELIVERED or _said_as_a_whole(api)


def _unknown(told: object) -> bool:
    """Whether nothing is known of a number; an aggregator knows at least that it was told of it."""
    assert isinstance(told, Told)
    nothing = not told.scans and told.status in {None, S.UNKNOWN}
    return nothing and (not told.found or told.carrier_ref is not None)


def _said_as_a_whole(api: Api) -> bool:
    """Whether the carrier tells a delivery by a word beside its codes, too."""
    return api in {Api.GLS, Api.ROYAL_MAIL, Api.USPS, Api.DHL_UNIFIED}


@pytest.mark.parametrize(
    ("api", "division", "kind"),
    [
        case
        for case in JOURNEYS
        if case[0] in PUSHING
        and case[2] in {Kind.PLAIN, Kind.PICKUP_POINT, Kind.REFUSED, Kind.LATE_SCAN}
    ],
)
async def test_pushes_tell_a_journey_as_asking_does(sim, clock, api, division, kind) -> None:
    parcel = made(sim, api, division, kind)
    known, reader = Followed(parcel), PUSHES[api]
    if api in ONE_BY_ONE:
        sim.follow(api, parcel.number)
    keys = set()
    for at in moments(parcel):
        clock.now = at
        found = sim.history(api, parcel.number)
        pushed = sim.carriers[api].push(found, "the secret")
        if pushed is None:
            continue
        headers = {name.lower(): value for name, value in pushed.headers.items()}
        reader.verify(headers, pushed.body, ["another", "the secret"])
        with pytest.raises(BadSignature):
            reader.verify(headers, pushed.body, ["another"])
        keys.add(reader.delivery_key(headers, pushed.body))
        for told in reader.read(pushed.body, at):
            assert told.number == parcel.number
            known.take(told, at, present=False)

    assert len(keys) > 3
    assert known.stands.status is NO_WORD.get((api, division, kind), ENDS[kind]), known.seen
    if kind is Kind.PICKUP_POINT:
        assert in_turn(known.seen, S.AVAILABLE_FOR_PICKUP, S.DELIVERED)
    if kind is Kind.REFUSED:
        assert S.DELIVERED not in known.seen
