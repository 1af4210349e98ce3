"""Organisations and their sites, for their members; anybody who signed in may found one."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.accounts.roles import MEMBERS_READ, MEMBERS_WRITE
from resolvers.accounts import organisations as resolvers
from schema.accounts import told
from schema.common import (
    ONCE,
    Info,
    Node,
    Problem,
    global_id,
    idempotency_key,
)
from schema.rules import ORGANISATION, OWN, PERSON, AllOf, Scope, ruled

if TYPE_CHECKING:
    from models.accounts import Organisation as Row

READ = AllOf((ORGANISATION, Scope(MEMBERS_READ)))
WRITE = AllOf((ORGANISATION, Scope(MEMBERS_WRITE)))
COUNTRY = "ISO 3166-1 alpha-2 code, such as `FR`."
VERSION = "The `version` that you read; where it is another by now nothing is changed."


@ruled(READ)
@strawberry.type
class Organisation(Node):
    """A company that sells its devices and buys others."""

    slug: str = strawberry.field(description="Stable name in addresses.")
    name: str = strawberry.field(description="What it is called.")
    legal_name: str = strawberry.field(description="Its name by law.")
    country: str | None = strawberry.field(description="Where it has its seat.")
    vat_id: str | None = strawberry.field(description="Its VAT number, with the prefix.")
    market: str | None = strawberry.field(description="Code of the market in which it acts.")
    four_eyes: bool = strawberry.field(
        description="Whether a settlement is accepted by two of its people."
    )
    version: int = strawberry.field(description="Grows with each change.")
    created_at: datetime = strawberry.field(description="When it was entered.")

    @classmethod
    def of(cls, row: "Row") -> Self:
        return cls(
            id=global_id("Organisation", row.id),
            slug=row.slug,
            name=row.name,
            legal_name=row.legal_name,
            country=row.country,
            vat_id=row.vat_id,
            market=row.market,
            four_eyes=row.four_eyes,
            version=row.version,
            created_at=row.created_at,
        )


@strawberry.input
class CreateOrganisationInput:
    """What the organisation is."""

    name: str = strawberry.field(description="What it is called, 200 characters.")
    legal_name: str = strawberry.field(description="Its name by law, 200 characters.")
    country: str = strawberry.field(description=COUNTRY)
    market: str = strawberry.field(description="Code of the market in which it acts.")
    idempotency_key: str = strawberry.field(description=ONCE)
    vat_id: str | None = strawberry.field(default=None, description="Its VAT number.")


@strawberry.input
class UpdateOrganisationInput:
    """What is to change; what is left out stays."""

    idempotency_key: str = strawberry.field(description=ONCE)
    name: str | None = strawberry.field(default=None, description="What it is called.")
    legal_name: str | None = strawberry.field(default=None, description="Its name by law.")
    country: str | None = strawberry.field(default=None, description=COUNTRY)
    market: str | None = strawberry.field(default=None, description="Code of its market.")
    vat_id: str | None = strawberry.field(default=None, description="Its VAT number.")
    four_eyes: bool | None = strawberry.field(
        default=None,
        description="Whether two people accept a settlement. Only an administrator says it.",
    )
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@ruled(OWN)
@strawberry.type
class OrganisationCreated:
    """You are its administrator: `actFor` begins a session that acts for it."""

    id: strawberry.relay.GlobalID = strawberry.field(description="Id of the `Organisation`.")
    slug: str = strawberry.field(description="Stable name in addresses.")
    name: str = strawberry.field(description="What it is called.")


@ruled(OWN)
@strawberry.type
class OrganisationUpdated:
    """The organisation as it is now."""

    organisation: Organisation = strawberry.field(description="The organisation.")


@ruled(OWN)
@strawberry.type
class VatIdInvalid(Problem):
    """There is no such VAT number in that country: its form or its check digits are wrong."""

    country: str = strawberry.field(description="The country that it was judged for.")


@ruled(OWN)
@strawberry.type
class OrganisationLimitReached(Problem):
    """You are the administrator of as many organisations as one person may."""

    limit: int = strawberry.field(description="How many.")


@ruled(OWN)
@strawberry.type
class Stale(Problem):
    """Somebody changed it meanwhile: read it again."""

    current_version: int = strawberry.field(description="Its version now.")


CreateOrganisationResult = Annotated[
    OrganisationCreated | VatIdInvalid | OrganisationLimitReached,
    strawberry.union("CreateOrganisationResult", description="The organisation, or a refusal."),
]
UpdateOrganisationResult = Annotated[
    OrganisationUpdated | VatIdInvalid | Stale,
    strawberry.union("UpdateOrganisationResult", description="The organisation, or a refusal."),
]


@strawberry.type
class OrganisationsQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def organisation(self, info: Info) -> Organisation | None:
        """Your organisation. Needs `members:read`, which every member has."""
        row = await resolvers.organisation(info.context)
        return Organisation.of(row) if row else None


@strawberry.type
class OrganisationsMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": PERSON})
    async def create_organisation(
        self,
        info: Info,
        input: Annotated[CreateOrganisationInput, strawberry.argument(description="What.")],
    ) -> CreateOrganisationResult:
        """Found an organisation; you are its administrator. Needs a person's token."""
        order = resolvers.Order(
            input.name, input.legal_name, input.country, input.vat_id, input.market
        )
        key = idempotency_key(input.idempotency_key)
        match await resolvers.create(info.context, order, key):
            case resolvers.VatIdInvalid(country):
                return _vat_id_invalid(info, country)
            case resolvers.TooManyOrganisations(limit):
                said = told(
                    info,
                    "ORGANISATION_LIMIT_REACHED",
                    f"You administer {limit} organisations already.",
                    ["input"],
                    "Let somebody else be the administrator of one of them.",
                )
                return OrganisationLimitReached(**said, limit=limit)
            case row:
                return OrganisationCreated(
                    id=global_id("Organisation", row.id), slug=row.slug, name=row.name
                )

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_organisation(
        self,
        info: Info,
        input: Annotated[UpdateOrganisationInput, strawberry.argument(description="What.")],
    ) -> UpdateOrganisationResult:
        """Change what is said of your organisation. Needs `members:write`."""
        order = resolvers.Order(
            input.name,
            input.legal_name,
            input.country,
            input.vat_id,
            input.market,
            input.four_eyes,
        )
        key, version = idempotency_key(input.idempotency_key), input.expected_version
        match await resolvers.update(info.context, order, version, key):
            case resolvers.VatIdInvalid(country):
                return _vat_id_invalid(info, country)
            case resolvers.Stale(current_version):
                return stale(info, current_version)
            case row:
                return OrganisationUpdated(organisation=Organisation.of(row))


def stale(info: Info, current_version: int) -> Stale:
    """The refusal of a change of something that was changed meanwhile."""
    said = told(
        info,
        "STALE",
        "Somebody changed it meanwhile.",
        ["input", "expectedVersion"],
        "Read it again, and decide again.",
    )
    return Stale(**said, current_version=current_version)


def _vat_id_invalid(info: Info, country: str) -> VatIdInvalid:
    message = f"There is no such VAT number in {country}."
    said = told(info, "VAT_ID_INVALID", message, ["input", "vatId"], "Check each digit.")
    return VatIdInvalid(**said, country=country)
