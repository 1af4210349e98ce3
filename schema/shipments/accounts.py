"""A merchant's own accounts with carriers."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.shipments.carriers import SecretsWrong, TrackingApi
from resolvers.context import BadInput
from resolvers.shipments import accounts as resolvers
from schema.common import ONCE, Info, Problem, global_id, idempotency_key
from schema.rules import OWN, Scope, ruled

if TYPE_CHECKING:
    from models.shipments.accounts import Listed

READ, WRITE = Scope(resolvers.READ), Scope(resolvers.WRITE)
MOST_SECRETS = 10


@ruled(READ)
@strawberry.type
class CarrierAccount:
    """Your credential with a carrier or an aggregator. Its secrets are never shown again."""

    id: strawberry.ID = strawberry.field(description="Names the account.")
    api: TrackingApi = strawberry.field(description="The API that it opens.")
    name: str = strawberry.field(description="Your name for it.")
    pushes: bool = strawberry.field(description="Whether it may push to us.")
    push_path: str = strawberry.field(description="Where it pushes to, after this server's name.")
    per_second: Decimal | None = strawberry.field(
        description="Calls a second that your contract allows; `null`: what everybody may."
    )
    per_day: int | None = strawberry.field(description="The same of a day.")
    failures: int = strawberry.field(description="Calls in a row that were not answered.")
    open_until: datetime | None = strawberry.field(
        description="Nothing is asked until then: 10 calls in a row failed."
    )
    paused_until: datetime | None = strawberry.field(
        description="Nothing is asked until then: the carrier said so."
    )
    disabled_at: datetime | None = strawberry.field(
        description="When the carrier refused it. Set it again to use it again."
    )
    disabled_because: str | None = strawberry.field(description="Why: `CREDENTIAL_REFUSED`.")
    updated_at: datetime = strawberry.field(description="Last change.")

    @classmethod
    def of(cls, row: "Listed") -> Self:
        return cls(
            id=strawberry.ID(str(global_id("CarrierAccount", row.id))),
            api=row.api,
            name=row.name,
            pushes=row.push_secret,
            push_path=f"/webhooks/carriers/{row.api.lower()}/{row.id}",
            per_second=row.per_second,
            per_day=row.per_day,
            failures=row.failures,
            open_until=row.open_until,
            paused_until=row.paused_until,
            disabled_at=row.disabled_at,
            disabled_because=row.disabled_because,
            updated_at=row.updated_at,
        )


@strawberry.input
class CarrierSecretInput:
    """One secret of an account."""

    name: str = strawberry.field(description="As docs/carriers.md names it: `client_id`.")
    value: str = strawberry.field(description="The secret, 4,000 characters.")


@strawberry.input
class SetCarrierAccountInput:
    """Your account with an API."""

    api: TrackingApi = strawberry.field(description="The API.")
    secrets: list[CarrierSecretInput] = strawberry.field(
        description="All that the API needs, at most 10."
    )
    idempotency_key: str = strawberry.field(description=ONCE)
    push_secret: str | None = strawberry.field(
        default=None, description="What its pushes are signed with; left out, it stays."
    )
    name: str = strawberry.field(default="", description="Your name for it, 100 characters.")
    per_second: Decimal | None = strawberry.field(
        default=None, description="Calls a second that your contract allows."
    )
    per_day: int | None = strawberry.field(
        default=None, description="Calls a day, or numbers where the carrier counts these."
    )


@strawberry.input
class RemoveCarrierAccountInput:
    """Which account."""

    api: TrackingApi = strawberry.field(description="The API.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class CarrierAccountSet:
    """The account is as you said, and works again if it did not."""

    account: CarrierAccount = strawberry.field(description="The account.")


@ruled(OWN)
@strawberry.type
class CarrierAccountRemoved:
    """The account and its secrets are gone: the platform's own follows your parcels."""

    api: TrackingApi = strawberry.field(description="The API.")


@ruled(OWN)
@strawberry.type
class CarrierSecretsWrong(Problem):
    """The API is opened by other secrets than these."""

    missing: list[str] = strawberry.field(description="Names that it needs. At most 10.")
    unknown: list[str] = strawberry.field(description="Names that it has not. At most 10.")


@ruled(OWN)
@strawberry.type
class CarrierAccountUnknown(Problem):
    """You have no account with this API."""


SetCarrierAccountResult = Annotated[
    CarrierAccountSet | CarrierSecretsWrong,
    strawberry.union("SetCarrierAccountResult", description="The account, or a refusal."),
]
RemoveCarrierAccountResult = Annotated[
    CarrierAccountRemoved | CarrierAccountUnknown,
    strawberry.union("RemoveCarrierAccountResult", description="What is gone, or a refusal."),
]


@strawberry.type
class CarrierAccountsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def carrier_accounts(self, info: Info) -> list[CarrierAccount]:
        """Your own accounts with carriers, one of an API; at most 100.

        Needs a merchant's key with `shipments:read`.
        """
        return [CarrierAccount.of(row) for row in await resolvers.accounts(info.context)]


@strawberry.type
class CarrierAccountsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE, "bulk": False})
    async def set_carrier_account(
        self,
        info: Info,
        input: Annotated[SetCarrierAccountInput, strawberry.argument(description="The account.")],
    ) -> SetCarrierAccountResult:
        """Have your parcels followed by an account of your own with a carrier.

        It is made, or given these secrets. Needs a merchant's key with `shipments:write`.
        """
        if len(input.secrets) > MOST_SECRETS:
            raise BadInput("`secrets` has at most 10 members.", argument="secrets")
        given = resolvers.Given(
            api=input.api,
            secrets={each.name[:100]: each.value for each in input.secrets},
            push_secret=input.push_secret,
            name=input.name,
            per_second=input.per_second,
            per_day=input.per_day,
        )
        key = idempotency_key(input.idempotency_key)
        match await resolvers.set_account(info.context, given, key):
            case SecretsWrong(missing, unknown):
                return CarrierSecretsWrong(
                    code="CARRIER_SECRETS_WRONG",
                    message=f"{input.api} is opened by other secrets.",
                    path=["input", "secrets"],
                    hint="`missing` are needed, `unknown` are not known.",
                    request_id=strawberry.ID(info.context.request_id),
                    missing=list(missing),
                    unknown=list(unknown),
                )
            case row:
                return CarrierAccountSet(account=CarrierAccount.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def remove_carrier_account(
        self,
        info: Info,
        input: Annotated[
            RemoveCarrierAccountInput, strawberry.argument(description="Which account.")
        ],
    ) -> RemoveCarrierAccountResult:
        """Forget your account with an API. Needs a merchant's key with `shipments:write`."""
        key = idempotency_key(input.idempotency_key)
        if await resolvers.remove_account(info.context, input.api, key):
            return CarrierAccountRemoved(api=input.api)
        return CarrierAccountUnknown(
            code="CARRIER_ACCOUNT_UNKNOWN",
            message=f"You have no account with {input.api}.",
            path=["input", "api"],
            hint="`carrierAccounts` lists yours.",
            request_id=strawberry.ID(info.context.request_id),
        )
