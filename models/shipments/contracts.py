"""The platform's contracts with carriers, and their rate cards."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import asyncpg
import orjson

from domain.merchants import MerchantKind, MerchantState
from domain.shipments.carriers import CarrierCode, TrackingApi
from domain.shipments.contracts import Applicant, Eligibility, NotEligible, Rate
from models.base import as_system, fetch
from models.sql import statements

SQL = statements(Path(__file__).with_suffix(".sql"))


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract of the platform with a carrier."""

    id: UUID
    code: str
    name: str
    carrier: CarrierCode
    api: TrackingApi
    currency: str
    eligibility: Eligibility
    platform_bp: int
    valid_from: date
    valid_to: date | None

    def against(self, who: Applicant, day: date) -> list[NotEligible]:
        """What speaks against a merchant on a day; nothing where it may ship under it."""
        over = self.valid_to is not None and self.valid_to <= day
        out = [NotEligible.NOT_IN_FORCE] if over or day < self.valid_from else []
        return [*out, *self.eligibility.against(who)]


async def load(
    raw: asyncpg.Connection,
    contracts: Iterable[Mapping[str, str]],
    rates: Sequence[Mapping[str, str]],
) -> None:
    """Bring contracts and rates into line with these rows; those that left them stay.

    Raises: ValueError for a rule, a carrier or a number that is none.
    """
    for row in contracts:
        rule = orjson.loads(row["eligibility"])
        Eligibility.of(rule)
        await raw.execute(
            SQL["add_contract"],
            row["code"],
            row["name"],
            CarrierCode(row["carrier"]).value,
            TrackingApi(row["api"]).value,
            row["currency"],
            row["eligibility"],
            int(row["platform_bp"]),
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["source"],
        )
    await raw.execute(
        SQL["add_rates"],
        [row["contract"] for row in rates],
        [row["origin"] for row in rates],
        [row["destination"] for row in rates],
        [int(row["most_grams"]) for row in rates],
        [int(row["price_minor"]) for row in rates],
        [row["source"] for row in rates],
    )


async def everything() -> list[Contract]:
    """All contracts, by their codes: 100 at most."""
    return [_contract(row) for row in await fetch(SQL["contracts"])]


async def rates(
    contracts: Sequence[UUID], origin: str | None = None, destination: str | None = None
) -> dict[UUID, list[Rate]]:
    """The rate cards of contracts, or of one lane of each, the lightest first. One statement."""
    found: dict[UUID, list[Rate]] = defaultdict(list)
    for row in await fetch(SQL["rates"], contracts, origin, destination):
        rate = Rate(row["origin"], row["destination"], row["most_grams"], row["price_minor"])
        found[row["contract_id"]].append(rate)
    return found


async def applicant(merchant_id: UUID, now: datetime) -> Applicant:
    """What the rules of contracts ask of a merchant."""
    async with as_system() as raw:  # its state is not a request's to read
        row = await raw.fetchrow(SQL["applicant"], merchant_id, now)
    if row is None:
        raise LookupError("no such merchant")
    return Applicant(
        MerchantKind(row["kind"]), MerchantState(row["state"]), row["country"], row["lines"]
    )


def _contract(row: asyncpg.Record) -> Contract:
    facts = {
        "carrier": CarrierCode(row["carrier"]),
        "api": TrackingApi(row["api"]),
        "eligibility": Eligibility.of(orjson.loads(row["eligibility"])),
    }
    return Contract(**{**row} | facts)
