"""Every carrier plays every journey in its own codes, the same each time, and only forward."""

from datetime import timedelta

import pytest

from domain.shipments import ShipmentStatus as S
from domain.shipments.carriers import TrackingApi as Api
from integrations.sandbox.carriers import CarrierSimulator, Kind, kinds
from integrations.sandbox.carriers.codes import Step
from integrations.sandbox.carriers.parcels import life
from integrations.sandbox.carriers.places import End, countries, route
from tests.integrations.sandbox.carriers.asking import (
    CASES,
    JOURNEYS,
    START,
    Clock,
    customer,
    ends,
    made,
)

DELIVERED = {
    Api.LA_POSTE: "DI1",
    Api.CHRONOPOST: "D",
    Api.DHL_PARCEL_DE: "ZU/DLVRD/NGHBR",
    Api.DHL_EXPRESS: "OK",
    Api.UPS: "D/FS/011",
    Api.FEDEX: "DL/DL",
    Api.GLS: "DELIVD.NORMAL",
    Api.POSTNL: "11/I01/4",
    Api.ROYAL_MAIL: "EVKSP",
    Api.MONDIAL_RELAY: "82",
    Api.USPS: "01",
    Api.AFTERSHIP: "Delivered/Delivered_001",
    Api.EASYPOST: "delivered/delivered",
    Api.SEVENTEEN_TRACK: "Delivered/Delivered_Other",
    "parcel-de": "ZU",
    "express": "OK",
    "ecommerce-europe": "63",
    "svb": "DELIVERED",
}
"""What each carrier documents for a delivery; what it says of other ends stands below."""

ENDS = {
    Kind.ACCESS_POINT: {
        Api.LA_POSTE: "AG1",
        Api.CHRONOPOST: "RB",
        Api.DHL_PARCEL_DE: "LA/HLDCC",
        Api.DHL_EXPRESS: "CC",
        Api.UPS: "D/2Q/161",
        Api.FEDEX: "HP/HP",
        Api.GLS: "DELIVD.PARCELSHOP",
        Api.POSTNL: "12/J31/3",
        Api.USPS: "DG",
        "ecommerce-europe": "43",
        "svb": "NOTIFIED",
    },
    Kind.PICKUP_POINT: {
        Api.LA_POSTE: "DI1",
        Api.CHRONOPOST: "D1",
        Api.POSTNL: "22/I08/4",
        Api.AFTERSHIP: "Delivered/Delivered_002",
        "ecommerce-europe": "65",
    },
    Kind.REFUSED: {
        Api.LA_POSTE: "DI2",
        Api.CHRONOPOST: "U",
        Api.DHL_PARCEL_DE: "ZU/DLVRD",
        Api.DHL_EXPRESS: "RT",
        Api.UPS: "D/B0/011",
        Api.FEDEX: "DL/DL",
        Api.POSTNL: "11/I01/4",
        Api.MONDIAL_RELAY: "82",
        Api.USPS: "01/to original sender",
        Api.AFTERSHIP: "Exception/Exception_011",
        Api.EASYPOST: "return_to_sender/return",
        Api.SEVENTEEN_TRACK: "Exception/Exception_Returned",
        "express": "RT",
        "ecommerce-europe": "366",
        "svb": "RETURNED_TO_SENDER",
    },
    Kind.LOST: {
        Api.DHL_PARCEL_DE: "BV/RCCLS/LOSTX",
        Api.DHL_EXPRESS: "DS",
        Api.UPS: "X/1F",
        Api.POSTNL: "18/M01/99",
        Api.USPS: "71",
        Api.AFTERSHIP: "Exception/Exception_013",
        Api.SEVENTEEN_TRACK: "Exception/Exception_Lost",
    },
    Kind.DISPOSED: {
        Api.DHL_PARCEL_DE: "ZU/DSPSD",
        Api.UPS: "X/A2/149",
        Api.SEVENTEEN_TRACK: "Exception/Exception_Destroyed",
    },
    Kind.CANCELLED: {
        Api.DHL_PARCEL_DE: "VA/CANCL",
        Api.UPS: "MV/VP/007",
        Api.FEDEX: "CA/CA",
        Api.GLS: "CANCEL.NORMAL",
        Api.EASYPOST: "cancelled/cancelled",
        Api.SEVENTEEN_TRACK: "Exception/Exception_Cancel",
    },
    Kind.LABEL_UNUSED: {
        Api.LA_POSTE: "DR1",
        Api.CHRONOPOST: "DC",
        Api.DHL_PARCEL_DE: "VA/ADVIS",
        Api.UPS: "M/MP/003",
        Api.FEDEX: "OC/OC",
        Api.GLS: "INTIAL.PREADVICE",
        Api.POSTNL: "1/A01/1",
        Api.MONDIAL_RELAY: "80",
        Api.USPS: "GX",
    },
}
ONLY_DELIVERIES = {
    Kind.PLAIN,
    Kind.SECOND_ATTEMPT,
    Kind.CUSTOMS_HOLD,
    Kind.TIME_CHANGE,
    Kind.RECYCLED,
    Kind.DUPLICATES,
    Kind.SHUFFLED,
}
READ_AS = {
    Kind.ACCESS_POINT: {S.AVAILABLE_FOR_PICKUP},
    Kind.PICKUP_POINT: {S.DELIVERED},
    Kind.REFUSED: {S.RETURNED, S.RETURNING, S.DELIVERY_FAILED},
    Kind.LOST: {S.LOST, S.EXCEPTION, S.IN_TRANSIT},
    Kind.DISPOSED: {S.LOST},
    Kind.CANCELLED: {S.CANCELLED},
    Kind.LABEL_UNUSED: {S.ANNOUNCED, S.UNKNOWN},
    Kind.LATE_SCAN: {S.DELIVERED},
    **{kind: {S.DELIVERED} for kind in ONLY_DELIVERIES},
}


def _code(event) -> str:
    native = event.native
    return "/".join(part for part in (native.code, native.second, native.third) if part)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sim(clock: Clock) -> CarrierSimulator:
    return CarrierSimulator(clock)


@pytest.mark.parametrize(("api", "division", "kind"), JOURNEYS)
def test_a_journey_ends_as_the_carrier_documents(sim, clock, api, division, kind) -> None:
    parcel = made(sim, api, division, kind)
    clock.now = ends(parcel)
    found = sim.history(api, parcel.number)
    last = found.latest

    if kind in ONLY_DELIVERIES:
        assert _code(last) == DELIVERED[division or api]
    elif kind is Kind.LATE_SCAN:
        assert _code(found.events[-2]) == DELIVERED[division or api]
        assert last.step is Step.DEST_HUB
    elif (wanted := ENDS.get(kind, {}).get(division or api)) is not None:
        assert _code(last) == wanted
    assert sim.reading(api, parcel.number)[0] in READ_AS[kind]


def test_what_looks_delivered_and_is_not_is_never_read_as_delivered(sim, clock) -> None:
    for api, division in CASES:
        for kind in (Kind.ACCESS_POINT, Kind.REFUSED, Kind.DISPOSED, Kind.LOST):
            if kind in kinds(api, division):
                parcel = made(sim, api, division, kind)
                clock.now = ends(parcel)
                assert sim.reading(api, parcel.number)[0] is not S.DELIVERED, (api, kind)


@pytest.mark.parametrize(("api", "division"), CASES)
async def test_the_same_seed_and_time_give_the_same_body(api, division) -> None:
    bodies = []
    for _ in range(2):
        clock = Clock()
        sim = CarrierSimulator(clock)
        parcel = made(sim, api, division)
        clock.now = ends(parcel)
        async with customer(sim) as who:
            bodies.append((await who.ask(api, parcel.number)).text)

    assert bodies[0] == bodies[1]
    assert "0" in bodies[0]


@pytest.mark.parametrize(("api", "division", "kind"), JOURNEYS)
def test_a_history_only_grows(sim, clock, api, division, kind) -> None:
    parcel = made(sim, api, division, kind)
    before = ()
    for event in (*life(parcel, older=False), None):
        clock.now = event.at if event else ends(parcel)
        now = sim.history(api, parcel.number).events
        assert now[: len(before)] == before
        assert len(now) >= len(before)
        assert all(known.at <= clock.now for known in now)
        assert list(now) == sorted(now, key=lambda known: known.at)
        before = now

    told = sim.history(api, parcel.number).told(newest_first=True)
    twice = 2 if kind is Kind.DUPLICATES else 1
    assert len(told) == twice * len(before)
    assert set(map(_code, told)) == set(map(_code, before))
    if kind is Kind.SHUFFLED:
        assert told != [*before][::-1]
    elif kind is not Kind.DUPLICATES:
        assert told == [*before][::-1]


@pytest.mark.parametrize(("api", "division"), CASES)
def test_a_pickup_point_is_passed_before_the_recipient_has_the_parcel(sim, api, division) -> None:
    steps = [event.step for event in life(made(sim, api, division, Kind.PICKUP_POINT), older=False)]

    assert steps.index(Step.AT_PICKUP) < steps.index(Step.COLLECTED)


@pytest.mark.parametrize(("api", "division"), CASES)
def test_the_clocks_change_in_the_middle_of_the_way(sim, api, division) -> None:
    parcel = made(sim, api, division, Kind.TIME_CHANGE)
    offsets = [event.local.utcoffset() for event in life(parcel, older=False)]

    assert len(set(offsets)) == 2
    assert offsets == sorted(offsets, reverse=True)
    before, after = [event for event in life(parcel, older=False) if event.step is Step.DEST_HUB]
    assert before.local.utcoffset() != after.local.utcoffset()
    assert after.at - before.at == timedelta(hours=3)


def test_where_no_clock_changes_soon_no_such_parcel_is_taken(sim) -> None:
    with pytest.raises(ValueError, match="no clocks change at"):
        sim.register(Api.UPS, None, Kind.TIME_CHANGE, origin="FR", destination="JP")


def test_a_recycled_number_shows_an_older_delivery_first(sim, clock) -> None:
    parcel = made(sim, Api.UPS, "", Kind.RECYCLED)
    clock.now = START
    events = sim.history(Api.UPS, parcel.number).events

    assert [event.older for event in events] == [True] * 6
    assert (START - events[-1].at).days > 90
    assert events[-1].step is Step.DELIVERED


@pytest.mark.parametrize("kind", [Kind.CUSTOMS_HOLD, Kind.PLAIN])
def test_customs_lie_only_where_a_territory_ends(sim, kind) -> None:
    away = sim.register(Api.UPS, None, kind, origin="FR", destination="JP", created_at=START)
    steps = [event.step for event in life(away, older=False)]
    assert steps.index(Step.CUSTOMS_IN) < steps.index(Step.CUSTOMS_OUT) < steps.index(Step.OUT)
    assert (Step.CUSTOMS_HELD in steps) == (kind is Kind.CUSTOMS_HOLD)

    if kind is Kind.CUSTOMS_HOLD:
        with pytest.raises(ValueError, match="no customs lie"):
            sim.register(Api.UPS, None, kind, origin="FR", destination="DE")
    else:
        near = sim.register(Api.UPS, None, kind, origin="FR", destination="DE", reference="2")
        assert Step.CUSTOMS_IN not in {event.step for event in life(near, older=False)}


def test_a_kind_without_words_is_not_taken(sim) -> None:
    assert Kind.DISPOSED not in kinds(Api.LA_POSTE)

    with pytest.raises(ValueError, match="has no words for DISPOSED"):
        sim.register(Api.LA_POSTE, None, Kind.DISPOSED)


def test_a_parcel_passes_real_places_from_its_country_to_the_other(sim) -> None:
    parcel = made(sim, Api.FEDEX, origin="JP", destination="FR", destination_postcode="69100")
    events = life(parcel, older=False)

    countries = [event.place.country for event in events]
    assert countries == sorted(countries, reverse=True)
    assert set(countries) == {"JP", "FR"}
    assert events[-1].place.city == "Lyon"
    assert events[-1].place.postcode == "69100"
    times = [event.at for event in events]
    assert (times[-1] - times[0]).days in range(2, 9)


def test_the_ends_of_a_parcel_never_share_a_postcode_unless_both_are_known(sim) -> None:
    for country in countries():
        for seed in range(8):
            way = route(End(country), End(country), seed)
            assert way.sender.postcode != way.recipient.postcode or country == "HK"
    known = route(End("FR", "69003"), End("FR", "69003"), 1)
    assert known.sender == known.recipient


def test_a_speed_of_720_makes_two_minutes_of_a_day(sim) -> None:
    slow = made(sim, Api.GLS, reference="a")
    fast = sim.register(Api.GLS, slow.number, created_at=START, speed=720)

    before, after = life(slow, older=False), life(fast, older=False)
    assert [event.step for event in before] == [event.step for event in after]
    days = (before[-1].at - START).total_seconds() / 86_400
    assert abs((after[-1].at - START).total_seconds() - days * 120) < 1


def test_no_event_lies_before_its_parcel_was_made_however_fast_it_travels(sim) -> None:
    made_at = START + timedelta(milliseconds=950)
    parcel = sim.register(Api.UPS, None, created_at=made_at, speed=1_000_000)
    events = life(parcel, older=False)

    assert all(event.at >= made_at for event in events)
    assert [event.step for event in events] == [
        event.step for event in life(made(sim, Api.UPS, reference="slow"), older=False)
    ]


def test_every_journey_has_words_of_its_carriers() -> None:
    everywhere = {Kind.PLAIN, Kind.PICKUP_POINT, Kind.LOST, Kind.LABEL_UNUSED, Kind.LATE_SCAN}
    for api, division in CASES:
        assert everywhere <= set(kinds(api, division))
    for kind in Kind:
        assert sum(kind in kinds(api, division) for api, division in CASES) >= 4, kind
