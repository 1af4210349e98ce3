"""Every combination of named codes of DHL Parcel DE says what the published order says."""

import pytest

from domain.shipments.scans import ShipmentStatus as S
from integrations.carriers.dhl_codes import parcel_de

CODES = [
    "AA",
    "AE",
    "AN",
    "BV",
    "DD",
    "EE",
    "ES",
    "GT",
    "LA",
    "NB",
    "PO",
    "VA",
    "ZF",
    "ZN",
    "ZO",
    "ZU",
]
ICES = [
    "CANCL",
    "RETRN",
    "DSPSD",
    "RCCLS",
    "HLDCU",
    "HLDCP",
    "STORN",
    "PBNDT",
    "DTNPC",
    "OFWRD",
    "ROUCR",
    "FWDCF",
    "REPCK",
    "RELBL",
    "MSRTD",
    "EXPHD",
    "NTDEL",
    "SRTED",
    "LDTMV",
    "NTADT",
    "MVTEX",
    "LDEXC",
    "MVARR",
    "CNRFC",
    "HLDCC",
    "HNDDE",
    "DLVRD",
    "ADVIS",
    "SHRCU",
    "PCKDU",
    "ULFMV",
    "MVDPT",
    "ICPRC",
    "RSDCP",
    "DLVRF",
]
REASONS = {
    "ABSENT": "NHOME",
    "CLOSED": "CLOSD",
    "REFUSED": "RFUSD DLVRF",
    "BAD_ADDRESS": "BDADD WRGRI CPUNK",
    "MOVED": "MOVED",
    "PAYMENT_DUE": "TRPMT NPYMT",
    "ID_CHECK": "AGNEG IDNEG CTCNI IDDMG",
    "UNCLAIMED": "NTCLM NTCCN",
    "DAMAGED": "DMGED DMGPC DMPHD LDMGD",
    "MISSING_CONTENT": "INCSH SHNCP",
    "WEATHER": "FRMJR",
    "CAPACITY": "CAPEX OVRLD",
    "DELAY": "TCHBD VHARU TCATC CROAT CRROT",
    "RECIPIENT_REQUEST": "CSREQ CRQST RDRCR",
    "SENDER_REQUEST": "STBSD HLDSR",
}
RICS = [
    *["RTSCR", "RTSSA", "LOSTX", "CLREF", "INSPF", "HNDTC", "CUSTM", "ACCDM", "SERPT", "NGHBR"],
    *" ".join(REASONS.values()).split(),
]


def _read_aloud(code: str, ice: str, ric: str, returned: bool) -> S | None:  # noqa: C901, PLR0911, PLR0912
    """The published order of the tests, read line by line."""
    if ice == "CANCL":
        return S.CANCELLED
    if ice == "RETRN" or ric in {"RTSCR", "RTSSA"}:
        return S.RETURNING
    if ice == "DSPSD" or ric == "LOSTX":
        return S.LOST
    if ice in {"HLDCU", "HLDCP"} or (code == "ZO" and ric in {"CLREF", "INSPF"}):
        return S.EXCEPTION
    if code == "VA":
        return S.ANNOUNCED
    if code in {"DD", "GT"} or ice in {"STORN", "PBNDT", "DTNPC"}:
        return None
    if code == "AN":
        return S.ANNOUNCED
    if code in {"AE", "ES"}:
        return S.ACCEPTED
    if code in {"AA", "EE", "NB", "ZO"}:
        return S.IN_TRANSIT
    if ice in {"OFWRD", "ROUCR", "FWDCF", "REPCK", "RELBL", "MSRTD"}:
        return S.IN_TRANSIT
    if ice == "EXPHD":
        return S.EXCEPTION
    if code == "PO":
        return {
            "NTDEL": S.DELIVERY_FAILED,
            "SRTED": S.OUT_FOR_DELIVERY,
            "LDTMV": S.OUT_FOR_DELIVERY,
        }.get(ice, S.IN_TRANSIT)
    if (code, ice) in {("ZF", "LDTMV"), ("ZU", "MVARR")}:
        return S.IN_TRANSIT
    if code == "ZF" or ice in {"CNRFC", "HLDCC", "HNDDE"}:
        return S.AVAILABLE_FOR_PICKUP
    if code == "LA":
        return S.EXCEPTION
    if ice == "DLVRD" and ric in {"HNDTC", "CUSTM"}:
        return S.IN_TRANSIT
    if code == "ZU":
        return S.RETURNED if returned else S.DELIVERED
    return {"ZN": S.DELIVERY_FAILED, "BV": S.EXCEPTION}[code]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("returned", [False, True])
def test_every_combination_of_named_codes_of_parcel_de_is_what_the_published_order_says(
    code: str, returned: bool
) -> None:
    for ice in ["", *ICES]:
        for ric in ["", *RICS]:
            found = parcel_de(code, ice, ric, returned=returned)
            assert found.mapped, (code, ice, ric)
            assert found.status == _read_aloud(code, ice, ric, returned), (code, ice, ric)


def test_parcel_de_tells_reasons_by_the_ric_unless_the_line_has_one() -> None:
    for reason, rics in REASONS.items():
        for ric in rics.split():
            assert parcel_de("ZN", "NTDEL", ric).reason == reason
            assert parcel_de("NB", "RETRN", ric).reason == reason
            assert parcel_de("LA", "", ric).reason == "RECIPIENT_REQUEST"
            assert parcel_de("DD", "", ric).reason is None
    assert parcel_de("ZU", "DLVRD", "ACCDM").reason == "DAMAGED"
    assert parcel_de("AN").reason == "OTHER"
    assert parcel_de("ZO", "", "CLREF").reason == "CUSTOMS_HOLD"
    assert parcel_de("PO", "MVTEX").reason == "DELAY"
    assert parcel_de("PO").reason is None


def test_what_was_disposed_of_was_not_delivered() -> None:
    for ric in ["", *RICS]:
        if ric not in {"RTSCR", "RTSSA"}:
            assert parcel_de("ZU", "DSPSD", ric).status is S.LOST


def test_a_code_of_parcel_de_that_nobody_published_is_unmapped() -> None:
    assert not parcel_de("QQ").mapped
    assert not parcel_de("QQ", "DLVRD", "NGHBR").mapped
