"""A SEPA credit transfer file: pain.001.001.09, one payment, a transfer for each person.

Amounts have two decimals and a point; texts keep to the character set of SEPA. Sums and counts are
told twice, of the file and of its payment.
Source: ISO 20022 pain.001.001.09; EPC115-06, SEPA credit transfer customer-to-bank guidelines 2023.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from decimal import Decimal
from typing import Final
from uuid import UUID
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from integrations.payouts import Order, Transfer

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
LONGEST_NAME: Final = 70
LONGEST_TEXT: Final = 140
_NOT_SEPA: Final = re.compile(r"[^A-Za-z0-9/\-?:().,'+ ]")
_APART: Final = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "&": "+",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
    }
)


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose account pays. Shapes: `bic` None where the bank is known by the IBAN alone."""

    name: str
    iban: str
    bic: str | None = None


def sepa_text(text: str, longest: int) -> str:
    """A text in the character set of SEPA: letters without accents; what has no form is a dot."""
    plain = unicodedata.normalize("NFKD", text.translate(_APART))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    clean = " ".join(_NOT_SEPA.sub(".", bare).split())
    return clean.strip("/ ")[:longest].strip() or "."


def amount(minor: int) -> str:
    """Euros with two decimals."""
    return str(Decimal(minor).scaleb(-2).quantize(Decimal("0.01")))


def reference(of: UUID) -> str:
    """An id as message, payment or end-to-end id: 32 characters."""
    return of.hex


def document(order: Order, debtor: Debtor) -> bytes:
    """The file of an order in euros; the same order gives the same bytes.

    Raises: ValueError for another currency, no transfer, or an amount that is not above 0.
    """
    if order.currency != "EUR":
        raise ValueError(f"SEPA transfers are in euros, not in {order.currency}")
    if not order.transfers or any(each.amount_minor <= 0 for each in order.transfers):
        raise ValueError("a file has transfers, each of more than nothing")
    root = Element("Document", xmlns=NAMESPACE)
    body = SubElement(root, "CstmrCdtTrfInitn")
    header = SubElement(body, "GrpHdr")
    _text(header, "MsgId", reference(order.id))
    _text(header, "CreDtTm", order.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    _sums(header, order.transfers)
    _text(SubElement(header, "InitgPty"), "Nm", sepa_text(debtor.name, LONGEST_NAME))
    _payment(SubElement(body, "PmtInf"), order, debtor)
    indent(root)
    text: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return text


def _sums(parent: Element, transfers: Sequence[Transfer]) -> None:
    _text(parent, "NbOfTxs", str(len(transfers)))
    _text(parent, "CtrlSum", amount(sum(each.amount_minor for each in transfers)))


def _payment(payment: Element, order: Order, debtor: Debtor) -> None:
    _text(payment, "PmtInfId", reference(order.id))
    _text(payment, "PmtMtd", "TRF")
    _text(payment, "BtchBookg", "true")
    _sums(payment, order.transfers)
    level = SubElement(SubElement(payment, "PmtTpInf"), "SvcLvl")
    _text(level, "Cd", "SEPA")
    day = order.at.astimezone(UTC).date().isoformat()
    _text(SubElement(payment, "ReqdExctnDt"), "Dt", day)
    _text(SubElement(payment, "Dbtr"), "Nm", sepa_text(debtor.name, LONGEST_NAME))
    _account(payment, "DbtrAcct", debtor.iban)
    agent = SubElement(SubElement(payment, "DbtrAgt"), "FinInstnId")
    if debtor.bic is None:
        _text(SubElement(agent, "Othr"), "Id", "NOTPROVIDED")
    else:
        _text(agent, "BICFI", debtor.bic)
    _text(payment, "ChrgBr", "SLEV")
    for each in order.transfers:
        _transfer(SubElement(payment, "CdtTrfTxInf"), each)


def _transfer(parent: Element, transfer: Transfer) -> None:
    _text(SubElement(parent, "PmtId"), "EndToEndId", reference(transfer.id))
    paid = SubElement(SubElement(parent, "Amt"), "InstdAmt", Ccy="EUR")
    paid.text = amount(transfer.amount_minor)
    _text(SubElement(parent, "Cdtr"), "Nm", sepa_text(transfer.name, LONGEST_NAME))
    _account(parent, "CdtrAcct", transfer.iban)
    _text(SubElement(parent, "RmtInf"), "Ustrd", sepa_text(transfer.reference, LONGEST_TEXT))


def _account(parent: Element, name: str, iban: str) -> None:
    _text(SubElement(SubElement(parent, name), "Id"), "IBAN", iban)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
