"""Levies and eco-contributions as parts of a line's price: told, exempt, never guessed."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from domain.markets.rules import RuleBook, RuleStatus
from domain.money import Currency
from domain.orders.levy import eco_contribution
from domain.orders.vat import (
    LevyPart,
    LevyState,
    LineTax,
    VatScheme,
)
from domain.orders.vat_scheme import line_tax
from tests.domain.orders.test_vat_scheme import ABROAD, DAY, sale, tax, told
from tests.rules import LENIENT, STRICT, book

PHONE: dict[str, Any] = {"category": "smartphone", "capacity_gb": Decimal(64)}


def levy_of(kind: str = "levy.private_copy", **changes: Any) -> LevyPart | None:
    found = tax(**(PHONE | changes)).levies
    return next((part for part in found if part.kind == kind), None)


def test_a_levy_is_a_part_of_the_price_and_changes_neither_it_nor_its_tax() -> None:
    found = tax(**PHONE)
    assert told(found) == told(tax())
    assert found.s_minor == 29_900
    assert found.levies == (
        LevyPart(
            "levy.private_copy", LevyState.DUE, 720, 864, None,
            ("levy.private_copy:FR:smartphone:2023-02-01", "vat.standard_rate:FR:2016-01-01"),
            verified=False,
        ),
        LevyPart(
            "eco.contribution", LevyState.ORIGIN_UNKNOWN,
            rule_ids=("eco.contribution:FR:2022-01-01",), verified=False,
        ),
    )  # fmt: skip
    assert found.shown()["levies"][0]["gross_minor"] == 864
    assert LineTax.of(found.facts()) == found
    margin = tax(**PHONE, declared=VatScheme.MARGIN)
    assert margin.levies == found.levies
    seen = margin.shown()["levies"][0]
    assert (seen["net_minor"], seen["gross_minor"]) == (None, 864)


def test_what_cannot_be_told_of_a_levy_is_told_and_never_nothing() -> None:
    unknown = levy_of(capacity_gb=None)
    assert unknown == LevyPart("levy.private_copy", LevyState.CAPACITY_REQUIRED)
    other = levy_of(currency=Currency.USD)
    assert other is not None
    assert (other.state, other.net_minor) == (LevyState.CURRENCY_UNKNOWN, None)
    exempt = levy_of(solidarity=True)
    assert exempt is not None
    assert (exempt.state, exempt.gross_minor, exempt.exempt) == (
        LevyState.EXEMPT, 0, "SOLIDARITY_SECTOR",
    )  # fmt: skip
    assert levy_of(category="laptop") is None
    assert levy_of(**ABROAD, oss=True) is None
    signed = [
        replace(rule, status=RuleStatus.VERIFIED, verified_on=DAY, verified_by="counsel")
        if rule.scope.kind.value.startswith("vat.")
        else rule
        for rule in book()
    ]
    strict = line_tax(sale(**PHONE), RuleBook(signed, STRICT))
    assert isinstance(strict, LineTax)
    part, eco = strict.levies
    assert (eco.kind, eco.state) == ("eco.contribution", LevyState.RULE_UNVERIFIED)
    assert (part.state, part.net_minor, part.verified) == (LevyState.RULE_UNVERIFIED, None, False)
    assert part.rule_ids == ("levy.private_copy:FR:smartphone:2023-02-01",)


ECO = "eco.contribution"


def with_tariff(amount: str = "0.42", **changes: Any) -> RuleBook:
    """The shipped rules with a tariff of the eco-contribution, which none of them has."""
    rules = [
        replace(rule, value={**rule.value, "amount": amount} | changes)
        if rule.scope.kind.value == ECO
        else rule
        for rule in book()
    ]
    return RuleBook(rules, LENIENT)


def test_an_eco_contribution_is_due_of_what_comes_from_abroad_and_never_guessed() -> None:
    away = {"dispatch_country": "DE", "declared": VatScheme.MARGIN}
    states = {
        "collected here, or not": levy_of(ECO),
        "from abroad": levy_of(ECO, **away),
        "placed here before": levy_of(ECO, first_placed="FR"),
        "placed elsewhere": levy_of(ECO, first_placed="ES"),
        "no rule": levy_of(ECO, **ABROAD, oss=True),
    }
    assert {name: part.state if part else None for name, part in states.items()} == {
        "collected here, or not": LevyState.ORIGIN_UNKNOWN,
        "from abroad": LevyState.AMOUNT_UNKNOWN,
        "placed here before": LevyState.EXEMPT,
        "placed elsewhere": LevyState.AMOUNT_UNKNOWN,
        "no rule": None,
    }
    there = states["placed here before"]
    assert there is not None
    assert (there.gross_minor, there.exempt) == (0, "PLACED_THERE_BEFORE")
    due = eco_contribution(sale(first_placed="ES"), with_tariff())
    assert due == LevyPart(
        ECO, LevyState.DUE, 42, 50, None,
        ("eco.contribution:FR:2022-01-01", "vat.standard_rate:FR:2016-01-01"), verified=False,
    )  # fmt: skip
    pounds = eco_contribution(sale(first_placed="ES"), with_tariff(currency="GBP"))
    assert pounds is not None
    assert pounds.state is LevyState.CURRENCY_UNKNOWN
