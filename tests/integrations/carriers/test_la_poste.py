"""La Poste, Suivi v2, and Chronopost by SOAP."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from domain.shipments import deciding
from domain.shipments.scans import ShipmentReason, ShipmentStatus, TimeSource, Told
from integrations.carriers.chronopost import Chronopost
from integrations.carriers.la_poste import LaPoste
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import (
    NOW,
    Counterpart,
    Reply,
    account,
    at_once,
    parcel,
    statuses,
    told,
    track,
)
from tests.integrations.carriers.golden import (
    CHRONOPOST,
    CHRONOPOST_NUMBER,
    LA_POSTE,
    LA_POSTE_NUMBER,
    chronopost,
)

S = ShipmentStatus


def element(number: str, *events: tuple[str, str]) -> dict[str, object]:
    """An answer about one number, its events newest first."""
    listed = [{"code": code, "label": code, "date": date} for code, date in events]
    return {"returnCode": 200, "shipment": {"idShip": number, "event": listed}}


@pytest.mark.parametrize("body", [LA_POSTE, [LA_POSTE]], ids=["object", "array"])
def test_one_number_is_answered_by_an_object_or_an_array(body: object) -> None:
    found = told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER, language="fr"))

    assert statuses(found.scans) == [S.ANNOUNCED, S.ACCEPTED, S.IN_TRANSIT]
    newest = found.scans[-1]
    assert newest.raw_code == "ET1"
    assert newest.raw_label == "Votre colis est en cours d'acheminement."
    assert newest.language == "fr"
    assert newest.occurred_at == datetime(2026, 1, 6, 1, 10, tzinfo=UTC)
    assert newest.utc_offset == timedelta(hours=1)
    assert newest.time_source is TimeSource.EXPLICIT
    assert newest.raw == LA_POSTE["shipment"]["event"][0]
    assert found.expected_at == datetime(2026, 1, 8, 22, 59, 59, tzinfo=UTC)


def test_ten_numbers_are_one_call_with_the_key_and_the_callers_address() -> None:
    numbers = [f"6A9990000{n:04}" for n in range(10)]
    counterpart = Counterpart(Reply([element(number) for number in numbers]))

    found = at_once(
        LaPoste().track(
            counterpart.out,
            account(forwarded_for="192.0.2.7"),
            [parcel(number) for number in numbers],
            NOW,
        )
    )

    assert set(found) == set(numbers)
    (asked,) = counterpart.asked
    assert asked.url.path == "/suivi/v2/idships/" + ",".join(numbers)
    assert asked.url.query["lang"] == "en_GB"
    assert asked.headers["X-Okapi-Key"] == "okapi"
    assert asked.headers["X-Forwarded-For"] == "192.0.2.7"


def test_an_eleventh_number_is_not_asked() -> None:
    with pytest.raises(Rejected):
        track(LaPoste(), Reply([]), *(parcel(f"6A9990000{n:04}") for n in range(11)))


def test_each_number_of_a_207_has_an_answer_of_its_own() -> None:
    numbers = [f"6A9990000000{n}" for n in range(5)]
    body = [
        {"returnCode": 404, "returnMessage": "Ressource non trouvée", "idShip": numbers[1]},
        element(numbers[0], ("DI1", "2026-01-06T10:00:00+01:00")),
        {"returnCode": "400", "idShip": numbers[2]},
        {"returnCode": 504, "idShip": numbers[3]},
    ]

    found = track(LaPoste(), Reply(body, 207), *(parcel(number) for number in [*numbers, "?"]))

    first = found[numbers[0]]
    assert isinstance(first, Told)
    assert statuses(first.scans) == [S.DELIVERED]
    assert found[numbers[1]] == Told(numbers[1], found=False)
    assert isinstance(found[numbers[2]], Rejected)
    assert found[numbers[3]] == Told(numbers[3])
    assert found[numbers[4]] == Told(numbers[4], found=False)
    assert isinstance(found["?"], Rejected)


def test_a_404_whose_body_is_no_json_is_an_unknown_number() -> None:
    found = told(LaPoste(), Reply(b"<h1>Not Found</h1>", 404), parcel(LA_POSTE_NUMBER))

    assert found == Told(LA_POSTE_NUMBER, found=False)


def test_another_numbers_events_are_never_taken() -> None:
    body = element("6A00000000000", ("DI1", "2026-01-06T10:00:00+01:00"))

    assert told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER)).found is False


@pytest.mark.parametrize("body", [{"code": "x"}, [], b"", b"<html>", b"[1"])
def test_an_answer_without_shipments_is_no_answer(body: object) -> None:
    with pytest.raises(Unavailable):
        track(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER))


def test_distributed_to_the_sender_is_returned_and_the_end_alone_proves_nothing() -> None:
    body = element(
        LA_POSTE_NUMBER,
        ("DI2", "2026-01-09T10:00:00+01:00"),
        ("RE1", "2026-01-08T10:00:00+01:00"),
        ("AG1", "2026-01-07T10:00:00+01:00"),
    )
    assert isinstance(body["shipment"], dict)
    body["shipment"]["isFinal"] = True

    found = told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER))

    assert statuses(found.scans) == [S.AVAILABLE_FOR_PICKUP, S.RETURNING, S.RETURNED]
    assert found.status is None


def test_events_of_one_second_keep_the_carriers_order() -> None:
    body = element(
        LA_POSTE_NUMBER,
        ("MD2", "2026-01-09T10:00:00+01:00"),
        ("ET1", "2026-01-09T10:00:00+01:00"),
    )

    found = told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER))

    last = deciding(found.scans, NOW)
    assert last is not None
    assert last.raw_code == "MD2"


def test_an_unknown_code_is_kept_without_a_status_and_an_explicit_null_is_known() -> None:
    body = element(
        LA_POSTE_NUMBER,
        ("ZZ9", "2026-01-09T10:00:00+01:00"),
        ("ID0", "2026-01-09T09:00:00+01:00"),
        ("DO3", "2026-01-09T08:00:00+01:00"),
    )

    held, information, unknown = told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER)).scans

    assert (held.status, held.reason) == (S.EXCEPTION, ShipmentReason.CUSTOMS_HOLD)
    assert (information.status, information.mapped) == (None, True)
    assert (unknown.status, unknown.mapped) == (None, False)


def test_nul_characters_are_dropped_for_no_table_keeps_them() -> None:
    body = copy.deepcopy(LA_POSTE)
    body["shipment"]["event"] = [
        {"code": "DI1\x00", "label": "a\x00b", "date": "2026-01-09T10:00:00Z", "\x00x": ["\x00"]}
    ]

    (scan,) = told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER)).scans

    assert (scan.raw_code, scan.raw_label, scan.raw["x"]) == ("DI1", "ab", [""])


def test_events_without_code_or_time_are_left_out() -> None:
    body = copy.deepcopy(LA_POSTE)
    body["shipment"]["event"] += [{"code": "DI1"}, {"date": "2026-01-09T10:00:00+01:00"}, 7, None]

    assert len(told(LaPoste(), Reply(body), parcel(LA_POSTE_NUMBER)).scans) == 3


def test_chronopost_is_asked_in_soap_and_tells_oldest_first() -> None:
    counterpart = Counterpart(Reply(CHRONOPOST))
    work = Chronopost().track(
        counterpart.out, account(), [parcel(CHRONOPOST_NUMBER, language="fr")], NOW
    )

    found = at_once(work)[CHRONOPOST_NUMBER]

    assert isinstance(found, Told)
    assert statuses(found.scans) == [S.ANNOUNCED, S.ACCEPTED, S.OUT_FOR_DELIVERY, S.DELIVERED]
    last = found.scans[-1]
    assert (last.location, last.postal_code) == ("PARIS CHRONOPOST", "75001")
    assert last.raw["infoCompList"] == {"name": "x", "value": "y"}
    (asked,) = counterpart.asked
    assert (asked.method, asked.url.path) == ("POST", "/tracking-cxf/TrackingServiceWS")
    assert asked.headers["Content-Type"].startswith("text/xml")
    assert f"<skybillNumber>{CHRONOPOST_NUMBER}</skybillNumber>".encode() in asked.body
    assert b"<language>fr_FR</language>" in asked.body


@pytest.mark.parametrize(
    "body",
    [
        chronopost(),
        chronopost(("D", "2026-01-06T10:30:00+01:00"), error=3),
        chronopost(("D", "2026-01-06T10:30:00+01:00"), number="YY000000000FR"),
    ],
    ids=["no events", "error", "another number"],
)
def test_chronopost_does_not_know_a_number(body: bytes) -> None:
    assert told(Chronopost(), Reply(body), parcel(CHRONOPOST_NUMBER)).found is False


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>Maintenance</body></html>",
        CHRONOPOST[:-40],
        b'<!DOCTYPE x [<!ENTITY e "D">]>' + CHRONOPOST.partition(b"?>")[2],
        b"{}",
    ],
    ids=["empty", "page", "truncated", "dtd", "json"],
)
def test_chronopost_says_nothing_in_what_is_no_answer(body: bytes) -> None:
    with pytest.raises(Unavailable):
        track(Chronopost(), Reply(body), parcel(CHRONOPOST_NUMBER))


def test_returned_by_chronopost_is_not_delivered() -> None:
    body = chronopost(
        ("RB", "2026-01-06T10:30:00+01:00"),
        ("RT", "2026-01-16T10:30:00+01:00"),
        ("U", "2026-01-18T10:30:00+01:00"),
    )

    found = told(Chronopost(), Reply(body), parcel(CHRONOPOST_NUMBER))

    assert statuses(found.scans) == [S.AVAILABLE_FOR_PICKUP, S.RETURNING, S.RETURNED]
