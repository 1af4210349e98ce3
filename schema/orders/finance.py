"""What a merchant earned, and what of it is owed to it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Self

import strawberry

from domain.money import Currency
from domain.orders.ledger import LedgerAccount, LedgerKind
from resolvers.orders import finance as resolvers
from schema.common import (
    After,
    Edge,
    First,
    Info,
    Money,
    PageInfo,
    edges,
    global_id,
    page_info,
)
from schema.orders.payments import line_of
from schema.rules import MERCHANT, AllOf, Scope, ruled

if TYPE_CHECKING:
    from models.orders.ledger import Balance, Month, Posting

READ = AllOf((Scope(resolvers.READ), MERCHANT))
strawberry.enum(LedgerKind, description="Why money moved.")
strawberry.enum(LedgerAccount, description="Where money stands in the ledger.")


@ruled(READ)
@strawberry.type
class MerchantBalance:
    """What you have with us in one currency."""

    currency: Currency = strawberry.field(description="ISO 4217 code.")
    held: Money = strawberry.field(
        description="Earned by lines that can still be returned; released when they cannot."
    )
    owed: Money = strawberry.field(description="Yours for good; below 0 is what you owe us.")

    @classmethod
    def of(cls, row: "Balance") -> Self:
        return cls(
            currency=Currency(row.currency),
            held=Money.of(row.held_minor, row.currency),
            owed=Money.of(row.owed_minor, row.currency),
        )


@ruled(READ)
@strawberry.type
class LedgerEntry:
    """One movement of your money."""

    at: datetime = strawberry.field(description="When it counts.")
    kind: LedgerKind = strawberry.field(description="Why.")
    account: LedgerAccount = strawberry.field(description="`MERCHANT_HELD` or `MERCHANT_OWED`.")
    amount: Money = strawberry.field(description="What the account gained; below 0 is lost.")
    balance: Money = strawberry.field(description="Held and owed together, after it.")
    order_id: strawberry.ID | None = strawberry.field(description="The order that it is about.")
    order_line_id: strawberry.ID | None = strawberry.field(description="The line.")

    @classmethod
    def of(cls, row: "Posting") -> Self:
        return cls(
            at=row.at,
            kind=row.kind,
            account=row.account,
            amount=Money.of(row.amount_minor, row.currency),
            balance=Money.of(row.balance_minor, row.currency),
            order_id=strawberry.ID(str(global_id("Order", row.order_id))) if row.order_id else None,
            order_line_id=line_of(row.line_id),
        )


@ruled(READ)
@strawberry.type
class LedgerConnection:
    """Movements of your money, the newest first."""

    edges: list[Edge[LedgerEntry]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")

    @strawberry.field
    async def balances(self, info: Info) -> list[MerchantBalance]:
        """What you have with us now, by currency. At most 40."""
        return [MerchantBalance.of(row) for row in await resolvers.balances(info.context)]


@ruled(READ)
@strawberry.type
class Statement:
    """What moved in one month, UTC, in one currency."""

    month: date = strawberry.field(description="Its first day.")
    currency: Currency = strawberry.field(description="ISO 4217 code.")
    lines: int = strawberry.field(description="Lines that were paid.")
    sales: Money = strawberry.field(description="Earned by them.")
    refunds: Money = strawberry.field(description="Given back of earnings.")
    released: Money = strawberry.field(description="Owed to you for good since.")

    @classmethod
    def of(cls, row: "Month") -> Self:
        return cls(
            month=row.month,
            currency=Currency(row.currency),
            lines=row.lines,
            sales=Money.of(row.sales_minor, row.currency),
            refunds=Money.of(row.refunds_minor, row.currency),
            released=Money.of(row.released_minor, row.currency),
        )


@ruled(READ)
@strawberry.type
class StatementConnection:
    """Your months, the newest first."""

    edges: list[Edge[Statement]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.type
class FinanceQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def ledger(self, info: Info, first: First = 24, after: After = None) -> LedgerConnection:
        """Every movement of your money, with what we owed you after it."""
        page = await resolvers.entries(info.context, first, after)
        return LedgerConnection(edges=edges(page, LedgerEntry.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READ})
    async def statements(
        self, info: Info, first: First = 24, after: After = None
    ) -> StatementConnection:
        """What you earned, month by month and currency by currency."""
        page = await resolvers.months(info.context, first, after)
        return StatementConnection(
            edges=edges(page, Statement.of), page_info=page_info(page, after)
        )
