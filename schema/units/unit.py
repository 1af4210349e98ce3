"""A device as its holders read it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self, cast

import strawberry
from strawberry.scalars import JSON

from domain.accounts.roles import Role
from domain.impact import Indicator
from domain.units import DeviceStatus, Place, SupplyChannel, UnitEventKind, masked
from domain.units.erasure import ErasureState, MediumType
from domain.units.proofs import ErasureMethod
from domain.units.status import Lock, LockState
from resolvers.units import footprint, reading
from schema.catalog import Variant, variant_of
from schema.common import Edge, Info, Money, Node, PageInfo, global_id
from schema.impact import ImpactResult, InIndicator
from schema.rules import CUSTOMER, ORGANISATION, AllOf, AnyOf, Scope, Staff, ruled
from schema.units.passport import Passport

if TYPE_CHECKING:
    from models.units import UnitEvent as UnitEventRow
    from models.units.erasures import ErasureRow, MediumRow
    from models.units.passports import Held

_STAFF = Staff(frozenset({Role.COUNTRY_TEAM.value, Role.STAFF_SUPPORT.value}))
_MERCHANT = (Scope(reading.READ), Scope(reading.TRADE_INS))
_COMPANY = AllOf((ORGANISATION, Scope(reading.FLEETS)))
READ = AnyOf((CUSTOMER, *_MERCHANT, _COMPANY, _STAFF))
KEEPER = AnyOf((*_MERCHANT, _COMPANY))
"""Whoever handles devices: merchants, and organisations that give theirs away."""
MERCHANT = AnyOf(_MERCHANT)


@ruled(READ)
@strawberry.type
class UnitEvent:
    """One thing that happened to a device. Its hash covers the one before."""

    n: int = strawberry.field(description="1 for the first.")
    kind: UnitEventKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When.")
    facts: JSON = strawberry.field(
        description="An object: of what the hash is made, with the rest."
    )
    previous_hash: str = strawberry.field(description="In hexadecimal digits; empty for the first.")
    hash: str = strawberry.field(description="SHA-256 in hexadecimal digits.")

    @classmethod
    def of(cls, row: "UnitEventRow") -> Self:
        return cls(
            n=row.n,
            kind=row.kind,
            at=row.at,
            facts=cast("JSON", dict(row.data)),
            previous_hash=row.previous.hex(),
            hash=row.hash.hex(),
        )


@ruled(MERCHANT)
@strawberry.type
class UnitAcquisition:
    """What you paid for a device: nobody but you sees it."""

    price: Money = strawberry.field(description="With what taxes there were.")
    document: str = strawberry.field(description="Number of the invoice or ledger entry.")
    supplier: str = strawberry.field(
        description="`PERSON` `MARGIN_DEALER` `VAT_BUSINESS` `EXEMPT_BUSINESS`."
    )
    bought_on: date | None = strawberry.field(description="Day of the purchase.")


@ruled(READ)
@strawberry.type
class UnitLock:
    """A lock, and whether it is on."""

    lock: Lock = strawberry.field(description="Which.")
    state: LockState = strawberry.field(description="Whether it is on.")


@ruled(READ)
@strawberry.type
class UnitWarranty:
    """Statutory and commercial rights, and when they end."""

    legal_guarantee_months: int | None = strawberry.field(description="As promised at purchase.")
    commercial_warranty_months: int | None = strawberry.field(description="The merchant's own.")
    legal_guarantee_until: date | None = strawberry.field(
        description="Last day; `null` before delivery."
    )
    commercial_warranty_until: date | None = strawberry.field(
        description="Last day; `null` before delivery."
    )

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        def day(name: str) -> date | None:
            return date.fromisoformat(facts[name]) if facts.get(name) else None

        return cls(
            legal_guarantee_months=facts.get("legalMonths"),
            commercial_warranty_months=facts.get("commercialMonths"),
            legal_guarantee_until=day("legalUntil"),
            commercial_warranty_until=day("commercialUntil"),
        )


@ruled(READ)
@strawberry.type
class UnitMissing:
    """What lacks before a device may leave or be offered."""

    code: str = strawberry.field(description="`DIAGNOSTIC_MISSING` or `ERASURE_PROOF_MISSING`.")
    reason: str = strawberry.field(description="What is wrong, as in the refusal of this code.")
    medium: str | None = strawberry.field(description="Serial number of the medium it is about.")


@ruled(KEEPER)
@strawberry.type
class MediumErasure:
    """An erasure of a medium, as who erased it reads it."""

    state: ErasureState = strawberry.field(description="How far it is.")
    method: ErasureMethod | None = strawberry.field(description="How thoroughly, as it is shown.")
    tries: int = strawberry.field(description="Of this method, 2 at most.")
    facts: JSON = strawberry.field(description="An object: tool, operator, validator and the rest.")
    updated_at: datetime = strawberry.field(description="When it was last told of.")

    @classmethod
    def of(cls, row: "ErasureRow") -> Self:
        return cls(
            state=row.state,
            method=row.method,
            tries=row.tries,
            facts=cast("JSON", dict(row.facts)),
            updated_at=row.updated_at,
        )


@ruled(KEEPER)
@strawberry.type
class UnitMedium:
    """What holds data in a device."""

    type: MediumType = strawberry.field(description="What it is.")
    serial: str = strawberry.field(description="Its serial number.")
    capacity_bytes: strawberry.ID | None = strawberry.field(
        description="Bytes, as a text of digits: a disk has more than fit an `Int`."
    )
    removed_at: datetime | None = strawberry.field(description="When it was taken out.")
    erasures: list[MediumErasure] = strawberry.field(description="The newest first. At most 20.")

    @classmethod
    def of(cls, row: "MediumRow") -> Self:
        capacity = row.capacity_bytes
        return cls(
            type=row.type,
            serial=row.serial,
            capacity_bytes=strawberry.ID(str(capacity)) if capacity else None,
            removed_at=row.removed_at,
            erasures=[MediumErasure.of(each) for each in row.erasures],
        )


@ruled(READ)
@strawberry.type
class Unit(Node):
    """One physical device, as you have or had it."""

    category: str | None = strawberry.field(description="Code of the category.")
    channel: SupplyChannel | None = strawberry.field(description="Where it came from.")
    place: Place = strawberry.field(description="What you had it for, the last time.")
    held_since: datetime = strawberry.field(description="Since when, the last time.")
    held_until: datetime | None = strawberry.field(description="`null`: you have it still.")
    tac: str | None = strawberry.field(description="First 8 digits of the IMEI: the model's.")
    device_status: DeviceStatus = strawberry.field(
        description="What the list of stolen devices said; `UNKNOWN` where none was asked."
    )
    device_status_at: datetime | None = strawberry.field(description="When it was asked.")
    battery_health: int | None = strawberry.field(description="Per cent of the rated capacity.")
    row: strawberry.Private["Held"]

    @strawberry.field
    async def variant(self, info: Info) -> Variant | None:
        """What it is, as the catalogue has it now."""
        if self.row.variant_id is None:
            return None
        return await variant_of(info, self.row.variant_id)

    @strawberry.field(metadata={"rule": KEEPER})
    def imei(self) -> str | None:
        """The IMEI in full, to merchants and organisations."""
        return self.row.identifiers.get("IMEI")

    @strawberry.field(metadata={"rule": KEEPER})
    def imei2(self) -> str | None:
        """The IMEI of the second SIM, to merchants and organisations."""
        return self.row.identifiers.get("IMEI2")

    @strawberry.field(metadata={"rule": KEEPER})
    def meid(self) -> str | None:
        """The MEID, to merchants and organisations."""
        return self.row.identifiers.get("MEID")

    @strawberry.field(metadata={"rule": KEEPER})
    def serial(self) -> str | None:
        """The maker's serial number, to merchants and organisations."""
        return self.row.identifiers.get("SERIAL")

    @strawberry.field(metadata={"rule": KEEPER})
    def asset_tag(self) -> str | None:
        """The tag of the organisation that it came from, to those who had it from there."""
        return self.row.identifiers.get("ASSET_TAG")

    @strawberry.field
    def imei_masked(self) -> str | None:
        """The last 4 digits of the IMEI, the others as dots."""
        found = self.row.identifiers.get("IMEI")
        return masked(found) if found else None

    @strawberry.field
    def serial_masked(self) -> str | None:
        """The last 4 characters of the serial number, the others as dots."""
        found = self.row.identifiers.get("SERIAL")
        return masked(found) if found else None

    @strawberry.field
    async def locks(self, info: Info) -> list[UnitLock]:
        """What was last answered to you about its locks. At most 10; none where nobody asked."""
        found = await reading.checked(info.context, self.row.unit_id)
        return [UnitLock(lock=k, state=v) for k, v in found.locks.items()] if found else []

    @strawberry.field
    async def events(self, info: Info) -> list[UnitEvent]:
        """What happened to it while it was yours or sold to you, newest first. At most 50."""
        return [UnitEvent.of(row) for row in await reading.events(info.context, self.row.unit_id)]

    @strawberry.field
    async def impact(
        self, info: Info, indicator: InIndicator = Indicator.GWP
    ) -> ImpactResult | None:
        """What it avoids against a new one, by the parts, ways and energy of its passport.

        `null` for a device of which nobody said what it is.
        """
        found = await footprint.of_unit(info.context, self.row, indicator)
        return ImpactResult.of(found) if found else None

    @strawberry.field
    def passport(self) -> Passport:
        """Its story, without names: what anybody with its code may read."""
        return Passport(unit_id=self.row.unit_id, number=self.row.passport)

    @strawberry.field
    async def warranty(self, info: Info) -> UnitWarranty | None:
        """The rights that it was sold with; `null` where it was not sold."""
        found = await reading.warranty(info.context, self.row)
        return UnitWarranty.of(found) if found else None

    @strawberry.field(metadata={"rule": KEEPER})
    async def missing(self, info: Info) -> list[UnitMissing]:
        """What lacks before it may leave or be offered: none, and it may. At most 20."""
        return [
            UnitMissing(code=each.code, reason=each.reason.value, medium=each.medium)
            for each in (await reading.missing(info.context, self.row.unit_id))[:20]
        ]

    @strawberry.field(metadata={"rule": KEEPER})
    async def media(self, info: Info) -> list[UnitMedium]:
        """What holds data in it, as it was told in your time. At most 20."""
        rows = await reading.media(info.context, self.row.unit_id)
        return [UnitMedium.of(row) for row in rows[:20]]

    @strawberry.field(metadata={"rule": MERCHANT})
    async def sku(self, info: Info) -> str | None:
        """Your own key of it, as you registered it."""
        found = await reading.stock(info.context, self.row.unit_id)
        return found.sku if found else None

    @strawberry.field(metadata={"rule": MERCHANT})
    async def acquisition(self, info: Info) -> UnitAcquisition | None:
        """What you paid for it, as you registered it."""
        found = await reading.stock(info.context, self.row.unit_id)
        if found is None or found.paid is None:
            return None
        return UnitAcquisition(
            price=Money.of(found.paid.price_minor, found.paid.currency),
            document=found.paid.document,
            supplier=found.paid.supplier,
            bought_on=found.paid.bought_on,
        )

    @classmethod
    def of(cls, row: "Held") -> Self:
        return cls(
            id=global_id("Unit", row.unit_id),
            category=row.category,
            channel=row.channel,
            place=row.place,
            held_since=row.from_at,
            held_until=row.until_at,
            tac=row.tac,
            device_status=row.device_status,
            device_status_at=row.device_status_at,
            battery_health=row.battery_health,
            row=row,
        )


@ruled(READ)
@strawberry.type
class UnitConnection:
    """A page of devices."""

    edges: list[Edge[Unit]] = strawberry.field(description="The devices. At most 100.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")
