"""Sales tax of lines that go to the United States, by a provider that may be away."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from domain.money import Currency
from domain.orders.sale import TaxRefusalCode, TaxRefused
from domain.orders.sales_tax import NoSalesTax, SalesTaxAnswer, SalesTaxQuestion
from domain.orders.vat import Amounts, LineTax, refunded
from integrations.tax.simulator import NO_SALES_TAX, STATES, Simulator, rates_of
from resolvers.orders import tax
from resolvers.orders.tax import taxes
from tests.domain.orders.test_vat_scheme import HOME
from tests.rules import lawful

OHIO = replace(
    HOME, ship_to_country="US", ship_to_region="OH", ship_to_postcode="43085",
    currency=Currency.USD, tax_included=False, amounts=Amounts(19_999, 500),
)  # fmt: skip
CODE = TaxRefusalCode


class Asked(Simulator):
    """The simulator, counting its questions."""

    def __init__(self) -> None:
        self.questions: list[SalesTaxQuestion] = []

    async def quote(self, question: SalesTaxQuestion) -> SalesTaxAnswer:
        self.questions.append(question)
        return await super().quote(question)


class Broken:
    name = "broken"

    def __init__(self, does: Any) -> None:
        self.does = does

    async def quote(self, question: SalesTaxQuestion) -> SalesTaxAnswer:
        return await self.does(question)


async def test_the_platform_collects_what_the_provider_told_of_each_line(db: None) -> None:
    await lawful()
    provider = Asked()
    found = await taxes("cart 1", [OHIO, HOME, OHIO], provider)
    assert len(provider.questions) == 1
    assert [type(each) for each in found] == [LineTax] * 3
    first = found[0]
    assert isinstance(first, LineTax)
    assert (first.scheme, first.collected_by, first.net_minor) == (None, "PLATFORM", 20_499)
    assert first.vat_minor == sum(each.amount_minor for each in first.jurisdictions) > 0
    assert first.s_minor == 20_499 + first.vat_minor
    assert [each.level for each in first.jurisdictions] == ["STATE", "COUNTY"]
    assert first.proof == ("simulator: invented rates, not for sales", "2026-01-01")
    assert LineTax.of(first.facts()) == first
    assert refunded(first, first.s_minor).vat_minor == first.vat_minor


async def test_a_purchase_asked_for_again_has_the_same_answer_and_name(db: None) -> None:
    await lawful()
    provider = Asked()
    one, other = [await taxes("cart 1", [OHIO], provider) for _ in range(2)]
    assert one == other
    assert len({each.reference for each in provider.questions}) == 1
    await taxes("cart 2", [OHIO], provider)
    assert len({each.reference for each in provider.questions}) == 2


async def test_each_place_is_asked_for_once(db: None) -> None:
    await lawful()
    provider = Asked()
    await taxes(
        "cart 1", [OHIO, replace(OHIO, ship_to_region="OR", ship_to_postcode="97201")] * 2, provider
    )
    assert [len(each.lines) for each in provider.questions] == [2, 2]


async def _slow(_: SalesTaxQuestion) -> SalesTaxAnswer:
    await asyncio.sleep(60)
    raise AssertionError


async def _away(_: SalesTaxQuestion) -> SalesTaxAnswer:
    raise NoSalesTax("down", later=True)


async def _partly(question: SalesTaxQuestion) -> SalesTaxAnswer:
    return replace(await Simulator().quote(question), lines={})


@pytest.mark.parametrize("does", [_slow, _away, _partly])
async def test_a_provider_that_does_not_answer_refuses_its_lines_alone(
    db: None, does: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await lawful()
    monkeypatch.setattr(tax, "SECONDS", 0.01)
    away, home = await taxes("cart 1", [OHIO, HOME], Broken(does))
    assert isinstance(away, TaxRefused)
    assert away.code is CODE.TAX_PROVIDER_UNAVAILABLE
    assert isinstance(home, LineTax)


async def test_without_a_provider_nothing_is_sold_there_and_a_bad_place_is_told(db: None) -> None:
    await lawful()
    [none] = await taxes("cart 1", [OHIO])
    assert isinstance(none, TaxRefused)
    assert none.code is CODE.TAX_PROVIDER_REQUIRED
    [bad] = await taxes("cart 1", [replace(OHIO, ship_to_region="ZZ")], Simulator())
    assert isinstance(bad, TaxRefused)
    assert bad.code is CODE.TAX_ADDRESS_REFUSED


def test_five_states_know_no_tax_of_the_state() -> None:
    without = {state for state in STATES if "STATE" not in {r[0] for r in rates_of(state, "99501")}}
    assert without == NO_SALES_TAX | {"AK"}
    assert len(STATES) == 51
