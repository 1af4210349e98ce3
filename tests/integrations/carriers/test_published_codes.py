"""Every code that a carrier publishes is in its table, with what it means or explicitly null."""

import re
from collections.abc import Iterator

import pytest

from domain.shipments.scans import ShipmentStatus as S
from integrations.carriers.codes import CodeTable, table
from integrations.carriers.dhl_codes import unified
from integrations.carriers.ups_codes import KNOWN, meaning_of


def codes(written: str) -> Iterator[str]:
    """`1, 2-4 006-007` as single codes."""
    for part in re.split(r"[, ]+", written.strip()):
        if match := re.fullmatch(r"(\d+)-(\d+)", part):
            width = len(match[1]) if match[1].startswith("0") else 0
            yield from (str(n).zfill(width) for n in range(int(match[1]), int(match[2]) + 1))
        else:
            yield part


LA_POSTE = [
    ("DR1, DR2", "ANNOUNCED"),
    ("PC1, PC2", "ACCEPTED"),
    ("ET1 ET2 ET3 ET4 EP1 DO1 DO2 PB2 DI3", "IN_TRANSIT"),
    ("DO3 PB1", "EXCEPTION"),
    ("ID0", None),
    ("MD2", "OUT_FOR_DELIVERY"),
    ("ND1", "DELIVERY_FAILED"),
    ("AG1", "AVAILABLE_FOR_PICKUP"),
    ("RE1", "RETURNING"),
    ("DI0 DI1", "DELIVERED"),
    ("DI2", "RETURNED"),
]
CHRONOPOST = [
    ("DC", "ANNOUNCED"),
    ("DB DY", "ACCEPTED"),
    ("SC TS SD EC", "IN_TRANSIT"),
    ("TA", "OUT_FOR_DELIVERY"),
    ("D D1 D2 D3 D4 D5 D6", "DELIVERED"),
    ("RI RB", "AVAILABLE_FOR_PICKUP"),
    ("P PC N1 N2 N3 N4", "DELIVERY_FAILED"),
    ("RT", "RETURNING"),
    ("U", "RETURNED"),
]
UNIFIED = [
    ("pre-transit", "ANNOUNCED"),
    ("transit", "IN_TRANSIT"),
    ("delivered", "DELIVERED"),
    ("failure", "EXCEPTION"),
    ("unknown", None),
]
EXPRESS = [
    ("PU SA", "ACCEPTED"),
    ("AF AR DF PL TR SM FD TP IC CR BR BN PD MC MS 102", "IN_TRANSIT"),
    ("RR SC AD PY CS", None),
    ("CD UD OH SS HP 103", "EXCEPTION"),
    ("WC", "OUT_FOR_DELIVERY"),
    ("CC", "AVAILABLE_FOR_PICKUP"),
    ("OK DD 101", "DELIVERED"),
    ("NH CA ND MD BA CM RD", "DELIVERY_FAILED"),
    ("DS", "LOST"),
    ("RT", "RETURNED"),
    ("104", "ANNOUNCED"),
]
ECOMMERCE = [
    ("1 254 367-370", "ANNOUNCED"),
    ("2-9 14-17 226 228", "ACCEPTED"),
    ("42", "OUT_FOR_DELIVERY"),
    ("43-46", "AVAILABLE_FOR_PICKUP"),
    ("63-71 306", "DELIVERED"),
    ("72-82 85 86 206-211 214 215 222 223 330 372", "DELIVERY_FAILED"),
    ("83 87-98 264-269", "EXCEPTION"),
    ("99-102 149 151 152 155 157 160 248 249 259", "RETURNING"),
    ("366", "RETURNED"),
]


@pytest.mark.parametrize(
    ("name", "published"),
    [
        ("la_poste", LA_POSTE),
        ("chronopost", CHRONOPOST),
        ("dhl_unified", UNIFIED),
        ("dhl_express", EXPRESS),
        ("dhl_ecommerce_europe", ECOMMERCE),
    ],
)
def test_a_table_holds_what_is_published_and_nothing_else(
    name: str, published: list[tuple[str, str | None]]
) -> None:
    wanted = {code: status for written, status in published for code in codes(written)}
    found: CodeTable = table(name)

    assert {code: meaning.status for code, meaning in found.items()} == wanted
    assert all(found.of(code).mapped for code in wanted)


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("la_poste", "DR2 OTHER EP1 DELAY DO3 CUSTOMS_HOLD PB1 OTHER DI3 DELAY"),
        (
            "dhl_express",
            "CD CUSTOMS_DOCS UD CUSTOMS_HOLD DD DAMAGED PD MISSING_CONTENT NH ABSENT CA CLOSED "
            "BA BAD_ADDRESS CM MOVED RD REFUSED HP PAYMENT_DUE MC MISROUTED MS MISROUTED",
        ),
        (
            "dhl_ecommerce_europe",
            "73 ABSENT 74 ABSENT 75 ABSENT 85 ABSENT 372 ABSENT 76 REFUSED 207 REFUSED 208 REFUSED "
            "209 REFUSED 210 REFUSED 211 REFUSED 79 BAD_ADDRESS 80 BAD_ADDRESS 206 BAD_ADDRESS "
            "81 MOVED 82 ID_CHECK 330 ID_CHECK 77 PAYMENT_DUE 78 PAYMENT_DUE 86 PAYMENT_DUE "
            "214 PAYMENT_DUE 215 PAYMENT_DUE 83 DAMAGED 264 WEATHER 266 WEATHER 265 CAPACITY "
            "267 CAPACITY " + " ".join(f"{n} CAPACITY" for n in range(87, 99)),
        ),
        ("chronopost", ""),
        ("dhl_unified", ""),
    ],
)
def test_a_table_gives_the_reasons_that_are_published_and_no_others(
    name: str, reasons: str
) -> None:
    words = reasons.split()
    wanted = dict(zip(words[::2], words[1::2], strict=True))

    assert {code: m.reason for code, m in table(name).items() if m.reason} == wanted


UPS_STATUS = [
    ("003, 044, 045, 079, 080, 157, 166", "ANNOUNCED"),
    ("007", "CANCELLED"),
    ("038, 160, 167, 168, 169", "ACCEPTED"),
    (
        "005, 010, 016, 025, 039, 047, 057, 070, 071, 072, 073, 074, 087, 137, 138, 143, 158, 159, "
        "164, 165, 012, 014, 084, 092, 134",
        "IN_TRANSIT",
    ),
    ("006, 021, 037, 078, 089, 091, 146, 162", "OUT_FOR_DELIVERY"),
    ("017, 040, 144, 161", "AVAILABLE_FOR_PICKUP"),
    ("011, 026", "DELIVERED"),
    ("022, 023, 024, 060, 061, 062, 066, 145, 064", "DELIVERY_FAILED"),
    ("035, 036, 118", "RETURNING"),
    ("034, 067, 081", "RETURNED"),
    (
        "013, 030, 046, 048, 069, 076, 083, 086, 090, 132, 139, 029, 049, 050, 051, 052, 053, 058, "
        "123-126, 141, 085, 059, 068",
        "EXCEPTION",
    ),
    ("147, 149", "LOST"),
    (
        "000, 018-020, 027, 028, 032, 033, 041-043, 054-056, 063, 065, 075, 077, 082, 088, "
        "093-117, 119-122, 127-131, 133, 135, 136, 140, 142, 148, 153-156, 163",
        None,
    ),
]
UPS_REASONS = {
    "DELAY": "013, 030, 046, 048, 069, 076, 083, 086, 090, 132, 139",
    "BAD_ADDRESS": "050",
    "WEATHER": "051, 052, 053",
    "CUSTOMS_DOCS": "058, 123-126, 141",
    "PAYMENT_DUE": "085, 062",
    "DAMAGED": "059, 081",
    "ID_CHECK": "061",
    "REFUSED": "064",
}
UPS_CODES = [
    ("MP RD OC PL", "M", "ANNOUNCED"),
    ("DP", "M", "ANNOUNCED"),
    ("VP", "MV", "CANCELLED"),
    ("OR PU PC PT XD", "I", "ACCEPTED"),
    (
        "AR DP AG AT DL DS HU IP EP LC LM UL UA UD WH OD YP YM YN XA XR YH F0 F3",
        "I",
        "IN_TRANSIT",
    ),
    ("OF OT YF YI 2K", "I", "OUT_FOR_DELIVERY"),
    ("2Q 1N ZQ", "D", "AVAILABLE_FOR_PICKUP"),
    ("FS KB YC UC 2W A0 M1 M2 M9 MA ML MO MX", "D", "DELIVERED"),
    ("B0", "D", "RETURNED"),
    ("I1 8H", "I", "RETURNING"),
    ("48 49 51 52 53 50", "X", "DELIVERY_FAILED"),
    ("1F NI A2", "X", "LOST"),
]


def test_ups_status_codes_are_those_that_are_published() -> None:
    wanted = {code: status for written, status in UPS_STATUS for code in codes(written)}

    assert wanted.keys() == KNOWN
    assert {code: meaning_of(code, "", "").status for code in wanted} == wanted
    assert all(meaning_of(code, "", "").mapped for code in wanted)
    reasons = {code: reason for reason, written in UPS_REASONS.items() for code in codes(written)}
    found = {code: meaning_of(code, "", "").reason for code in wanted}
    assert {code: reason for code, reason in found.items() if reason} == reasons


def test_ups_status_codes_go_before_codes_and_types() -> None:
    for written, status in UPS_STATUS:
        for code in codes(written):
            if status != "DELIVERED":
                assert meaning_of(code, "FS", "D").status == status, code
            assert meaning_of(code, "OF", "I").status == status, code


@pytest.mark.parametrize(("written", "kind", "status"), UPS_CODES)
def test_ups_codes_speak_where_there_is_no_status_code(
    written: str, kind: str, status: str
) -> None:
    assert {meaning_of("", code, kind).status for code in written.split()} == {status}


def test_ups_types_speak_last_and_never_say_delivered() -> None:
    wanted = {
        "M": S.ANNOUNCED,
        "MV": S.CANCELLED,
        "I": S.IN_TRANSIT,
        "X": S.EXCEPTION,
        "P": S.ACCEPTED,
        "O": S.OUT_FOR_DELIVERY,
        "RS": S.RETURNING,
        "DO": None,
        "DD": None,
        "W": None,
        "U": None,
        "NA": None,
    }

    assert {kind: meaning_of("", "", kind).status for kind in wanted} == wanted
    assert all(meaning_of("", "", kind).mapped for kind in wanted)
    assert not meaning_of("", "", "D").mapped


def test_ups_delivers_to_the_sender_and_to_access_points_without_delivering() -> None:
    assert meaning_of("011", "FS", "D").status is S.DELIVERED
    assert meaning_of("011", "B0", "D").status is S.RETURNED
    assert meaning_of("026", "B0", "D").status is S.RETURNED
    for code in ("2Q", "ZI", "1N"):
        assert meaning_of("011", code, "D").status is S.AVAILABLE_FOR_PICKUP
    assert meaning_of("161", "FS", "D").status is S.AVAILABLE_FOR_PICKUP
    assert not meaning_of("", "DP", "").mapped
    assert meaning_of("", "EP", "I", "surepost").status is S.AVAILABLE_FOR_PICKUP


def test_an_unknown_status_code_of_ups_is_never_a_delivery() -> None:
    assert not meaning_of("170", "FS", "D").mapped
    assert meaning_of("170", "AR", "I").status is S.IN_TRANSIT


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("RETURNED_TO_SENDER", S.RETURNED),
        ("NOTIFIED", S.AVAILABLE_FOR_PICKUP),
        ("NOTIFIED_AGAIN", S.AVAILABLE_FOR_PICKUP),
        ("DELIVERY_ATTEMPTED", S.DELIVERY_FAILED),
        ("SENT_BACK", S.RETURNING),
        ("SENT_BACK_UNCLAIMED", S.RETURNING),
        ("DELIVERED", S.DELIVERED),
    ],
)
def test_svb_reports_as_delivered_what_went_back(code: str, status: S) -> None:
    assert unified("svb", "delivered", code).status is status


def test_a_division_speaks_before_the_five_words() -> None:
    assert unified("ecommerce-europe", "delivered", "44").status is S.AVAILABLE_FOR_PICKUP
    assert unified("ecommerce-europe", "delivered", "044").status is S.AVAILABLE_FOR_PICKUP
    assert unified("ecommerce-europe", "transit", "300").status is S.IN_TRANSIT
    assert unified("express", "transit", "RR") == table("dhl_express").of("RR")
    assert unified("parcel-de", "delivered", "ZF").status is S.AVAILABLE_FOR_PICKUP
    assert unified("freight", "failure", "44").status is S.EXCEPTION
    assert not unified("freight", "elsewhere", "44").mapped
