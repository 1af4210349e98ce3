"""What was changed by whom, and what keys asked for."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry
from strawberry.scalars import JSON

from domain.accounts.roles import AUDIT_READ, CallerKind
from resolvers.accounts import audit as resolvers
from resolvers.accounts import usage
from schema.accounts.keys import COUNTRY, OfMerchant, OfOrganisation, owner_of
from schema.accounts.keys import READ as KEYS
from schema.common import After, Edge, First, Info, PageInfo, edges, page_info, row_id
from schema.rules import AnyOf, Scope, ruled

if TYPE_CHECKING:
    from models.accounts.usage import Hour
    from models.audit import Written

READ = AnyOf((COUNTRY, Scope(AUDIT_READ)))

Action = Annotated[
    str | None, strawberry.argument(description="Only this one, such as `revokeApiKey`.")
]
ObjectType = Annotated[
    str | None, strawberry.argument(description="Only changes of these, such as `ApiKey`.")
]
Since = Annotated[datetime | None, strawberry.argument(description="Only from then on.")]


@ruled(READ)
@strawberry.type
class AuditEntry:
    """One change, as it was noted in the transaction of the change."""

    id: strawberry.ID = strawberry.field(description="Names the entry; the export has it too.")
    at: datetime = strawberry.field(description="When.")
    action: str = strawberry.field(description="The mutation, or `signIn`.")
    object_type: str = strawberry.field(description="What kind of thing was changed.")
    object_id: strawberry.ID | None = strawberry.field(description="Which one, as a UUID.")
    actor_kind: str = strawberry.field(
        description="Who: `MERCHANT` and `ORGANISATION` are you, `STAFF`, `OPERATOR` not."
    )
    user_id: strawberry.ID | None = strawberry.field(
        description="The person, as a UUID; of staff only staff are told."
    )
    key_prefix: str | None = strawberry.field(description="The public part of the key.")
    before: JSON | None = strawberry.field(description="The changed fields as they were.")
    after: JSON | None = strawberry.field(description="The changed fields as they became.")
    market: str | None = strawberry.field(description="The market, where it is about one.")
    request_id: str = strawberry.field(description="The request that did it.")

    @classmethod
    def of(cls, row: "Written", info: Info) -> Self:
        hidden = row.actor_kind == "STAFF" and info.context.caller.kind is not CallerKind.STAFF
        return cls(
            id=strawberry.ID(str(row.id)),
            at=row.at,
            action=row.action,
            object_type=row.object_type,
            object_id=strawberry.ID(str(row.object_id)) if row.object_id else None,
            actor_kind=row.actor_kind,
            user_id=strawberry.ID(str(row.user_id)) if row.user_id and not hidden else None,
            key_prefix=row.key_prefix,
            before=None if row.before is None else JSON(row.before),
            after=None if row.after is None else JSON(row.after),
            market=row.market,
            request_id=row.request_id,
        )


@ruled(READ)
@strawberry.type
class AuditEntryConnection:
    """Changes, page by page, newest first."""

    edges: list[Edge[AuditEntry]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@ruled(KEYS)
@strawberry.type
class ApiUsage:
    """What was asked for."""

    requests: int = strawberry.field(description="GraphQL requests over HTTP.")
    points: float = strawberry.field(description="Points spent: `extensions.cost.actual`.")
    refused: int = strawberry.field(description="Refused with 429.")
    errors: int = strawberry.field(description="Answered with `errors`, those refused apart.")

    @classmethod
    def of(cls, row: "Hour") -> Self:
        return cls(
            requests=row.requests,
            points=round(row.points, 1),
            refused=row.refused,
            errors=row.errors,
        )


@ruled(KEYS)
@strawberry.type
class ApiUsageHour:
    """What one key asked for in one hour."""

    hour: datetime = strawberry.field(description="When the hour began.")
    key_prefix: str = strawberry.field(description="The public part of the key.")
    usage: ApiUsage = strawberry.field(description="What it asked for.")


@ruled(KEYS)
@strawberry.type
class ApiBucket:
    """What is left of what a usable key may ask for."""

    key_prefix: str = strawberry.field(description="The public part of the key.")
    limit: float = strawberry.field(description="Points that it holds when full.")
    remaining: float = strawberry.field(description="Points left now.")
    restores_per_second: float = strawberry.field(description="Points that come back a second.")


@ruled(KEYS)
@strawberry.type
class ApiUsageConnection:
    """Hours of keys, page by page, the last first."""

    edges: list[Edge[ApiUsageHour]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
    total: ApiUsage = strawberry.field(description="Of all the hours that were asked for.")
    buckets: list[ApiBucket] = strawberry.field(
        description="Of usable keys; empty where the server counts nothing. At most 100."
    )


def _hour(row: "Hour") -> ApiUsageHour:
    return ApiUsageHour(hour=row.hour, key_prefix=row.key_prefix, usage=ApiUsage.of(row))


@strawberry.type
class AuditQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def audit_log(
        self,
        info: Info,
        merchant: OfMerchant = None,
        organisation: OfOrganisation = None,
        action: Action = None,
        object_type: ObjectType = None,
        since: Since = None,
        first: First = 24,
        after: After = None,
    ) -> AuditEntryConnection:
        """Every change of what is yours, newest first. Needs `audit:read`, or a role of staff."""
        asked = resolvers.Asked(action, object_type, since)
        owner = owner_of(merchant, organisation)
        page = await resolvers.entries(info.context, owner, asked, first, after)
        return AuditEntryConnection(
            edges=edges(page, lambda row: AuditEntry.of(row, info)),
            page_info=page_info(page, after),
        )

    @strawberry.field(metadata={"rule": KEYS})
    async def api_usage(
        self,
        info: Info,
        merchant: OfMerchant = None,
        organisation: OfOrganisation = None,
        hours: Annotated[
            int, strawberry.argument(description="How far back, this hour included: 1 to 720.")
        ] = 24,
        key: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this `ApiKey`.")
        ] = None,
        first: First = 24,
        after: After = None,
    ) -> ApiUsageConnection:
        """What your keys asked for, and what they have left. Needs `keys:read`, or staff.

        A process counts for itself and writes every 5 seconds.
        """
        key_id = row_id(key, "ApiKey", "key")
        owner = owner_of(merchant, organisation)
        found = await usage.used(info.context, owner, hours, key_id, first, after)
        return ApiUsageConnection(
            edges=edges(found.page, _hour),
            page_info=page_info(found.page, after),
            total=ApiUsage.of(found.total),
            buckets=[
                ApiBucket(
                    key_prefix=prefix,
                    limit=level.limit,
                    remaining=round(level.remaining, 1),
                    restores_per_second=level.restores_per_second,
                )
                for prefix, level in found.levels.items()
            ],
        )
