"""The sites of an organisation, for its members."""

from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.accounts.organisations import Opening
from resolvers.accounts import organisations, sites
from resolvers.context import BadInput
from schema.accounts import told
from schema.accounts.organisations import COUNTRY, READ, VERSION, WRITE, Stale, stale
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    Node,
    NodeId,
    PageInfo,
    Problem,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import OWN, ruled

if TYPE_CHECKING:
    from models.accounts.organisations import Site as SiteRow

_HOURS = "When pickups may come, in the site's own time; none says nothing. At most 21."
_ZONE = "Name of the time zone, such as `Europe/Paris`."


@ruled(READ)
@strawberry.type
class SiteAddress:
    """Where a site is."""

    street: str = strawberry.field(description="Street and number.")
    city: str = strawberry.field(description="Town.")
    postal_code: str | None = strawberry.field(description="Postal code, where there are any.")
    region: str | None = strawberry.field(description="Region or state.")


@ruled(READ)
@strawberry.type
class SiteContact:
    """Whom the driver asks for."""

    name: str | None = strawberry.field(description="A name.")
    email: str | None = strawberry.field(description="An e-mail address.")
    phone: str | None = strawberry.field(description="A telephone number.")


@ruled(READ)
@strawberry.type
class OpeningHours:
    """When pickups may come on a weekday."""

    weekday: int = strawberry.field(description="1 is Monday, 7 Sunday.")
    opens: time = strawberry.field(description="From then on, in the site's own time.")
    closes: time = strawberry.field(description="Until then.")


@ruled(READ)
@strawberry.type
class Site(Node):
    """Where an organisation's devices stand and are fetched."""

    name: str = strawberry.field(description="What it is called.")
    address: SiteAddress = strawberry.field(description="Where it is.")
    country: str = strawberry.field(description=COUNTRY)
    contact: SiteContact = strawberry.field(description="Whom the driver asks for.")
    time_zone: str = strawberry.field(description=_ZONE)
    hours: list[OpeningHours] = strawberry.field(description=_HOURS)
    closed_at: datetime | None = strawberry.field(description="When it was closed.")
    version: int = strawberry.field(description="Grows with each change.")

    @classmethod
    def of(cls, row: "SiteRow") -> Self:
        address, contact = row.said.address, row.said.contact
        return cls(
            id=global_id("Site", row.id),
            name=row.said.name,
            address=SiteAddress(
                street=address.get("street", ""),
                city=address.get("city", ""),
                postal_code=address.get("postalCode"),
                region=address.get("region"),
            ),
            country=row.said.country,
            contact=SiteContact(
                name=contact.get("name"), email=contact.get("email"), phone=contact.get("phone")
            ),
            time_zone=row.said.time_zone,
            hours=[
                OpeningHours(weekday=each.weekday, opens=each.opens, closes=each.closes)
                for each in row.said.hours
            ],
            closed_at=row.closed_at,
            version=row.version,
        )


@ruled(READ)
@strawberry.type
class SiteConnection:
    """Sites, page by page, newest first."""

    edges: list[Edge[Site]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class SiteAddressInput:
    """Where a site is."""

    street: str = strawberry.field(description="Street and number, 200 characters.")
    city: str = strawberry.field(description="Town, 100 characters.")
    postal_code: str | None = strawberry.field(default=None, description="20 characters.")
    region: str | None = strawberry.field(default=None, description="100 characters.")


@strawberry.input
class SiteContactInput:
    """Whom the driver asks for."""

    name: str | None = strawberry.field(default=None, description="100 characters.")
    email: str | None = strawberry.field(default=None, description="254 characters.")
    phone: str | None = strawberry.field(default=None, description="30 characters.")


@strawberry.input
class OpeningHoursInput:
    """When pickups may come on a weekday."""

    weekday: int = strawberry.field(description="1 is Monday, 7 Sunday.")
    opens: time = strawberry.field(description="From then on, such as `09:00`.")
    closes: time = strawberry.field(description="Until then, such as `17:30`.")


@strawberry.input
class CreateSiteInput:
    """What the site is."""

    name: str = strawberry.field(description="What it is called, 100 characters; no two alike.")
    address: SiteAddressInput = strawberry.field(description="Where it is.")
    country: str = strawberry.field(description=COUNTRY)
    time_zone: str = strawberry.field(description=_ZONE)
    idempotency_key: str = strawberry.field(description=ONCE)
    contact: SiteContactInput | None = strawberry.field(
        default=None, description="Whom the driver asks for."
    )
    hours: list[OpeningHoursInput] = strawberry.field(default_factory=list, description=_HOURS)


@strawberry.input
class UpdateSiteInput:
    """What is to change; what is left out stays."""

    id: strawberry.ID = strawberry.field(description="Id of the `Site`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    name: str | None = strawberry.field(default=None, description="What it is called.")
    address: SiteAddressInput | None = strawberry.field(default=None, description="Where it is.")
    country: str | None = strawberry.field(default=None, description=COUNTRY)
    time_zone: str | None = strawberry.field(default=None, description=_ZONE)
    contact: SiteContactInput | None = strawberry.field(
        default=None, description="Whom the driver asks for, instead of whom it was."
    )
    hours: list[OpeningHoursInput] | None = strawberry.field(default=None, description=_HOURS)
    expected_version: int | None = strawberry.field(default=None, description=VERSION)


@strawberry.input
class CloseSiteInput:
    """Which site is closed."""

    id: strawberry.ID = strawberry.field(description="Id of the `Site`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class SiteCreated:
    """The site."""

    site: Site = strawberry.field(description="The site.")


@ruled(OWN)
@strawberry.type
class SiteUpdated:
    """The site as it is now."""

    site: Site = strawberry.field(description="The site.")


@ruled(OWN)
@strawberry.type
class SiteClosed:
    """Nothing new is fetched there."""

    site: Site = strawberry.field(description="The site.")


@ruled(OWN)
@strawberry.type
class SiteUnknown(Problem):
    """You have no such site, or it was closed."""


@ruled(OWN)
@strawberry.type
class SiteNameTaken(Problem):
    """One of your open sites has this name."""

    name: str = strawberry.field(description="The name.")


@ruled(OWN)
@strawberry.type
class SiteLimitReached(Problem):
    """You have as many open sites as one may."""

    limit: int = strawberry.field(description="How many.")


CreateSiteResult = Annotated[
    SiteCreated | SiteNameTaken | SiteLimitReached,
    strawberry.union("CreateSiteResult", description="The site, or a refusal."),
]
UpdateSiteResult = Annotated[
    SiteUpdated | SiteUnknown | SiteNameTaken | Stale,
    strawberry.union("UpdateSiteResult", description="The site, or a refusal."),
]
CloseSiteResult = Annotated[
    SiteClosed | SiteUnknown,
    strawberry.union("CloseSiteResult", description="The site, or a refusal."),
]


@strawberry.type
class SitesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READ})
    async def sites(
        self,
        info: Info,
        closed: Annotated[
            bool, strawberry.argument(description="Whether closed ones are listed too.")
        ] = False,
        first: First = 24,
        after: After = None,
    ) -> SiteConnection:
        """Your sites, newest first: those that you are limited to, if you are."""
        page = await sites.sites(info.context, first, after, closed=closed)
        return SiteConnection(edges=edges(page, Site.of), page_info=page_info(page, after))

    @strawberry.field(metadata={"rule": READ})
    async def site(self, info: Info, id: NodeId) -> Site | None:
        """One of your sites; `null` for any other. Needs `members:read`."""
        found = row_id(id, "Site", "id")
        row = await sites.site(info.context, found) if found else None
        return Site.of(row) if row else None


@strawberry.type
class SitesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def create_site(
        self,
        info: Info,
        input: Annotated[CreateSiteInput, strawberry.argument(description="What.")],
    ) -> CreateSiteResult:
        """Add a site. Needs `members:write`."""
        key = idempotency_key(input.idempotency_key)
        found = await sites.create(info.context, _order(input), key)
        match found:
            case sites.SiteNameTaken(name):
                return _name_taken(info, name)
            case sites.TooManySites(limit):
                said = told(
                    info,
                    "SITE_LIMIT_REACHED",
                    f"There are {limit} open sites already.",
                    ["input"],
                    "`closeSite` ends one.",
                )
                return SiteLimitReached(**said, limit=limit)
            case sites.SiteUnknown() | organisations.Stale():
                raise LookupError("a site that was made is there")
            case row:
                return SiteCreated(site=Site.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def update_site(
        self,
        info: Info,
        input: Annotated[UpdateSiteInput, strawberry.argument(description="What.")],
    ) -> UpdateSiteResult:
        """Change an open site. Needs `members:write`."""
        site_id = row_id(input.id, "Site", "id")
        if site_id is None:
            raise BadInput("`id` names no site.", argument="id")
        key, version = idempotency_key(input.idempotency_key), input.expected_version
        match await sites.update(info.context, site_id, _order(input), version, key):
            case sites.SiteNameTaken(name):
                return _name_taken(info, name)
            case organisations.Stale(current_version):
                return stale(info, current_version)
            case sites.SiteUnknown() | sites.TooManySites():
                return _unknown(info)
            case row:
                return SiteUpdated(site=Site.of(row))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def close_site(
        self,
        info: Info,
        input: Annotated[CloseSiteInput, strawberry.argument(description="Which.")],
    ) -> CloseSiteResult:
        """Close a site; its assets stay where they are. Needs `members:write`."""
        site_id = row_id(input.id, "Site", "id")
        if site_id is None:
            raise BadInput("`id` names no site.", argument="id")
        key = idempotency_key(input.idempotency_key)
        found = await sites.close(info.context, site_id, key)
        if isinstance(found, sites.Refusal):
            return _unknown(info)
        return SiteClosed(site=Site.of(found))


def _unknown(info: Info) -> SiteUnknown:
    message = "You have no such open site."
    return SiteUnknown(**told(info, "SITE_UNKNOWN", message, ["input", "id"], "See `sites`."))


def _name_taken(info: Info, name: str) -> SiteNameTaken:
    message = "One of your sites has this name."
    said = told(info, "SITE_NAME_TAKEN", message, ["input", "name"], "Name it otherwise.")
    return SiteNameTaken(**said, name=name)


def _order(given: CreateSiteInput | UpdateSiteInput) -> sites.Order:
    address, contact, hours = given.address, given.contact, given.hours
    return sites.Order(
        given.name,
        None
        if address is None
        else {
            "street": address.street,
            "city": address.city,
            "postalCode": address.postal_code or "",
            "region": address.region or "",
        },
        given.country,
        None
        if contact is None
        else {
            "name": contact.name or "",
            "email": contact.email or "",
            "phone": contact.phone or "",
        },
        given.time_zone,
        None if hours is None else [Opening(h.weekday, h.opens, h.closes) for h in hours],
    )
