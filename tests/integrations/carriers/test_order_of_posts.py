"""Scans of one time keep the carrier's order, whichever end its list begins at."""

from typing import Any

import pytest

from domain.shipments import deciding
from integrations.carriers.base import CarrierClient
from integrations.carriers.dpd import Dpd
from integrations.carriers.easypost import EasyPost
from integrations.carriers.fedex import FedEx
from integrations.carriers.gls import Gls
from integrations.carriers.inpost import InPost
from integrations.carriers.mondial_relay import MondialRelay
from integrations.carriers.usps import Usps
from tests.integrations.carriers.counterpart import NOW
from tests.integrations.carriers.posts import golden, told

AT = "2026-01-08T09:00:00+01:00"


def fedex() -> Any:
    body = golden("fedex.json")
    (result,) = body["output"]["completeTrackResults"][0]["trackResults"]
    result["scanEvents"] = [{"date": AT, "derivedStatusCode": code} for code in ("OD", "IT")]
    return body


def gls() -> Any:
    codes = ("DELIVD.PARCELSHOP", "INTIAL.NORMAL")
    events = [{"code": code, "eventDateTime": AT} for code in codes]
    return {"parcels": [{"requested": "36300000001", "status": "FINAL", "events": events}]}


def usps() -> Any:
    body = golden("usps.json")
    events = [{"eventCode": code, "GMTTimestamp": "2026-01-08T08:00:00Z"} for code in ("OF", "10")]
    return body | {"trackingEvents": events}


def inpost() -> Any:
    codes = ("out_for_delivery", "collected_from_sender")
    return golden("inpost.json") | {
        "tracking_details": [{"status": code, "datetime": AT} for code in codes]
    }


def easypost() -> Any:
    codes = ("in_transit", "out_for_delivery")
    return golden("easypost.json") | {
        "tracking_details": [{"status": code, "datetime": AT} for code in codes]
    }


def mondial_relay() -> bytes:
    body: bytes = golden("mondial_relay.xml")
    return (
        body.replace(b"07/01/26", b"05/01/26")
        .replace(b"10:30", b"18:12")
        .replace(b"08/07/26", b"99/99/99")
    )


def dpd() -> bytes:
    body: bytes = golden("dpd.xml")
    return body.replace(b"1/7/2026 12:11:26 AM", b"1/7/2026 7:11:26 PM").replace(
        b"Puurs (BE)", b"Lille (FR)"
    )


@pytest.mark.parametrize(
    ("client", "number", "body", "last"),
    [
        (FedEx(), "771234567890", fedex(), "OD"),
        (Gls(), "36300000001", gls(), "DELIVD.PARCELSHOP"),
        (Usps(), "9400100000000000000000", usps(), "OF"),
        (InPost(), "612345678901234567890123", inpost(), "out_for_delivery"),
        (EasyPost(), "EZ4000000004", easypost(), "out_for_delivery"),
        (MondialRelay(), "12345678", mondial_relay(), "disponible au point relais"),
        (Dpd(), "01234567890123", dpd(), "ParcelShop"),
    ],
)
def test_of_two_scans_of_one_time_the_carriers_newer_one_decides(
    client: CarrierClient, number: str, body: Any, last: str
) -> None:
    scans = told(client, body, number).scans
    assert scans[-1].occurred_at == scans[-2].occurred_at
    for listed in (scans, tuple(reversed(scans))):
        found = deciding(listed, NOW)
        assert found is not None
        assert found.raw_code == last
