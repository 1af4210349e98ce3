"""The sites of an organisation: where devices stand, and when they can be fetched.

Source: docs/organisations.md, "Sites".
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.accounts.organisations import MOST_SITES, Opening, openings_clash
from domain.accounts.roles import MEMBERS_READ, MEMBERS_WRITE
from models.accounts import organisations as stored
from models.accounts.organisations import Site, SiteFacts
from models.offers.read import Position
from resolvers import paging
from resolvers.accounts.organisations import Stale, bounded, country_in
from resolvers.context import BadInput, Context
from resolvers.effects import Outcome, audited, audited_change, organisation_once

MOST_HOURS = 21
_ADDRESS = {"street": 200, "city": 100, "postalCode": 20, "region": 100}
_NEEDED = {"street", "city"}
_CONTACT = {"name": 100, "email": 254, "phone": 30}


@dataclass(frozen=True, slots=True)
class Order:
    """What is said of a site; None is left as it is, which a new one has nothing of."""

    name: str | None = None
    address: Mapping[str, str] | None = None
    country: str | None = None
    contact: Mapping[str, str] | None = None
    time_zone: str | None = None
    hours: Sequence[Opening] | None = None


@dataclass(frozen=True, slots=True)
class SiteUnknown:
    """The organisation has no such site, or the caller does not see it."""


@dataclass(frozen=True, slots=True)
class SiteNameTaken:
    """An open site of the organisation has this name."""

    name: str


@dataclass(frozen=True, slots=True)
class TooManySites:
    """The organisation has as many open sites as one may."""

    limit: int


Act = Callable[[UUID], Awaitable[Outcome]]
Refusal = SiteUnknown | SiteNameTaken | TooManySites | Stale


async def sites(ctx: Context, first: int, after: str | None, *, closed: bool) -> paging.Page[Site]:
    """The sites that the caller sees, newest first. Raises: SignInFirst, Forbidden, BadInput."""
    owner = ctx.organisation_id(MEMBERS_READ)
    size, of = paging.size(first), paging.fingerprint("sites", owner, closed)
    position = paging.opened(after, of, ctx.seal)
    before = position.id if position else None
    only = None if ctx.caller.sites is None else list(ctx.caller.sites)
    async with ctx.acting_organisation(MEMBERS_READ):
        rows = await stored.sites(owner, closed=closed, only=only, before=before, limit=size + 1)
    return paging.page([(row, Position(0, 0, row.id)) for row in rows], size, of, ctx.seal)


async def site(ctx: Context, site_id: UUID) -> Site | None:
    """A site that the caller sees; None for any other. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_organisation(MEMBERS_READ) as owner:
        return await stored.site(owner, site_id) if _sees(ctx, site_id) else None


async def create(ctx: Context, order: Order, key: str) -> Site | Refusal:
    """Add a site.

    Refuses: a name that another has, the 501st.
    Raises: SignInFirst, Forbidden; BadInput for what is none, and for who is limited to sites.
    """
    if ctx.caller.sites is not None:
        raise BadInput("You are limited to some sites.", reason="SITE_NOT_GRANTED")
    said = _said(order, None)

    async def act(owner: UUID) -> Outcome:
        if len(await stored.open_sites(owner)) >= MOST_SITES:
            return _refused(TooManySites(MOST_SITES))
        if await stored.name_taken(owner, said.name):
            return _refused(SiteNameTaken(said.name))
        made = await stored.add_site(owner, said)
        await audited(ctx, "createSite", "Site", made, after=_facts(said))
        return {"id": str(made)}

    return await _done(ctx, "createSite", key, asdict(order), act)


async def update(
    ctx: Context, site_id: UUID, order: Order, expected_version: int | None, key: str
) -> Site | Refusal:
    """Change a site.

    Refuses: one that is closed or not the caller's, a name that another has, a version that is
    not the present one. Raises: SignInFirst, Forbidden, BadInput.
    """
    _said(order, _EMPTY)

    async def act(owner: UUID) -> Outcome:
        before = await stored.site(owner, site_id, lock=True) if _sees(ctx, site_id) else None
        if before is None or before.closed_at is not None:
            return _refused(SiteUnknown())
        if expected_version is not None and expected_version != before.version:
            return _refused(Stale(before.version))
        said = _said(order, before.said)
        if await stored.name_taken(owner, said.name, but=site_id):
            return _refused(SiteNameTaken(said.name))
        if said != before.said:
            await stored.change_site(owner, site_id, said)
            was, now = _facts(before.said), _facts(said)
            await audited_change(ctx, "updateSite", "Site", site_id, was, now)
        return {"id": str(site_id)}

    given = {"id": site_id, **asdict(order), "expectedVersion": expected_version}
    return await _done(ctx, "updateSite", key, given, act)


async def close(ctx: Context, site_id: UUID, key: str) -> Site | Refusal:
    """Close a site: nothing new is fetched there. One that is closed already is answered as it is.

    Refuses: one that is not the caller's. Raises: SignInFirst, Forbidden, BadInput.
    """

    async def act(owner: UUID) -> Outcome:
        before = await stored.site(owner, site_id, lock=True) if _sees(ctx, site_id) else None
        if before is None:
            return _refused(SiteUnknown())
        if before.closed_at is None:
            await stored.close_site(owner, site_id, ctx.now)
            await audited(ctx, "closeSite", "Site", site_id, after={"closedAt": ctx.now})
        return {"id": str(site_id)}

    return await _done(ctx, "closeSite", key, {"id": site_id}, act)


async def _done(
    ctx: Context, name: str, key: str, given: Mapping[str, Any], act: Act
) -> Site | Refusal:
    outcome = await organisation_once(ctx, MEMBERS_WRITE, name, key, given, act)
    if kind := outcome.get("refused"):
        refusal: Refusal = _REFUSALS[kind](**outcome["facts"])
        return refusal
    async with ctx.acting_organisation(MEMBERS_WRITE) as owner:
        return await stored.site(owner, UUID(outcome["id"])) or SiteUnknown()


def _sees(ctx: Context, site_id: UUID) -> bool:
    return ctx.caller.sites is None or site_id in ctx.caller.sites


_REFUSALS: dict[str, Any] = {
    kind.__name__: kind for kind in (SiteUnknown, SiteNameTaken, TooManySites, Stale)
}
_EMPTY = SiteFacts("-", {"street": "-", "city": "-"}, "FR", {}, "UTC", ())


def _refused(refusal: Refusal) -> Outcome:
    return {"refused": type(refusal).__name__, "facts": asdict(refusal)}


def _said(order: Order, before: SiteFacts | None) -> SiteFacts:
    """The site as it is to be. Raises: BadInput for what is none."""
    hours = order.hours if order.hours is not None else before.hours if before else ()
    if len(hours) > MOST_HOURS or openings_clash(hours):
        message = f"`hours`: {MOST_HOURS} at most, of weekdays 1 to 7, none over another."
        raise BadInput(message, argument="hours")
    return SiteFacts(
        before.name if before and order.name is None else bounded(order.name or "", "name", 100),
        before.address if before and order.address is None else _address(order.address or {}),
        before.country if before and order.country is None else country_in(order.country or ""),
        before.contact if before and order.contact is None else _contact(order.contact or {}),
        before.time_zone if before and order.time_zone is None else _zone(order.time_zone or "UTC"),
        tuple(hours),
    )


def _address(said: Mapping[str, str]) -> dict[str, str]:
    return {
        name: bounded(said.get(name, ""), f"address.{name}", most)
        for name, most in _ADDRESS.items()
        if name in _NEEDED or said.get(name)
    }


def _contact(said: Mapping[str, str]) -> dict[str, str]:
    return {
        name: bounded(said[name], f"contact.{name}", most)
        for name, most in _CONTACT.items()
        if said.get(name)
    }


def _zone(name: str) -> str:
    try:
        return str(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "`timeZone` is a name such as `Europe/Paris`."
        raise BadInput(message, argument="timeZone") from None


def _facts(said: SiteFacts) -> dict[str, Any]:
    """What the audit log says of a site: of its contact, who is a person, only that it changed."""
    digest = sorted(said.contact)
    return {
        "name": said.name,
        "address": dict(said.address),
        "country": said.country,
        "contact": digest,
        "timeZone": said.time_zone,
        "hours": [f"{h.weekday} {h.opens:%H:%M}-{h.closes:%H:%M}" for h in said.hours],
    }
