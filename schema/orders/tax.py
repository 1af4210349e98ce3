"""The tax of a line as a buyer may see it, and the invoice of an order."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Self
from uuid import UUID

import strawberry

from domain.orders.vat import LevyState
from resolvers.orders import invoices as resolvers
from resolvers.orders.invoices import NotReady
from schema.accounts import told
from schema.common import Info, Money, Problem, global_id, row_id
from schema.orders.line_rules import MERCHANT, READ
from schema.rules import HOLDER, ruled

if TYPE_CHECKING:
    from domain.orders.invoice import Invoice, InvoiceLine, Party
    from models.orders.tax import Kept
    from resolvers.orders.invoices import Made

SCHEME = (
    "`NORMAL` `MARGIN` `MARGIN_GLOBAL` `EXEMPT` `REVERSE_CHARGE` `DEEMED`; `SALES_TAX` where the "
    "platform collects one instead of VAT."
)
MOST_PARTS = 10
strawberry.enum(LevyState, description="What is known of a levy.")


@ruled(HOLDER)
@strawberry.type
class SalesTaxPart:
    """What one authority takes of a sales tax."""

    level: str = strawberry.field(description="`STATE`, `COUNTY`, `CITY` …")
    name: str = strawberry.field(description="Name of the authority.")
    rate: str = strawberry.field(description="Per cent, as a decimal.")
    amount: Money = strawberry.field(description="What it takes.")

    @classmethod
    def of(cls, part: Mapping[str, Any], currency: str) -> Self:
        return cls(
            level=part["level"],
            name=part["name"],
            rate=part["rate"],
            amount=Money.of(part["amount_minor"], currency),
        )


@ruled(HOLDER)
@strawberry.type
class LineLevy:
    """A levy for private copying or an eco-contribution, inside the price of a line."""

    kind: str = strawberry.field(
        description="Kind of its rule, `levy.private_copy` or `eco.contribution`."
    )
    state: LevyState = strawberry.field(description="`DUE`, `EXEMPT`, or why it is not known.")
    net: Money | None = strawberry.field(
        description="Without tax; `null` where not known, and under the margin scheme."
    )
    gross: Money | None = strawberry.field(description="With tax, as the price has it.")
    exempt: str | None = strawberry.field(
        description="`PROFESSIONAL_BUYER`, `SOLIDARITY_SECTOR` or, of an eco-contribution, "
        "`PLACED_THERE_BEFORE`: where none is due."
    )
    rules: list[str] = strawberry.field(description="Ids of the rules used. At most 5.")
    verified: bool = strawberry.field(description="Whether they were compared with the law.")

    @classmethod
    def of(cls, part: Mapping[str, Any], currency: str) -> Self:
        return cls(
            kind=part["kind"],
            state=LevyState(part["state"]),
            net=Money.maybe(part["net_minor"], currency),
            gross=Money.maybe(part["gross_minor"], currency),
            exempt=part["exempt"],
            rules=list(part["rule_ids"])[:5],
            verified=part["verified"],
        )


@ruled(HOLDER)
@strawberry.type
class LineTax:
    """The tax of a line as its invoice shows it: under the margin scheme neither rate nor tax."""

    scheme: str = strawberry.field(description=SCHEME)
    gross: Money = strawberry.field(description="All that is paid but our service fee.")
    net: Money | None = strawberry.field(description="Without tax; `null` where it is not shown.")
    tax: Money | None = strawberry.field(description="The tax; `null` where it is not shown.")
    rate: str | None = strawberry.field(description="Per cent; `null` where it is not shown.")
    country: str | None = strawberry.field(description="Whose rate it is.")
    collected_by: str = strawberry.field(description="`MERCHANT` or `PLATFORM`.")
    words: list[str] = strawberry.field(description="What the law wants said. At most 10.")
    reference: str | None = strawberry.field(description="Ground of an exemption.")
    import_vat_at_border: bool = strawberry.field(
        description="Whether tax is asked for at the border besides."
    )
    deductible: bool = strawberry.field(description="Whether a business may deduct it.")
    sales_tax: list[SalesTaxPart] = strawberry.field(
        description="A sales tax by authority. At most 10."
    )
    levies: list[LineLevy] = strawberry.field(description="Levies inside the price. At most 5.")
    verified: bool = strawberry.field(
        description="Whether every rule used was compared with the law."
    )

    @classmethod
    def of(cls, shown: Mapping[str, Any], scheme: str) -> Self:
        currency = shown["currency"]
        return cls(
            scheme=scheme,
            gross=Money.of(shown["s_minor"], currency),
            net=Money.maybe(shown["net_minor"], currency),
            tax=Money.maybe(shown["vat_minor"], currency),
            words=list(shown["words"].values())[:MOST_PARTS],
            reference=shown["reference"] if shown["scheme"] else None,
            levies=[LineLevy.of(each, currency) for each in shown["levies"][:5]],
            sales_tax=[SalesTaxPart.of(p, currency) for p in shown["jurisdictions"][:MOST_PARTS]],
            **{name: shown[name] for name in _SAME},
        )


_SAME = ("rate", "country", "collected_by", "import_vat_at_border", "deductible", "verified")


@ruled(READ)
@strawberry.type
class TaxCredit:
    """What went back of a line, and the tax in it."""

    refunded: Money = strawberry.field(description="What went back, without our service fee.")
    tax: Money | None = strawberry.field(description="The tax in it; `null` where not shown.")
    left: LineTax = strawberry.field(description="The line with what stays paid.")

    @classmethod
    def of(cls, kept: "Kept") -> Self | None:
        credit = kept.credit
        if credit is None:
            return None
        shown, currency = credit.left.shown(), kept.tax.currency.value
        hidden = shown["vat_minor"] is None
        return cls(
            refunded=Money.of(credit.refunded_minor, currency),
            tax=None if hidden else Money.maybe(credit.vat_minor, currency),
            left=LineTax.of(shown, kept.tax.name),
        )


@ruled(MERCHANT)
@strawberry.type
class MarginTax:
    """Your tax on a line under the margin scheme: nobody but you sees it."""

    complete: bool = strawberry.field(description="Whether the evidence of the device is there.")
    missing: list[str] = strawberry.field(
        description="`acquisition`, or of it `boughtOn` `country` `currency`. At most 3."
    )
    purchase: Money | None = strawberry.field(description="What the supplier got.")
    margin: Money | None = strawberry.field(description="Of this line alone; a loss is 0.")
    tax: Money | None = strawberry.field(description="In the margin, after what was refunded.")
    rate: str | None = strawberry.field(description="Per cent.")
    rules: list[str] = strawberry.field(description="Ids of the rules used. At most 20.")

    @classmethod
    def of(cls, kept: "Kept") -> Self:
        tax = kept.credit.left if kept.credit else kept.tax
        currency = tax.currency.value
        return cls(
            complete=not kept.missing,
            missing=kept.missing[:3],
            purchase=Money.maybe(tax.purchase_minor, currency),
            margin=Money.maybe(tax.margin_minor, currency),
            tax=Money.maybe(tax.vat_minor, currency),
            rate=tax.rate,
            rules=list(tax.rule_ids)[:20],
        )


@ruled(READ)
@strawberry.type
class InvoiceParty:
    """A side of an invoice."""

    name: str | None = strawberry.field(
        description="`null` for a person whose data was erased, and for this server's operator."
    )
    address: list[str] = strawberry.field(description="Lines of it, as far as known. At most 6.")
    country: str | None = strawberry.field(description="ISO 3166-1 alpha-2.")
    vat_number: str | None = strawberry.field(description="With its prefix, where known.")

    @classmethod
    def of(cls, party: "Party") -> Self:
        return cls(
            name=party.name or None,
            address=list(party.address)[:6],
            country=party.country or None,
            vat_number=party.vat_number or None,
        )


@ruled(READ)
@strawberry.type
class OrderInvoiceLine:
    """A device on an invoice."""

    order_line: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")
    title: str = strawberry.field(description="What was bought.")
    serial: str | None = strawberry.field(description="Last characters of what it is known by.")
    gross: Money = strawberry.field(description="What is paid for it, without our service fee.")
    net: Money | None = strawberry.field(description="`null` where it must not be shown.")
    tax: Money | None = strawberry.field(description="`null` where it must not be shown.")
    rate: str | None = strawberry.field(description="`null` where it must not be shown.")
    words: list[str] = strawberry.field(description="What must stand on the line. At most 10.")

    @classmethod
    def of(cls, line_id: UUID, line: "InvoiceLine", currency: str) -> Self:
        return cls(
            order_line=strawberry.ID(str(global_id("OrderLine", line_id))),
            title=line.title,
            serial=line.serial or None,
            gross=Money.of(line.gross_minor, currency),
            net=Money.maybe(line.net_minor, currency),
            tax=Money.maybe(line.vat_minor, currency),
            rate=line.rate,
            words=list(line.words)[:10],
        )


@ruled(READ)
@strawberry.type
class InvoiceTaxTotal:
    """What the lines of one country and rate come to."""

    country: str = strawberry.field(description="Whose rate it is.")
    rate: str = strawberry.field(description="Per cent.")
    net: Money = strawberry.field(description="Without tax.")
    tax: Money = strawberry.field(description="The tax.")


@ruled(READ)
@strawberry.type
class OrderInvoice:
    """What the invoice of an order says. It has no number: whoever issues it numbers it."""

    issued_on: date = strawberry.field(description="Day on which the last device was shipped.")
    language: str = strawberry.field(description="ISO 639-1.")
    issued_by: str = strawberry.field(description="Who sells for VAT: `MERCHANT` or `PLATFORM`.")
    seller: InvoiceParty = strawberry.field(description="Who issues it.")
    buyer: InvoiceParty = strawberry.field(description="Who bought.")
    lines: list[OrderInvoiceLine] = strawberry.field(
        description="The devices that were shipped. At most 100."
    )
    summary: list[InvoiceTaxTotal] = strawberry.field(
        description="By country and rate, of lines that show them. At most 20."
    )
    sales_tax: list[SalesTaxPart] = strawberry.field(
        description="Sales tax by authority. At most 20."
    )
    gross: Money = strawberry.field(description="The sum of the lines.")
    tax: Money | None = strawberry.field(description="The sum of those lines that show a tax.")
    words: list[str] = strawberry.field(description="All that the lines say. At most 20.")
    rules: list[str] = strawberry.field(description="Ids of the rules used. At most 50.")

    @classmethod
    def of(cls, made: "Made") -> Self:
        found: Invoice = made.invoice
        currency = found.currency.value
        lines = zip(made.lines, found.lines, strict=True)
        return cls(
            issued_on=found.issued_on,
            language=found.language,
            issued_by=made.issued_by,
            seller=InvoiceParty.of(found.seller),
            buyer=InvoiceParty.of(found.buyer),
            lines=[OrderInvoiceLine.of(n, line, currency) for n, line in lines][:100],
            summary=[
                InvoiceTaxTotal(
                    country=each.country,
                    rate=each.rate,
                    net=Money.of(each.net_minor, currency),
                    tax=Money.of(each.vat_minor, currency),
                )
                for each in found.summary[:20]
            ],
            sales_tax=[
                SalesTaxPart(
                    level=each.level,
                    name=each.name,
                    rate=each.rate,
                    amount=Money.of(each.amount_minor, currency),
                )
                for each in found.sales_tax[:20]
            ],
            gross=Money.of(found.gross_minor, currency),
            tax=Money.maybe(found.vat_minor, currency),
            words=list(found.words)[:20],
            rules=list(found.rule_ids)[:50],
        )


@ruled(READ)
@strawberry.type
class InvoiceNotReady(Problem):
    """There is no invoice of the order yet: `reason` says why."""

    reason: str = strawberry.field(
        description="`NOT_SHIPPED` `NOTHING_SOLD` `TAX_UNKNOWN` `EVIDENCE_MISSING` "
        "`VAT_NUMBER_MISSING` `MIXED` `RULE_MISSING` `RULE_UNVERIFIED` `RULE_CONFLICT`."
    )


OrderInvoiceResult = Annotated[
    OrderInvoice | InvoiceNotReady,
    strawberry.union("OrderInvoiceResult", description="The invoice, or why there is none."),
]


async def invoice_of(info: Info, order_id: UUID) -> OrderInvoice | InvoiceNotReady:
    """The invoice of an order that the caller has read."""
    found = await resolvers.invoice(info.context, order_id)
    if not isinstance(found, NotReady):
        return OrderInvoice.of(found)
    message = f"The order has no invoice: {found.reason}."
    hint = "It is there once all of its devices were shipped."
    texts = told(info, "INVOICE_NOT_READY", message, ["orderId"], hint)
    return InvoiceNotReady(**texts, reason=found.reason)


@strawberry.type
class InvoicesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def order_invoice(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="Id of the `Order`.")],
    ) -> OrderInvoiceResult | None:
        """What the invoice of an order says; `null` for one that is not yours.

        For its customer, its merchant with `orders:read`, and staff of its market.
        """
        found = row_id(order_id, "Order", "orderId")
        if found is None or not await resolvers.sees(info.context, found):
            return None
        return await invoice_of(info, found)
