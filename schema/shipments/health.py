"""How well tracking goes, for the teams of countries."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.accounts.roles import Role
from domain.shipments.carriers import TrackingApi
from resolvers.shipments import health as resolvers
from schema.common import Info, global_id
from schema.rules import Staff, ruled

if TYPE_CHECKING:
    from models.shipments import health as rows

TEAM = Staff(frozenset({Role.COUNTRY_TEAM.value}))
OfMarket = Annotated[
    str | None,
    strawberry.argument(description="Parcels of this market alone; nothing means of all."),
]


@ruled(TEAM)
@strawberry.type
class UnmappedCode:
    """A carrier's code that no table knows. It changes no status."""

    api: str = strawberry.field(description="The API that told it.")
    code: str = strawberry.field(description="The code as it came.")
    label: str = strawberry.field(description="The carrier's words beside it.")
    times: int = strawberry.field(description="How often it came in 30 days.")
    last_on: date = strawberry.field(description="The day on which it last came.")


@ruled(TEAM)
@strawberry.type
class PushAge:
    """When an account was last pushed to."""

    account_id: strawberry.relay.GlobalID = strawberry.field(description="The account.")
    api: TrackingApi = strawberry.field(description="Its API.")
    last_at: datetime | None = strawberry.field(description="The last push, if any.")
    unread: int = strawberry.field(description="Pushes that no worker has read yet.")
    oldest_unread_at: datetime | None = strawberry.field(description="The first of them.")


@ruled(TEAM)
@strawberry.type
class CarrierBudget:
    """An account with a carrier: whether it works, and what it may still ask today."""

    account_id: strawberry.relay.GlobalID = strawberry.field(description="The account.")
    api: TrackingApi = strawberry.field(description="Its API.")
    merchant_id: strawberry.relay.GlobalID | None = strawberry.field(
        description="Whose it is; `null` for the platform's."
    )
    name: str = strawberry.field(description="Its name.")
    per_second: float = strawberry.field(description="Calls a second.")
    per_day: int | None = strawberry.field(
        description="Calls a day, or numbers where the carrier counts these; `null`: no limit."
    )
    day: date = strawberry.field(description="Today at the carrier.")
    used: int = strawberry.field(description="What was used of it.")
    failures: int = strawberry.field(description="Calls in a row that were not answered.")
    open_until: datetime | None = strawberry.field(description="Its circuit is open until then.")
    paused_until: datetime | None = strawberry.field(
        description="The carrier asked to wait until then."
    )
    disabled_at: datetime | None = strawberry.field(description="When its credential was refused.")
    disabled_because: str | None = strawberry.field(description="Why it was disabled.")

    @classmethod
    def of(cls, row: "rows.AccountHealth") -> Self:
        return cls(
            account_id=global_id("CarrierAccount", row.id),
            api=row.api,
            merchant_id=global_id("Merchant", row.merchant_id) if row.merchant_id else None,
            name=row.name,
            per_second=row.per_second,
            per_day=row.per_day,
            day=row.day,
            used=row.used,
            failures=row.failures,
            open_until=row.open_until,
            paused_until=row.paused_until,
            disabled_at=row.disabled_at,
            disabled_because=row.disabled_because,
        )


@ruled(TEAM)
@strawberry.type
class TrackingHealth:
    """Tracking at this moment."""

    parcels: int = strawberry.field(description="Parcels that are followed.")
    stalled: int = strawberry.field(description="Those that stand still.")
    unassigned: int = strawberry.field(description="Those that no account follows yet.")
    waiting: int = strawberry.field(description="Those that should have been asked about by now.")
    oldest_unpolled: datetime | None = strawberry.field(
        description="When the first of these was due; `null` where none waits."
    )
    unmapped_codes: list[UnmappedCode] = strawberry.field(
        description="Codes that no table knows, the most frequent first. At most 100."
    )
    webhook_age: list[PushAge] = strawberry.field(
        description="Accounts that are pushed to. At most 100."
    )
    disabled_accounts: list[CarrierBudget] = strawberry.field(
        description="Accounts whose credential the carrier refused. At most 100."
    )
    budgets: list[CarrierBudget] = strawberry.field(
        description="All accounts, disabled ones first. At most 100."
    )

    @classmethod
    def of(cls, row: "rows.Health") -> Self:
        return cls(
            parcels=row.parcels,
            stalled=row.stalled,
            unassigned=row.unassigned,
            waiting=row.waiting,
            oldest_unpolled=row.oldest_unpolled,
            unmapped_codes=[
                UnmappedCode(
                    api=code.api,
                    code=code.code,
                    label=code.label,
                    times=code.times,
                    last_on=code.last_on,
                )
                for code in row.unmapped
            ],
            webhook_age=[
                PushAge(
                    account_id=global_id("CarrierAccount", push.account_id),
                    api=push.api,
                    last_at=push.last_at,
                    unread=push.unread,
                    oldest_unread_at=push.oldest_unread_at,
                )
                for push in row.pushes
            ],
            disabled_accounts=[CarrierBudget.of(a) for a in row.accounts if a.disabled_at],
            budgets=[CarrierBudget.of(account) for account in row.accounts],
        )


@strawberry.type
class TrackingHealthQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": TEAM})
    async def tracking_health(self, info: Info, market: OfMarket = None) -> TrackingHealth:
        """What waits to be asked, what nobody can read, which accounts do not work.

        For the country team; without `market`, for those who look after all of them.
        """
        return TrackingHealth.of(await resolvers.tracking_health(info.context, market))
