"""An organisation is founded by a person, read by its members, changed by those who may.

Source: docs/organisations.md.
"""

import re
import secrets
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from domain.accounts.organisations import MOST_ORGANISATIONS, vat_id
from domain.accounts.roles import MEMBERS_READ, MEMBERS_WRITE, Role
from models.accounts import Organisation, people
from models.accounts import organisations as stored
from models.base import Tenant
from models.markets import Market
from resolvers.context import BadInput, Context, stored_text
from resolvers.effects import Outcome, audited, audited_change, organisation_once, person_once

MOST_NAME = 200
_COUNTRY = re.compile(r"[A-Z]{2}")
_WORDS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Order:
    """What is said of an organisation; None is left as it is, which a new one has nothing of."""

    name: str | None = None
    legal_name: str | None = None
    country: str | None = None
    vat_id: str | None = None
    market: str | None = None
    four_eyes: bool | None = None


@dataclass(frozen=True, slots=True)
class VatIdInvalid:
    """There is no such VAT number in this country."""

    country: str


@dataclass(frozen=True, slots=True)
class TooManyOrganisations:
    """The person administers as many organisations as one may."""

    limit: int


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody changed it meanwhile."""

    current_version: int


async def organisation(ctx: Context) -> Organisation | None:
    """The caller's organisation. Raises: SignInFirst, Forbidden."""
    async with ctx.acting_organisation(MEMBERS_READ) as organisation_id:
        return await stored.read(organisation_id)


async def organisation_by_id(ctx: Context, organisation_id: UUID) -> Organisation | None:
    """The caller's organisation where it has this id; None for any other."""
    found = await organisation(ctx)
    return found if found is not None and found.id == organisation_id else None


async def create(
    ctx: Context, order: Order, key: str
) -> Organisation | VatIdInvalid | TooManyOrganisations:
    """Found an organisation; who does is its first administrator.

    Refuses: a VAT number that cannot be one of the country, the 11th organisation of a person.
    Raises: SignInFirst; BadInput for a name, country or market that is none.
    """
    row = Organisation(slug="", name="", legal_name="")
    wrong = await _say(row, order, everything=True)

    async def act(user_id: UUID) -> Outcome:
        if wrong is not None:
            return _refused(wrong)
        if await stored.founded_by(user_id) >= MOST_ORGANISATIONS:
            return _refused(TooManyOrganisations(MOST_ORGANISATIONS))
        row.slug = _slug(row.name)
        await stored.add(row)
        await people.join(row.id, user_id, [Role.ORG_ADMIN.value])
        of = Tenant(organisation_id=row.id)
        said = _facts(row)
        await audited(ctx, "createOrganisation", "Organisation", row.id, after=said, of=of)
        return {"id": str(row.id)}

    outcome = await person_once(ctx, "createOrganisation", key, asdict(order), act)
    refusal: VatIdInvalid | TooManyOrganisations | None = refusal_in(outcome)
    return refusal or await people.organisation_of(UUID(outcome["id"]))


async def update(
    ctx: Context, order: Order, expected_version: int | None, key: str
) -> Organisation | VatIdInvalid | Stale:
    """Change what is said of the caller's organisation.

    Refuses: a VAT number that cannot be one of the country, a version that is not the present one.
    Raises: SignInFirst, Forbidden; BadInput for a text that is none, and where somebody other than
    an administrator in person changes whether two people must agree.
    """
    if order.four_eyes is not None:
        administrator(ctx, "fourEyes")

    async def act(organisation_id: UUID) -> Outcome:
        row = await stored.read(organisation_id, lock=True)
        if row is None:
            raise LookupError("an organisation without a row")
        if expected_version is not None and expected_version != row.version:
            return _refused(Stale(row.version))
        before = _facts(row)
        wrong = await _say(row, order, everything=False)
        if wrong is not None:
            return _refused(wrong)
        after = _facts(row)
        if after != before:
            await stored.change(row)
            name = "updateOrganisation"
            await audited_change(ctx, name, "Organisation", row.id, before, after)
        return {"id": str(row.id)}

    given = {**asdict(order), "expectedVersion": expected_version}
    outcome = await organisation_once(ctx, MEMBERS_WRITE, "updateOrganisation", key, given, act)
    refusal: VatIdInvalid | Stale | None = refusal_in(outcome)
    return refusal or await people.organisation_of(UUID(outcome["id"]))


def administrator(ctx: Context, argument: str) -> UUID:
    """The administrator who asks in person. Raises: BadInput with reason ADMINISTRATOR_NEEDED."""
    if ctx.caller.user_id is None or Role.ORG_ADMIN not in ctx.caller.roles:
        message = "Only an administrator of the organisation, signed in, may say this."
        raise BadInput(message, reason="ADMINISTRATOR_NEEDED", argument=argument)
    return ctx.caller.user_id


def bounded(text: str, argument: str, most: int = MOST_NAME) -> str:
    """A text without blanks at its ends. Raises: BadInput for an empty or a long one."""
    found = stored_text(text, argument).strip()
    if not 0 < len(found) <= most:
        raise BadInput(f"`{argument}` has 1 to {most} characters.", argument=argument)
    return found


def country_in(text: str, argument: str = "country") -> str:
    """An ISO 3166-1 alpha-2 code. Raises: BadInput for another text."""
    if not _COUNTRY.fullmatch(text):
        raise BadInput(f"`{argument}` is two capitals, such as `FR`.", argument=argument)
    return text


async def _say(row: Organisation, order: Order, *, everything: bool) -> VatIdInvalid | None:
    """Write an order into a row. Refuses: a VAT number. Raises: BadInput."""
    said = {name: value or "" for name, value in asdict(order).items() if value is not None}
    if everything:
        said = {"name": "", "legal_name": "", "country": "", "market": ""} | said
    if "name" in said:
        row.name = bounded(said["name"], "name")
    if "legal_name" in said:
        row.legal_name = bounded(said["legal_name"], "legalName")
    if "country" in said:
        row.country = country_in(said["country"])
    if "market" in said:
        row.market = await _market(said["market"])
    if order.four_eyes is not None:
        row.four_eyes = order.four_eyes
    return _number(row, order)


def _number(row: Organisation, order: Order) -> VatIdInvalid | None:
    """Write the VAT number, which must be one of the country as it now is. Refuses: any other."""
    given = row.vat_id if order.vat_id is None else order.vat_id
    if given is None:
        return None
    row.vat_id = vat_id(given, row.country or "")
    return VatIdInvalid(row.country or "") if row.vat_id is None else None


async def _market(code: str) -> str:
    if not await Market.filter(code=code).exists():
        raise BadInput("There is no such market: `markets` lists them.", argument="market")
    return code


def _slug(name: str) -> str:
    words = _WORDS.sub("-", name.lower()).strip("-")[:40] or "organisation"
    return f"{words}-{secrets.token_hex(4)}"


def _facts(row: Organisation) -> dict[str, Any]:
    names = ("name", "legal_name", "country", "vat_id", "market", "four_eyes")
    return {name: getattr(row, name) for name in names}


def _refused(refusal: VatIdInvalid | TooManyOrganisations | Stale) -> Outcome:
    return {"refused": type(refusal).__name__, "facts": asdict(refusal)}


def refusal_in(outcome: Outcome) -> Any:
    """The refusal that an outcome holds; None where there is none."""
    kinds = {each.__name__: each for each in (VatIdInvalid, TooManyOrganisations, Stale)}
    name = outcome.get("refused")
    return None if name is None else kinds[name](**outcome["facts"])
