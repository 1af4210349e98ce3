"""A SEPA file says what is paid, twice and to the cent, in the form that banks take."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from integrations.payouts import Order, Transfer
from integrations.payouts.pain001 import NAMESPACE, Debtor, document, sepa_text
from integrations.payouts.sepa import SepaFiles
from integrations.payouts.simulator import SimulatedBank

AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
OURS = Debtor("Boucle & Cie", "FR7630006000011234567890189")
THEIRS = "DE89370400440532013000"
SEPA = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]+")
AMOUNT = re.compile(r"[0-9]{1,11}\.[0-9]{2}")
HEADER = ["MsgId", "CreDtTm", "NbOfTxs", "CtrlSum", "InitgPty"]
PAYMENT = [
    *("PmtInfId", "PmtMtd", "BtchBookg", "NbOfTxs", "CtrlSum", "PmtTpInf", "ReqdExctnDt", "Dbtr"),
    *("DbtrAcct", "DbtrAgt", "ChrgBr"),
]
TRANSFER = ["PmtId", "Amt", "Cdtr", "CdtrAcct", "RmtInf"]


def order(*amounts: int, name: str = "Zoé Ångström", currency: str = "EUR") -> Order:
    """An order of these amounts."""
    made = [
        Transfer(UUID(int=n), minor, THEIRS, name, f"Trade-in T-{n}")
        for n, minor in enumerate(amounts, 1)
    ]
    return Order(UUID(int=99), currency, made, AT)


def names(of: ElementTree.Element) -> list[str]:
    """The elements within one, in their order, without the namespace."""
    return [child.tag.removeprefix(f"{{{NAMESPACE}}}") for child in of]


def text(of: ElementTree.Element, path: str) -> str:
    """The text at a path."""
    found = of.findtext("/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/")))
    assert found is not None, path
    return found


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20), st.text(max_size=90))
def test_every_file_keeps_to_the_rules_of_its_fields(amounts: list[int], name: str) -> None:
    root = ElementTree.fromstring(document(order(*amounts, name=name), OURS))
    assert root.tag == f"{{{NAMESPACE}}}Document"
    [body] = list(root)
    header, payment = list(body)
    assert names(header) == HEADER
    assert names(payment) == PAYMENT + ["CdtTrfTxInf"] * len(amounts)
    total = Decimal(sum(amounts)).scaleb(-2)
    for each in (header, payment):
        assert text(each, "NbOfTxs") == str(len(amounts))
        assert Decimal(text(each, "CtrlSum")) == total
    assert text(header, "MsgId") == text(payment, "PmtInfId")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text(header, "CreDtTm"))
    assert (text(payment, "PmtMtd"), text(payment, "ChrgBr")) == ("TRF", "SLEV")
    assert text(payment, "PmtTpInf/SvcLvl/Cd") == "SEPA"
    assert text(payment, "ReqdExctnDt/Dt") == "2026-05-04"
    assert text(payment, "DbtrAgt/FinInstnId/Othr/Id") == "NOTPROVIDED"
    assert text(payment, "Dbtr/Nm") == "Boucle + Cie"
    ends = set()
    for n, minor in enumerate(amounts, len(PAYMENT)):
        transfer = payment[n]
        assert names(transfer) == TRANSFER
        amount = transfer[1][0]
        assert amount.attrib == {"Ccy": "EUR"}
        assert AMOUNT.fullmatch(amount.text or "")
        assert Decimal(amount.text or "") == Decimal(minor).scaleb(-2)
        assert iban.is_valid(text(transfer, "CdtrAcct/Id/IBAN"))
        for path, longest in (("Cdtr/Nm", 70), ("RmtInf/Ustrd", 140), ("PmtId/EndToEndId", 35)):
            said = text(transfer, path)
            assert 0 < len(said) <= longest
            assert SEPA.fullmatch(said), said
        ends.add(text(transfer, "PmtId/EndToEndId"))
    assert len(ends) == len(amounts)


def test_letters_are_written_as_banks_read_them() -> None:
    assert sepa_text("Zoé Ångström-Łęcka & Søn", 70) == "Zoe Angstrom-Lecka + Son"
    assert sepa_text("東京", 70) == ".."
    assert sepa_text("", 70) == "."


@pytest.mark.parametrize("wrong", [order(), order(0), order(-1), order(1, currency="GBP")])
def test_a_file_that_would_pay_nothing_or_no_euros_is_not_written(wrong: Order) -> None:
    with pytest.raises(ValueError, match=r"euros|nothing"):
        document(wrong, OURS)


async def test_the_same_order_is_one_file_however_often_it_is_sent(tmp_path: Path) -> None:
    bank = SepaFiles(tmp_path / "payouts", OURS)
    first, again = await bank.send(order(1, 2)), await bank.send(order(1, 2))
    [file] = list((tmp_path / "payouts").iterdir())
    assert file.read_bytes() == first.document == again.document
    assert [told.problem for told in first.told] == [None, None]


async def test_the_simulated_bank_does_what_stands_in_the_account() -> None:
    bank = SimulatedBank(["EUR", "GBP"])
    sent = [
        Transfer(UUID(int=n), 1, f"DE{ends}", "A", "x")
        for n, ends in enumerate(("0000", "0001", "0002"))
    ]
    taken = await bank.send(Order(UUID(int=9), "GBP", sent, AT))
    assert [told.problem for told in taken.told] == [None, "ACCOUNT_CLOSED", None]
    assert [told.id.int for told in await bank.returned(sent)] == [2]
