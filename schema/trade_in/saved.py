"""The devices that a customer keeps an eye on."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from domain.trade_in import TradeInGrade
from resolvers.trade_in import saving
from resolvers.trade_in.refusals import Refusal
from schema.catalog import Variant, variant_of
from schema.common import (
    ONCE,
    After,
    Edge,
    First,
    Info,
    PageInfo,
    edges,
    global_id,
    idempotency_key,
    page_info,
    row_id,
)
from schema.rules import CUSTOMER, ruled
from schema.trade_in.declaring import TradeInValue
from schema.trade_in.problems import (
    AnswerInput,
    AnswersInvalid,
    DeviceNotEligible,
    ProgrammeNotAvailable,
    SavedDeviceRefused,
    problem_of,
    said,
)


@ruled(CUSTOMER)
@strawberry.type
class SavedDevice:
    """A device that a customer keeps an eye on."""

    id: strawberry.ID = strawberry.field(description="Opaque id.")
    name: str | None = strawberry.field(description="As its owner calls it.")
    market: str = strawberry.field(description="Code of the market.")
    grade: TradeInGrade = strawberry.field(description="The grade that the answers came to.")
    questionnaire_id: strawberry.ID = strawberry.field(description="What was answered.")
    value: TradeInValue | None = strawberry.field(
        description="What it is worth now and later; `null` where its market is gone."
    )
    created_at: datetime = strawberry.field(description="When it was saved.")
    row: strawberry.Private[saving.Saved]

    @strawberry.field
    async def variant(self, info: Info) -> Variant:
        """What it is."""
        return await variant_of(info, self.row.device.variant_id)

    @classmethod
    def of(cls, found: saving.Saved) -> Self:
        row = found.device
        return cls(
            id=strawberry.ID(str(global_id("SavedDevice", row.id))),
            name=row.name,
            market=row.market,
            grade=row.grade,
            questionnaire_id=strawberry.ID(row.questionnaire),
            value=TradeInValue.of(found.value) if found.value else None,
            created_at=row.created_at,
            row=found,
        )


@ruled(CUSTOMER)
@strawberry.type
class SavedDeviceConnection:
    """Devices, page by page."""

    edges: list[Edge[SavedDevice]] = strawberry.field(description="Those of the page.")
    page_info: PageInfo = strawberry.field(description="Where the page stands.")


@strawberry.input
class SaveDeviceInput:
    """A device to keep an eye on."""

    market: str = strawberry.field(description="Code of the market.")
    variant_id: strawberry.ID = strawberry.field(description="What it is.")
    answers: list[AnswerInput] = strawberry.field(description="One for each question. At most 50.")
    name: str | None = strawberry.field(
        default=None, description="As its owner calls it, 80 characters."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RemoveSavedDeviceInput:
    """Which device."""

    id: strawberry.ID = strawberry.field(description="The device.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(CUSTOMER)
@strawberry.type
class DeviceSaved:
    """The device is kept."""

    device: SavedDevice = strawberry.field(description="The device.")


@ruled(CUSTOMER)
@strawberry.type
class SavedDeviceRemoved:
    """The device is forgotten."""

    id: strawberry.ID = strawberry.field(description="Which it was.")


SaveDeviceResult = Annotated[
    DeviceSaved | SavedDeviceRefused | ProgrammeNotAvailable | AnswersInvalid | DeviceNotEligible,
    strawberry.union("SaveDeviceResult", description="The device, or a refusal."),
]
RemoveSavedDeviceResult = Annotated[
    SavedDeviceRemoved | SavedDeviceRefused,
    strawberry.union("RemoveSavedDeviceResult", description="Which it was, or a refusal."),
]


@strawberry.type
class SavedDevicesQuery:
    """Queries of the area; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": CUSTOMER})
    async def saved_devices(
        self, info: Info, first: First = 24, after: After = None
    ) -> SavedDeviceConnection:
        """Your devices, the newest first, each with its value now."""
        page = await saving.saved(info.context, first, after)
        return SavedDeviceConnection(
            edges=edges(page, SavedDevice.of), page_info=page_info(page, after)
        )


@strawberry.type
class SavedDevicesMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def save_device(
        self,
        info: Info,
        input: Annotated[SaveDeviceInput, strawberry.argument(description="Which device.")],
    ) -> SaveDeviceResult:
        """Keep an eye on a device, with what you say of it. At most 100 are kept."""
        key = idempotency_key(input.idempotency_key)
        variant = row_id(input.variant_id, "Variant", "variantId")
        if variant is None:
            raise LookupError(input.variant_id)
        given = (input.market, variant, said(input.answers), input.name, key)
        found = await saving.save(info.context, *given)
        if isinstance(found, Refusal):
            shape: SaveDeviceResult = problem_of(info, found)
            return shape
        return DeviceSaved(device=SavedDevice.of(found))

    @strawberry.mutation(metadata={"rule": CUSTOMER})
    async def remove_saved_device(
        self,
        info: Info,
        input: Annotated[RemoveSavedDeviceInput, strawberry.argument(description="Which.")],
    ) -> RemoveSavedDeviceResult:
        """Forget a device."""
        key, named = idempotency_key(input.idempotency_key), row_id(input.id, "SavedDevice", "id")
        if named is not None and await saving.remove(info.context, named, key):
            return SavedDeviceRemoved(id=input.id)
        shape: RemoveSavedDeviceResult = problem_of(info, Refusal("SAVED_DEVICE_UNKNOWN"))
        return shape
