"""What a certificate may state, and what it never holds."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.canonical import canonical
from domain.units.certificates import STATEMENT
from domain.units.certificates.payloads import (
    Body,
    FleetDevice,
    Impact,
    Issuer,
    Party,
    Share,
    erasure,
    fleet,
    impact,
    payload,
)
from tests.certificates import AT, avoided, frame, many_devices, one_device, salted, wiped

PERIOD = (date(2026, 10, 1), AT.date())
LAPTOP = FleetDevice(salted("SN:DELL:A1"), "Dell", "L", "VALIDATED", "RESELL", "0123456789ABCDEF")
IMPACT = Impact(
    "m", "s", "00", "f", "b", "r", [], *(Decimal(n) for n in range(6)), Decimal("0.1"), 1
)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("body", [one_device(), many_devices(4), avoided()], ids=lambda b: b.kind)
def test_a_payload_shows_no_identity_and_has_a_canonical_form(body: Body) -> None:
    whole = payload(body, frame())

    said = " ".join(texts(whole))
    assert canonical(whole)
    for each in body.identities:
        assert each.identity not in said
        assert each.identity.rpartition(":")[2] not in said
        assert each.salt.hex() not in texts(whole)
    assert whole["serial_count"] == len(body.identities)


def test_people_are_references_and_what_is_not_known_is_left_out() -> None:
    [entry, _] = payload(one_device(), frame())["erasures"]

    assert entry["operator"] == {"reference": "OP-1", "role": "TECHNICIAN"}
    assert entry["validator"] == "OP-2"
    assert entry.keys().isdisjoint({"source", "confidentiality", "log_sha256"})
    assert "device_id" not in payload(one_device(), frame())["devices"][0]
    assert "previous_sha256" not in payload(one_device(), frame())


def test_names_are_written_in_one_way() -> None:
    issuer = Issuer("platform", "Socie\u0301te\u0301", "FR12")

    made = payload(many_devices(1), replace(frame(), issuer=issuer))

    assert made["issuer"]["name"] == "Société"


@pytest.mark.parametrize(
    "devices",
    [
        pytest.param([], id="nothing"),
        pytest.param([LAPTOP, LAPTOP], id="one twice"),
        pytest.param([replace(LAPTOP, certificate=None)], id="erased without a certificate"),
        pytest.param([replace(LAPTOP, erasure="FAILED")], id="data may be there"),
    ],
)
def test_a_fleet_names_each_device_once_and_none_with_data(devices: list[FleetDevice]) -> None:
    with pytest.raises(ValueError, match=r"device|fleet"):
        fleet(Party("Acme", "FR34"), "LOT-1", devices, PERIOD)


@pytest.mark.parametrize(
    "entries",
    [
        pytest.param([], id="no medium"),
        pytest.param([wiped(), replace(wiped(), validation="REJECTED")], id="one not validated"),
        pytest.param([replace(wiped(), method="FORMAT")], id="no method"),
    ],
)
def test_an_erasure_is_validated_for_every_medium(entries: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"validated|method"):
        erasure(salted("SN:DELL:A1"), "Dell", "L", entries)


def test_a_soldered_medium_has_an_entry_and_no_leaf() -> None:
    body = erasure(salted("SN:DELL:A1"), "Dell", "L", [wiped()])

    made = payload(body, frame())

    assert made["serial_count"] == 1
    assert made["erasures"][0]["medium"] == {"type": "SSD", "capacity_bytes": 512_000_000_000}


def test_an_impact_says_what_it_is_not_and_its_shares_are_one_at_most() -> None:
    some, party = [salted("SN:DELL:A1")], Party("Acme", "FR34")
    halves = [Share("OWNER", Decimal("0.5"), AT.date()), Share("BUYER", Decimal("0.5"))]

    made = payload(impact(party, PERIOD, replace(IMPACT, alpha=halves), some), frame())

    assert made["statement"] == STATEMENT
    assert made["alpha"] == [
        {"role": "OWNER", "share": "0.5", "party_signed_on": "2026-11-23"},
        {"role": "BUYER", "share": "0.5"},
    ]
    over = replace(IMPACT, alpha=[*halves, Share("PLATFORM", Decimal("0.01"))])
    for found, devices in ((over, some), (IMPACT, [])):
        with pytest.raises(ValueError, match="at most 1"):
            impact(party, PERIOD, found, devices)
