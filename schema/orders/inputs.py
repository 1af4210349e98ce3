"""What a merchant sends about the device of a line."""

import strawberry

from schema.common import ONCE
from schema.units.inputs import AcquisitionInput, DiagnosticInput, ErasureInput


@strawberry.input
class AttachUnitInput:
    """Which device a line is. Give an IMEI, a serial number, or all that there are."""

    order_line: strawberry.ID = strawberry.field(description="Id of the `OrderLine`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    imei: str | None = strawberry.field(
        default=None, description="15 digits; spaces and dashes do not matter."
    )
    imei2: str | None = strawberry.field(default=None, description="That of the second SIM.")
    serial: str | None = strawberry.field(default=None, description="The maker's serial number.")
    diagnostic: DiagnosticInput | None = strawberry.field(
        default=None, description="The test that it passed."
    )
    erasure: ErasureInput | None = strawberry.field(
        default=None, description="What was done to its data."
    )
    acquisition: AcquisitionInput | None = strawberry.field(
        default=None, description="What you paid for it."
    )
    replace: bool = strawberry.field(
        default=False, description="Take the place of the device that the line has."
    )
