"""The passport of a device: what anybody with its code may read. No names, no prices, no orders."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from domain.units import UnitEventKind
from domain.units.chain import Broken
from domain.units.codes import spaced
from domain.units.erasure import ErasureState, MediumType
from domain.units.facts import Fault, GradingScheme, Part, PartOrigin, RepairAction, UnitActor
from domain.units.proofs import ErasureMethod, ErasureTechnique
from resolvers.units import reading
from schema.common import Info
from schema.rules import PUBLIC, ruled

if TYPE_CHECKING:
    from domain.units.facts import PublicEvent

_MOST = 100


@ruled(PUBLIC)
@strawberry.type
class PassportDiagnostic:
    """A test of the device."""

    at: datetime = strawberry.field(description="When.")
    passed: bool | None = strawberry.field(description="Whether it works in every function.")
    battery_health: int | None = strawberry.field(description="Per cent of the rated capacity.")


@ruled(PUBLIC)
@strawberry.type
class PassportErasure:
    """What was done to the data of the device, or of one medium in it."""

    at: datetime = strawberry.field(description="When.")
    result: str | None = strawberry.field(
        description="A word of `ErasureState`, or `NOT_APPLICABLE` where it holds no data."
    )
    validated: bool = strawberry.field(description="Whether the result was found to suffice.")
    independent: bool | None = strawberry.field(
        description="Whether another person than the operator validated."
    )
    method: ErasureMethod | None = strawberry.field(description="How thoroughly.")
    technique: ErasureTechnique | None = strawberry.field(description="How.")
    standard: str | None = strawberry.field(description="By which book, such as `NIST_800_88`.")
    revision: str | None = strawberry.field(description="Its revision, such as `2`.")
    medium: MediumType | None = strawberry.field(
        description="Of which medium; `null`: of the whole device."
    )


@ruled(PUBLIC)
@strawberry.type
class PassportPart:
    """A part that was replaced."""

    at: datetime = strawberry.field(description="When.")
    part: Part | None = strawberry.field(description="What.")
    origin: PartOrigin | None = strawberry.field(description="New, second hand, or not known.")


@ruled(PUBLIC)
@strawberry.type
class PassportRepair:
    """A repair."""

    at: datetime = strawberry.field(description="When.")
    fault: Fault | None = strawberry.field(description="What was wrong.")
    action: RepairAction | None = strawberry.field(description="What was done.")
    by: UnitActor | None = strawberry.field(description="In which role.")


@ruled(PUBLIC)
@strawberry.type
class PassportGrade:
    """How it looked."""

    at: datetime = strawberry.field(description="When.")
    scheme: GradingScheme | None = strawberry.field(description="By which book.")
    version: str | None = strawberry.field(description="Its version.")
    grade: str | None = strawberry.field(description="A grade of that book, such as `GOOD`.")
    by: UnitActor | None = strawberry.field(description="In which role.")


@ruled(PUBLIC)
@strawberry.type
class Passport:
    """The story of a device as far as each holder had it from the one before."""

    unit_id: strawberry.Private[Any]
    number: strawberry.Private[int]
    known_code: strawberry.Private[str | None] = None

    @strawberry.field
    async def code(self, info: Info) -> str:
        """Opens the public page `/devices/CODE`: print it, and give it on with the device."""
        found = self.known_code or await reading.code(info.context, self._key)
        return spaced(found)

    @strawberry.field
    async def diagnostics(self, info: Info) -> list[PassportDiagnostic]:
        """Tests, the newest first. At most 100."""
        return [
            PassportDiagnostic(
                at=each.at,
                passed=each.data.get("passed"),
                battery_health=each.data.get("battery_health"),
            )
            for each in await self._of(info, UnitEventKind.DIAGNOSED)
        ]

    @strawberry.field
    async def erasures(self, info: Info) -> list[PassportErasure]:
        """Erasures, the newest first. At most 100."""
        return [_erasure(each) for each in await self._of(info, UnitEventKind.ERASED)]

    @strawberry.field
    async def parts(self, info: Info) -> list[PassportPart]:
        """Parts that were replaced, the newest first. At most 100."""
        return [
            PassportPart(
                at=each.at,
                part=_word(Part, each.data.get("part")),
                origin=_word(PartOrigin, each.data.get("origin")),
            )
            for each in await self._of(info, UnitEventKind.PART_REPLACED)
        ]

    @strawberry.field
    async def repairs(self, info: Info) -> list[PassportRepair]:
        """Repairs, the newest first. At most 100."""
        return [
            PassportRepair(
                at=each.at,
                fault=_word(Fault, each.data.get("fault")),
                action=_word(RepairAction, each.data.get("action")),
                by=_word(UnitActor, each.data.get("by")),
            )
            for each in await self._of(info, UnitEventKind.REPAIRED)
        ]

    @strawberry.field
    async def grades(self, info: Info) -> list[PassportGrade]:
        """How it looked, the newest first. At most 100."""
        return [
            PassportGrade(
                at=each.at,
                scheme=_word(GradingScheme, each.data.get("scheme")),
                version=each.data.get("version"),
                grade=each.data.get("grade"),
                by=_word(UnitActor, each.data.get("by")),
            )
            for each in await self._of(info, UnitEventKind.GRADED)
        ]

    @strawberry.field
    async def lives(self, info: Info) -> int:
        """How many people and organisations had it, as far as is known here."""
        return (await reading.told(info.context, self._key)).lives

    @strawberry.field
    async def chain_intact(self, info: Info) -> bool:
        """Whether every event of the device is what was written: each holds the hash before it."""
        return (await reading.chain(info.context, self.unit_id)).intact

    @strawberry.field
    async def chain_broken_at(self, info: Info) -> int | None:
        """The number of the first link that does not hold."""
        return (await reading.chain(info.context, self.unit_id)).broken

    @strawberry.field
    async def chain_fault(self, info: Info) -> Broken | None:
        """What is wrong with that link."""
        return (await reading.chain(info.context, self.unit_id)).because

    @strawberry.field
    async def chain_length(self, info: Info) -> int:
        """How many events the device has, those of other passports included."""
        return (await reading.chain(info.context, self.unit_id)).length

    @strawberry.field
    async def chain_head(self, info: Info) -> str:
        """SHA-256 of the last event in hexadecimal digits: note it, and compare it later."""
        return (await reading.chain(info.context, self.unit_id)).head.hex()

    @property
    def _key(self) -> tuple[Any, int]:
        return self.unit_id, self.number

    async def _of(self, info: Info, kind: UnitEventKind) -> "list[PublicEvent]":
        found = (await reading.told(info.context, self._key)).events
        return [each for each in reversed(found) if each.kind is kind][:_MOST]


def _word(of: Any, value: Any) -> Any:
    return None if value is None else of(value)


def _erasure(event: "PublicEvent") -> PassportErasure:
    data = event.data
    return PassportErasure(
        at=event.at,
        result=data.get("result"),
        validated=data.get("result") == ErasureState.VALIDATED,
        independent=data.get("independent"),
        method=_word(ErasureMethod, data.get("method")),
        technique=_word(ErasureTechnique, data.get("technique")),
        standard=data.get("standard"),
        revision=data.get("revision"),
        medium=_word(MediumType, data.get("medium")),
    )
