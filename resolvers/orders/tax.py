"""The tax of all lines of a purchase, a tax provider asked where one is needed.

Source: docs/rules/vat.md.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog

from domain.orders.sale import Sale, TaxRefusalCode, TaxRefused
from domain.orders.sales_tax import NoSalesTax, SalesTaxAnswer, SalesTaxQuestion, TaxedLine
from domain.orders.vat import LineTax, SalesTax
from domain.orders.vat_scheme import US
from models.orders.tax import line_taxes

if TYPE_CHECKING:
    from integrations.tax.base import TaxProvider

log = structlog.get_logger()
SECONDS = 3.0
_UNAVAILABLE = TaxRefusalCode.TAX_PROVIDER_UNAVAILABLE
_Place = tuple[str, str]


class _Installed:
    """The provider of this process, if it has one."""

    provider: "TaxProvider | None" = None


def install(provider: "TaxProvider | None") -> None:
    """From now on, ask this provider."""
    _Installed.provider = provider


async def taxes(
    purchase_id: str, sales: Sequence[Sale], provider: "TaxProvider | None" = None
) -> list[LineTax | TaxRefused]:
    """The tax of each line of a purchase, in their order. Ask it outside of a transaction.

    Shapes: `purchase_id` may be that of the cart, as long as it stays the same; `provider` stands
    in for the installed one. A provider is asked once for each place that lines go to.
    Refuses: as `domain.orders.vat_scheme.line_tax`; TAX_PROVIDER_UNAVAILABLE while a provider
    does not answer, TAX_ADDRESS_REFUSED for a place that it does not know.
    """
    known, refused = await _answers(purchase_id, sales, provider or _Installed.provider)
    found = await line_taxes(sales, known)
    return [refused.get(n, tax) for n, tax in enumerate(found)]


def asked_for(sale: Sale) -> bool:
    """Whether a provider, where there is one, must be asked for the tax of a line."""
    return sale.ship_to_country == US and _Installed.provider is not None


async def quotes(purchase_id: str, sales: Sequence[Sale]) -> dict[Sale, SalesTax | TaxRefused]:
    """What the installed provider says of lines that it must be asked for. As `taxes`."""
    lines = list(dict.fromkeys(sales))
    known, refused = await _answers(purchase_id, lines, _Installed.provider)
    return {sale: refused.get(n) or known[n] for n, sale in enumerate(lines)}


async def _answers(
    purchase_id: str, sales: Sequence[Sale], asked: "TaxProvider | None"
) -> tuple[dict[int, SalesTax], dict[int, TaxRefused]]:
    """The answers and the refusals, by the places of the lines."""
    places: dict[_Place, list[int]] = defaultdict(list)
    for n, sale in enumerate(sales):
        if sale.ship_to_country == US and asked is not None:
            places[(sale.ship_to_region or "", sale.ship_to_postcode)].append(n)
    known: dict[int, SalesTax] = {}
    refused: dict[int, TaxRefused] = {}
    for numbers in places.values():
        try:
            known |= await _answered(asked, _question(purchase_id, sales, numbers))
        except NoSalesTax as none:
            code = _UNAVAILABLE if none.later else TaxRefusalCode.TAX_ADDRESS_REFUSED
            log.warning("sales_tax.none", later=none.later, lines=len(numbers))
            refused |= {n: TaxRefused(code, {"country": US}) for n in numbers}
    return known, refused


def _question(purchase_id: str, sales: Sequence[Sale], numbers: Sequence[int]) -> SalesTaxQuestion:
    first = sales[numbers[0]]
    lines = (TaxedLine(n, sales[n].amounts.s_minor, sales[n].category) for n in numbers)
    return SalesTaxQuestion(
        purchase_id=purchase_id,
        on=first.ordered_on,
        currency=first.currency,
        region=first.ship_to_region or "",
        postcode=first.ship_to_postcode,
        lines=tuple(lines),
    )


async def _answered(
    provider: "TaxProvider | None", question: SalesTaxQuestion
) -> dict[int, SalesTax]:
    """Raises: NoSalesTax for no answer in time, a refusal, an answer that leaves lines out."""
    if provider is None:
        return {}
    answer = await _quoted(provider, question)
    if {line.key for line in question.lines} != set(answer.lines):
        raise NoSalesTax("the answer is not about the lines asked for", later=True)
    return {
        key: SalesTax(parts, answer.source, answer.valid_from, answer.reference)
        for key, parts in answer.lines.items()
    }


async def _quoted(provider: "TaxProvider", question: SalesTaxQuestion) -> SalesTaxAnswer:
    try:
        async with asyncio.timeout(SECONDS):
            return await provider.quote(question)
    except TimeoutError:
        raise NoSalesTax("no answer in time", later=True) from None
