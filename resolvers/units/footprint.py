"""What a merchant tells of the refurbishing of a device, and what may be said of the device."""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.impact import Indicator, InputFault, Inputs
from domain.impact import Part as Weighed
from domain.impact.engine import compared
from domain.impact.faults import fault
from domain.units import UnitEventKind
from domain.units.facts import PartReplaced
from domain.units.footprint import Refurbished, Told, declared_fault, inputs_of
from models import impact
from models.units import footprint, passports
from models.units.claims import note_many
from models.units.passports import Held
from resolvers.context import Context
from resolvers.effects import Refusal
from resolvers.impact import Said, devices
from resolvers.units import reading, records


def part(told: PartReplaced) -> None:
    """Hold what is said of a part's footprint to its limits. Raises: BadInput."""
    capacity = told.capacity_gb
    amount = Decimal(1) if capacity is None else Decimal(capacity)
    weighed = Weighed(
        told.part.value, amount, factor=told.factor, evidence=told.evidence,
        mass_share=told.mass_share,
    )  # fmt: skip
    found = fault(Inputs("smartphone", parts=(weighed,)))
    if found is not None:
        names = {"quantity": "capacityGb", "factor": "factorKg", "evidence": "factorEvidence"}
        name = found.field.rpartition(".")[2]
        raise devices.wrong(InputFault(names.get(name, name), found.code), "part.")


async def refurbish(
    ctx: Context, unit_id: UUID, told: Refurbished, at: datetime, key: str
) -> UUID | Refusal:
    """Record what the refurbishing of a device took: its age, ways, packaging and energy.

    Refuses: a device that is not the caller's, or not there.
    Raises: SignInFirst, Forbidden; BadInput for what cannot be, naming the field.
    """
    _checked(told, at)

    async def act(_merchant_id: UUID, now: datetime) -> Refusal | None:
        if at > now:
            raise devices.wrong(InputFault("at", "FROM_THE_FUTURE"))
        await note_many([(unit_id, UnitEventKind.REFURBISHED, at, told.facts())])
        return None

    given = {"told": asdict(told), "at": at}
    return await records.on_own(ctx, "recordRefurbishing", unit_id, given, key, act)


def _checked(told: Refurbished, at: datetime) -> None:
    """Raises: BadInput for what cannot be, and for what the set of sums has no factor for."""
    found = declared_fault(told, "smartphone", at.date())
    if found is None:
        inputs = inputs_of(
            Told("smartphone", None, at.date(), refurbished=told.facts()),
            impact.factor_set(impact.SUMS),
        )
        made = compared(inputs, impact.factor_set(impact.SUMS))
        found = made if isinstance(made, InputFault) else None
    if found is not None:
        raise devices.wrong(InputFault(_FIELDS.get(found.field, found.field), found.code))


_FIELDS = {"firstLife": "firstUsedOn"}


async def of_unit(ctx: Context, held: Held, indicator: Indicator) -> Said | None:
    """What may be said of a device that the caller has read; None for one of no category."""

    async def batch(ids: list[UUID]) -> list[Told | None]:
        async with reading.sight(ctx):
            seen = await passports.held(ids)
            found = await footprint.of_units(list(seen), ctx.now.date())
        return [found.get(each) for each in ids]

    told = await ctx.loader(batch, "unit footprints").load(held.unit_id)
    if told is None:
        return None
    inputs = inputs_of(told, impact.factor_set(impact.SUMS), indicator)
    return await devices.of_device(inputs, told.on)
