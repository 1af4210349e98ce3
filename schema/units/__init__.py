"""Devices: their passports, what merchants record, what anybody may verify."""

import strawberry

from domain.units import DeviceStatus, Place, SupplyChannel, UnitEventKind
from domain.units.chain import Broken
from domain.units.erasure import ErasureStandard, ErasureState, MediumType
from domain.units.facts import Fault, GradingScheme, Part, PartOrigin, RepairAction, UnitActor
from domain.units.proofs import ErasureMethod, ErasureResult, ErasureTechnique
from domain.units.status import Lock, LockState

strawberry.enum(Broken, name="ChainFault", description="What is wrong with a link of a chain.")
strawberry.enum(MediumType, description="What holds data.")
strawberry.enum(ErasureState, description="How far the erasure of a medium is.")
strawberry.enum(Part, description="What may be replaced in a device.")
strawberry.enum(PartOrigin, description="Where a part came from.")
strawberry.enum(Fault, name="DeviceFault", description="What was wrong with a device.")
strawberry.enum(RepairAction, description="What was done about it.")
strawberry.enum(GradingScheme, description="By which book a device was graded.")
strawberry.enum(UnitActor, description="In which role something was done to a device.")
strawberry.enum(DeviceStatus, description="What lists of stolen devices say; unknown is not clear.")
strawberry.enum(UnitEventKind, description="What happened to a device.")
strawberry.enum(SupplyChannel, description="Where a device came from.")
strawberry.enum(Place, name="UnitPlace", description="Where a device is spoken for.")
strawberry.enum(Lock, name="DeviceLock", description="What may keep the next owner out.")
strawberry.enum(LockState, name="DeviceLockState", description="Unknown is not off.")
strawberry.enum(ErasureMethod, description="How thoroughly, by NIST SP 800-88.")
strawberry.enum(ErasureTechnique, description="What was done to the medium.")
strawberry.enum(ErasureResult, description="Only `VALIDATED` lets a device leave.")
strawberry.enum(ErasureStandard, description="By which book a medium was erased.")
