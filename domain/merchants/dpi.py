"""The message of the yearly report of sellers, in the French profile of the OECD's DPI schema.

Whole units of currency, as that profile has them. What a schema cannot say is checked before:
`domain.merchants.sellers.faults`.
Source: Direction générale des Finances publiques, cahier des charges DPI-DAC7, revenus 2025, v1.6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree as Xml

from domain.merchants.sellers import Document, Message
from domain.merchants.traders import LegalForm, TraderField
from domain.money import Currency

AUTHORITY: Final = "FR"
DPI, STF = "urn:oecd:ties:dpi", "urn:oecd:ties:dpistf"
_INDIC: Final = {Message.INITIAL: "DPI401", Message.ADDITIONAL: "DPI401"}
_CORRECTS, _NOTHING = "DPI402", "DPI403"
_TYPES: Final = {Document.NEW: "OECD1", Document.CORRECTED: "OECD2", Document.DELETED: "OECD3"}
_RESENT = "OECD0"
_LEGAL, _IND = "OECD207", "OECD202"
_F = TraderField
Xml.register_namespace("dpi", DPI)
Xml.register_namespace("stf", STF)


@dataclass(frozen=True, slots=True)
class Operator:
    """The platform that reports. `number` is its SIREN, nine digits."""

    number: str
    name: str
    business_name: str
    street: str
    postal_code: str
    city: str
    country: str
    vat_number: str | None = None
    nexus: str = "RPONEX1"


@dataclass(frozen=True, slots=True)
class Part:
    """What a message says of one seller. `facts` are those of a line of the report."""

    document: Document
    facts: Mapping[str, Any]
    reference: str
    corrects: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """What a message is. `first`: the reference of the year's initial message."""

    message: Message
    reference: str
    first: str
    year: int
    at: datetime


def message_ref(year: int, operator: Operator, n: int) -> str:
    """The reference of the n-th message of a year: the same whenever it is made again."""
    return f"OP_{year}_{operator.number}_{n:04}"


def document_ref(message: str, merchant_id: UUID) -> str:
    """The reference of a seller's part of a message."""
    return f"{message}_{merchant_id.hex}"


def message(head: Head, operator: Operator, parts: Sequence[Part]) -> str:
    """The message as XML, without a declaration."""
    root = Xml.Element(_dpi("DPI_OECD"), {"version": "1.0"})
    spec = _add(root, "MessageSpec")
    indic = _INDIC.get(head.message, _CORRECTS) if parts else _NOTHING
    _texts(
        spec,
        TransmittingCountry=AUTHORITY,
        ReceivingCountry=AUTHORITY,
        MessageType="DPI",
        MessageRefId=head.reference,
        MessageTypeIndic=indic,
        ReportingPeriod=f"{head.year}-12-31",
        Timestamp=head.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    body = _add(root, "DPIBody")
    _operator(body, head, operator)
    for part in parts:
        _seller(body, part)
    return Xml.tostring(root, encoding="unicode")


def _operator(body: Xml.Element, head: Head, of: Operator) -> None:
    here = _add(body, "PlatformOperator")
    _texts(here, ResCountryCode=of.country)
    _add(here, "TIN", of.number, issuedBy=AUTHORITY)
    if of.vat_number:
        _add(here, "VAT", of.vat_number)
    _add(here, "Name", of.name, nameType=_LEGAL)
    _texts(here, PlatformBusinessName=of.business_name)
    _address(here, of.country, of.street, of.postal_code, of.city)
    _texts(here, Nexus=of.nexus, AssumedReporting="false")
    first = head.message is Message.INITIAL
    _doc(here, _TYPES[Document.NEW] if first else _RESENT, f"{head.first}_operator", None)


def _seller(body: Xml.Element, part: Part) -> None:
    said: Mapping[str, str] = part.facts["seller"]
    here = _add(body, "ReportableSeller")
    identity = _add(here, "Identity")
    person = said.get(_F.LEGAL_FORM) == LegalForm.PERSON
    standard = _add(_add(identity, "IndividualSeller" if person else "EntitySeller"), "Standard")
    party = _add(standard, "IndSellerID" if person else "EntSellerID")
    _party(party, said, person=person)
    if _F.PAYMENT_ACCOUNT in said:
        account = _add(standard, "FinancialIdentifier")
        _add(account, "Identifier", said[_F.PAYMENT_ACCOUNT], AccountNumberType="IBAN")
        if _F.PAYMENT_HOLDER in said:
            _add(account, "AccountHolderName", said[_F.PAYMENT_HOLDER])
    if not person and said.get(_F.ESTABLISHMENTS):
        places = _add(standard, "PermanentEstablishments")
        for country in said[_F.ESTABLISHMENTS].split():
            _add(places, "PermanentEstablishment", country)
    _activities(here, part.facts)
    _doc(here, _TYPES[part.document], part.reference, part.corrects)


def _party(party: Xml.Element, said: Mapping[str, str], *, person: bool) -> None:
    _texts(party, ResCountryCode=said[_F.COUNTRY])
    _add(party, "TIN", said[_F.TAX_NUMBER], issuedBy=said[_F.TAX_COUNTRY])
    if not person and _F.REGISTER_NUMBER in said:
        number = said[_F.REGISTER_NUMBER]
        _add(party, "IN", number, issuedBy=said[_F.COUNTRY], INType="BRN")
    if _F.VAT_NUMBER in said:
        _add(party, "VAT", said[_F.VAT_NUMBER])
    if person:
        name = _add(party, "Name", nameType=_IND)
        _texts(name, FirstName=said[_F.FIRST_NAME], LastName=said[_F.LAST_NAME])
    else:
        _add(party, "Name", said[_F.NAME], nameType=_LEGAL)
    place = (said[_F.STREET], said.get(_F.POSTAL_CODE), said[_F.CITY])
    _address(party, said[_F.COUNTRY], *place, kind="OECD302" if person else "OECD304")
    if person:
        _texts(_add(party, "BirthInfo"), BirthDate=said[_F.BIRTH_DATE])


def _address(
    parent: Xml.Element,
    country: str,
    street: str,
    postal_code: str | None,
    city: str,
    kind: str = "OECD304",
) -> None:
    here = _add(parent, "Address", legalAddressType=kind)
    _texts(here, CountryCode=country)
    fixed = _add(here, "AddressFix")
    _texts(fixed, Street=street[:200])
    if postal_code:
        _texts(fixed, PostCode=postal_code)
    _texts(fixed, City=city)


def _activities(here: Xml.Element, facts: Mapping[str, Any]) -> None:
    sale = _add(_add(here, "RelevantActivities"), "SaleOfGoods")
    currency, quarters = Currency(facts["currency"]), facts["quarters"]
    _amounts(_add(sale, "Consideration"), "Cons", currency, [q["paidMinor"] for q in quarters])
    counts = _add(sale, "NumberOfActivities")
    for n, quarter in enumerate(quarters, 1):
        _add(counts, f"NumbQ{n}", str(quarter["sales"]))
    _amounts(_add(sale, "Fees"), "Fees", currency, [q["feesMinor"] for q in quarters])
    _amounts(_add(sale, "Taxes"), "Taxes", currency, [q["taxesMinor"] for q in quarters])


def _amounts(parent: Xml.Element, name: str, currency: Currency, quarters: Sequence[int]) -> None:
    for n, minor in enumerate(quarters, 1):
        _add(parent, f"{name}Q{n}", str(whole(minor, currency)), currCode=currency.value)


def whole(minor: int, currency: Currency) -> int:
    """An amount in whole units, half up."""
    return int(Decimal(minor).scaleb(-currency.digits).quantize(Decimal(1), ROUND_HALF_UP))


def _doc(parent: Xml.Element, kind: str, reference: str, corrects: str | None) -> None:
    here = _add(parent, "DocSpec")
    for name, text in (
        ("DocTypeIndic", kind),
        ("DocRefId", reference),
        ("CorrDocRefId", corrects),
    ):
        if text is not None:
            Xml.SubElement(here, f"{{{STF}}}{name}").text = text


def _dpi(name: str) -> str:
    return f"{{{DPI}}}{name}"


def _add(parent: Xml.Element, name: str, text: str | None = None, **attributes: str) -> Xml.Element:
    made = Xml.SubElement(parent, _dpi(name), attributes)
    made.text = text
    return made


def _texts(parent: Xml.Element, **values: str) -> None:
    for name, value in values.items():
        _add(parent, name, value)
