"""Whatever a carrier sends, its client tells something or fails in two ways; it invents nothing."""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.shipments.scans import Scan, ShipmentStatus, Told
from integrations.carriers.base import CarrierClient, PushReader
from integrations.carriers.chronopost import Chronopost
from integrations.carriers.dhl_express import DhlExpress
from integrations.carriers.dhl_parcel_de import DhlParcelDe
from integrations.carriers.dhl_unified import DhlPush, DhlUnified
from integrations.carriers.la_poste import LaPoste
from integrations.carriers.ups import Ups
from integrations.carriers.ups_alerts import UpsTrackAlert
from integrations.http import Rejected, Unavailable
from tests.integrations.carriers.counterpart import NOW, Asked, Reply, parcel, track
from tests.integrations.carriers.golden import (
    CHRONOPOST,
    CHRONOPOST_NUMBER,
    DHL,
    DHL_NUMBER,
    EXPRESS,
    EXPRESS_NUMBER,
    LA_POSTE,
    LA_POSTE_NUMBER,
    PARCEL_DE,
    UPS,
    UPS_NUMBER,
    UPS_PUSH,
    UPS_TOKEN,
    UPS_WARNING,
    chronopost,
    dhl,
    dhl_event,
    parcel_de,
    parcel_de_event,
    parcel_de_piece,
)
from tests.integrations.carriers.mutating import JUNK, mutated_json, mutated_xml, spoiled

Delivered = Callable[[str], bool]
FEW = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))

DELIVERED_DHL = dhl("express", dhl_event("delivered", "OK"), dhl_event("transit", "WC"))
SHOP_DHL = dhl("ecommerce-europe", dhl_event("delivered", "44"), dhl_event("transit", "9"))
RETURNED_PARCEL_DE = parcel_de(
    parcel_de_piece(
        parcel_de_event("05.01.2026 17:20", "ZN", "DLVRF", "RFUSD"),
        parcel_de_event("06.01.2026 17:20", "ZU", "DSPSD", "OTHER"),
        state='status-timestamp="06.01.2026 17:20" standard-event-code="ZN" ice="DLVRF"',
    )
)
RETURNED_CHRONOPOST = chronopost(
    ("RB", "2026-01-06T10:30:00+01:00"), ("U", "2026-01-18T10:30:00+01:00")
)


def one_of(*codes: str) -> Delivered:
    return lambda raw_code: raw_code in codes


def ups_delivered(raw_code: str) -> bool:
    """The status code says so, or the code does where there is no status code."""
    return raw_code.startswith("011") or raw_code in {"FS/D", "FS"}


def dhl_delivered(raw_code: str) -> bool:
    """The division's code says so, or the word does."""
    return raw_code.startswith("delivered") or raw_code.endswith("OK")


CASES: list[Any] = [
    pytest.param(LaPoste(), LA_POSTE_NUMBER, None, mutated_json(LA_POSTE), one_of(), id="La Poste"),
    pytest.param(
        LaPoste(),
        LA_POSTE_NUMBER,
        None,
        mutated_json([LA_POSTE, {"returnCode": 404, "idShip": "6A00000000000"}]),
        one_of(),
        id="La Poste, array",
    ),
    pytest.param(
        Chronopost(),
        CHRONOPOST_NUMBER,
        None,
        mutated_xml(CHRONOPOST),
        one_of("D"),
        id="Chronopost",
    ),
    pytest.param(
        Chronopost(),
        CHRONOPOST_NUMBER,
        None,
        mutated_xml(RETURNED_CHRONOPOST),
        one_of(),
        id="Chronopost, returned",
    ),
    pytest.param(
        DhlUnified(), DHL_NUMBER, "parcel-de", mutated_json(DHL), one_of(), id="DHL Parcel"
    ),
    pytest.param(
        DhlUnified(),
        DHL_NUMBER,
        "express",
        mutated_json(DELIVERED_DHL),
        dhl_delivered,
        id="DHL, delivered",
    ),
    pytest.param(
        DhlParcelDe(),
        DHL_NUMBER,
        None,
        mutated_xml(PARCEL_DE),
        lambda raw_code: raw_code.startswith("ZU"),
        id="Parcel DE",
    ),
    pytest.param(
        DhlExpress(), EXPRESS_NUMBER, None, mutated_json(EXPRESS), one_of("OK"), id="DHL Express"
    ),
    pytest.param(Ups(), UPS_NUMBER, None, mutated_json(UPS), ups_delivered, id="UPS"),
    pytest.param(Ups(), UPS_NUMBER, None, mutated_json(UPS_WARNING), one_of(), id="UPS, unknown"),
]


def whole(scans: Iterable[Scan], delivered: Delivered) -> None:
    """A scan adds up, can be kept, and says `DELIVERED` for nothing but its codes."""
    for scan in scans:
        local = scan.occurred_local.replace(tzinfo=UTC)
        assert scan.occurred_at == local - scan.utc_offset
        assert scan.raw_code
        assert len(scan.raw_code) <= 200
        assert len(scan.raw_label) <= 500
        assert len(scan.key("X", "y")) == 32
        assert "\\u0000" not in orjson.dumps(scan.raw).decode().replace("\\\\", "")
        assert scan.mapped or scan.status is None
        assert scan.country is None or len(scan.country) == 2
        if scan.status is ShipmentStatus.DELIVERED:
            assert delivered(scan.raw_code), scan


def told_of(
    client: CarrierClient, number: str, service: str | None, body: bytes
) -> Sequence[Told | Rejected]:
    """What the client makes of a body; any error but the two lets the test fail."""

    def answer(asked: Asked) -> Reply:
        return Reply(UPS_TOKEN) if asked.url.path.endswith("/token") else Reply(body)

    try:
        return list(track(client, answer, parcel(number, service=service)).values())
    except (Unavailable, Rejected):
        return []


@pytest.mark.parametrize(("client", "number", "service", "bodies", "delivered"), CASES)
def test_any_answer_is_told_or_fails_in_two_ways_and_is_no_delivery_without_its_code(
    client: CarrierClient,
    number: str,
    service: str | None,
    bodies: st.SearchStrategy[bytes],
    delivered: Delivered,
) -> None:
    @FEW
    @given(bodies)
    def holds(body: bytes) -> None:
        for each in told_of(client, number, service, body):
            if isinstance(each, Told):
                whole(each.scans, delivered)
                assert each.number == number

    holds()


MONEY: list[Any] = [
    pytest.param(DhlUnified(), DHL_NUMBER, "ecommerce-europe", SHOP_DHL, "44", id="parcel shop"),
    pytest.param(DhlParcelDe(), DHL_NUMBER, None, RETURNED_PARCEL_DE, "DSPSD", id="disposed of"),
]


@pytest.mark.parametrize(("client", "number", "service", "golden", "code"), MONEY)
def test_a_spoiled_answer_of_a_trap_is_a_delivery_only_where_its_code_is_gone(
    client: CarrierClient, number: str, service: str | None, golden: Any, code: str
) -> None:
    bodies = mutated_xml(golden) if isinstance(golden, bytes) else mutated_json(golden)

    @FEW
    @given(bodies)
    def holds(body: bytes) -> None:
        for each in told_of(client, number, service, body):
            if isinstance(each, Told):
                whole(each.scans, lambda raw: code not in raw)

    holds()


@pytest.mark.parametrize("client", [pytest.param(case.values[:3], id=case.id) for case in CASES])
def test_any_bytes_at_all_fail_in_two_ways_or_tell_no_delivery(client: Any) -> None:
    @settings(FEW, max_examples=40)
    @given(st.binary(max_size=300) | JUNK.map(_dumped))
    def holds(body: bytes) -> None:
        for each in told_of(*client, body):
            if isinstance(each, Told):
                assert each.scans == ()

    holds()


def _dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("reader", "golden", "delivered"),
    [
        (UpsTrackAlert(), UPS_PUSH, ups_delivered),
        (DhlPush(), DHL, one_of()),
        (DhlPush(), DELIVERED_DHL, dhl_delivered),
    ],
    ids=["UPS", "DHL", "DHL, delivered"],
)
def test_any_push_is_told_or_rejected(
    reader: PushReader, golden: Any, delivered: Delivered
) -> None:
    @FEW
    @given(mutated_json(golden) | spoiled(orjson.dumps(golden)) | st.binary(max_size=200))
    def holds(body: bytes) -> None:
        try:
            found = reader.read(body, NOW)
        except Rejected:
            return
        for each in found:
            assert each.number
            whole(each.scans, delivered)

    holds()
