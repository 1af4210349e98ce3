"""Mondial Relay: a signed question, statuses that are not 0, labels without codes."""

from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from domain.shipments.scans import ShipmentReason, ShipmentStatus
from integrations.carriers.base import CredentialRefused, Parcel
from integrations.carriers.mondial_relay import ACTION, MondialRelay, meaning, security
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import MADE, Reply, parcel, statuses
from tests.integrations.carriers.posts import account, ask, golden, saying, told

NUMBER = "12345678"
S = ShipmentStatus
GOLDEN: bytes = golden("mondial_relay.xml")


def with_stat(stat: str, body: bytes = GOLDEN) -> bytes:
    return body.replace(b"<STAT>82<", f"<STAT>{stat}<".encode())


def test_the_question_is_signed_as_published() -> None:
    assert security("BDTEST13", NUMBER, "FR", "PrivateK") == "33DA5F122DAA40241087CC7845BEA4B1"


def test_the_parameters_are_in_their_order_and_the_action_is_named() -> None:
    carrier = saying(GOLDEN)
    ask(MondialRelay(), carrier, parcel(NUMBER))

    (call,) = carrier.asked
    assert (call.method, call.url.path) == ("POST", "/Web_Services.asmx")
    assert call.headers["SOAPAction"] == f'"{ACTION}"'
    asked = etree.fromstring(call.body)[0][0]
    assert [(etree.QName(each).localname, each.text) for each in asked] == [
        ("Enseigne", "BDTEST13"),
        ("Expedition", NUMBER),
        ("Langue", "FR"),
        ("Security", "33DA5F122DAA40241087CC7845BEA4B1"),
    ]


def test_82_is_delivered_and_times_are_those_of_paris_in_winter_and_summer() -> None:
    found = told(MondialRelay(), GOLDEN, NUMBER)

    assert (found.status, found.status_at) == (S.DELIVERED, found.scans[-1].occurred_at)
    assert statuses(found.scans) == [
        S.ANNOUNCED,
        S.ACCEPTED,
        S.AVAILABLE_FOR_PICKUP,
        S.DELIVERED,
    ]
    assert found.scans[0].occurred_at == datetime(2026, 1, 5, 8, tzinfo=UTC)
    assert found.scans[-1].occurred_at == datetime(2026, 7, 8, 15, 45, tzinfo=UTC)
    assert found.scans[0].raw_label == "DONNÉES REÇUES CHEZ MONDIAL RELAY"


def test_82_after_a_return_is_returned() -> None:
    back = GOLDEN.replace(b"DISPONIBLE AU POINT RELAIS", "RETOUR EXPÉDITEUR".encode())
    found = told(MondialRelay(), back, NUMBER)
    assert found.status is S.RETURNED
    assert statuses(found.scans)[-2:] == [S.RETURNING, S.RETURNED]
    assert found.proof is None


@pytest.mark.parametrize(
    ("stat", "expected"),
    [("80", S.ANNOUNCED), ("81", None), ("83", S.EXCEPTION), ("84", None), ("89", None)],
)
def test_stat_is_not_0_where_all_is_well(stat: str, expected: S | None) -> None:
    assert told(MondialRelay(), with_stat(stat), NUMBER).status is expected


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Colis livré au destinataire", (S.DELIVERED, None)),
        ("COLIS REMIS AU DESTINATAIRE", (S.DELIVERED, None)),
        ("Colis disponible au point relais", (S.AVAILABLE_FOR_PICKUP, None)),
        ("Prise en charge: pris en charge en agence", (S.ACCEPTED, None)),
        ("Retourné", (S.RETURNING, None)),
        ("Colis en préparation", (S.ANNOUNCED, None)),
        ("Refusé par le destinataire", (S.EXCEPTION, ShipmentReason.REFUSED)),
        ("En transit", (S.IN_TRANSIT, None)),
        ("Colis non livré au destinataire", (S.DELIVERY_FAILED, None)),
        ("Le colis n\u2019a pas pu être livré au destinataire", (S.DELIVERY_FAILED, None)),
        ("Colis livré à l'expéditeur", (S.RETURNED, None)),
        ("Livré au relais", (S.IN_TRANSIT, None)),
    ],
)
def test_labels_are_matched_without_accents_and_case(label: str, expected: object) -> None:
    found = meaning(label)
    assert (found.status, found.reason) == expected


def test_an_unknown_parcel_is_no_news_and_a_bad_number_is_refused() -> None:
    assert told(MondialRelay(), with_stat("94"), NUMBER).found is False
    found = ask(MondialRelay(), saying(with_stat("24")), parcel(NUMBER))
    assert isinstance(found[NUMBER], Rejected)
    carrier = saying(GOLDEN)
    assert isinstance(ask(MondialRelay(), carrier, parcel("1234567A"))["1234567A"], Rejected)
    assert carrier.asked == []


@pytest.mark.parametrize(
    ("stat", "error"),
    [
        ("1", CredentialRefused),
        ("8", CredentialRefused),
        ("95", CredentialRefused),
        ("97", CredentialRefused),
        ("74", Rejected),
        ("98", Unavailable),
        ("99", Unavailable),
        ("0", Unavailable),
        ("", Unavailable),
        ("x", Unavailable),
    ],
)
def test_other_stats_are_failures(stat: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        ask(MondialRelay(), saying(with_stat(stat)), parcel(NUMBER))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(b"<html><p>maintenance</html>"),
        Reply(b""),
        Reply(GOLDEN[:400]),
        Reply(b"<x/>", 500),
        Reply(b'<!DOCTYPE x [<!ENTITY a "b">]>' + GOLDEN.partition(b"?>")[2]),
    ],
)
def test_a_body_that_is_no_answer_is_unavailable(reply: Reply) -> None:
    with pytest.raises(Unavailable):
        ask(MondialRelay(), saying(reply), parcel(NUMBER))


def test_an_enseigne_without_its_form_is_not_sent() -> None:
    carrier = saying(GOLDEN)
    with pytest.raises(CredentialRefused):
        ask(MondialRelay(), carrier, parcel(NUMBER), of=account(enseigne="bd"))
    assert carrier.asked == []


def test_the_word_on_an_older_parcel_of_the_number_does_not_stand() -> None:
    later = Parcel(NUMBER, MADE + timedelta(days=300))
    assert ask(MondialRelay(), saying(GOLDEN), later)[NUMBER].status is None  # type: ignore[union-attr]
