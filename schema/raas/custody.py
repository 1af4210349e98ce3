"""Lots are fetched and carried: pickups, and custody events by whoever had it in hand."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import strawberry

from domain.raas.custody import CustodyKind, Subject
from resolvers.context import BadInput
from resolvers.orders.refusals import Refusal
from resolvers.raas import custody, handovers
from resolvers.raas.custody import Event, Recorded, Wanted
from schema.common import ONCE, Info, idempotency_key, row_id
from schema.offers.feed_run_changes import InvalidTransition
from schema.raas.handover_parts import Pickup
from schema.raas.handover_problems import (
    AttachmentUnknown,
    CustodyEnded,
    CustodyGap,
    FromTheFuture,
    HandoverUnknown,
    IncidentUnknown,
    NotYoursToTell,
    OutOfOrder,
    PickupCodeInvalid,
    PickupExists,
    PickupUnknown,
    SealRequired,
    SerialNotInManifest,
    WindowInvalid,
    problem,
)
from schema.rules import HOLDER, OWN, Scope, ruled

WRITE = Scope(handovers.WRITE)


@strawberry.input
class SchedulePickupInput:
    """When a lot is fetched, where, and by whom."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    place: str = strawberry.field(description="Where, for whoever drives; 1,000 characters.")
    from_: datetime = strawberry.field(name="from", description="From when on, with its zone.")
    until: datetime = strawberry.field(description="Until when; 14 days later at most.")
    containers: int = strawberry.field(description="How many: 0 to 500.")
    idempotency_key: str = strawberry.field(description=ONCE)
    carrier: str | None = strawberry.field(
        default=None, description="Who drives; left out: the organisation brings it itself."
    )
    site_id: strawberry.ID | None = strawberry.field(
        default=None, description="The site of the organisation."
    )

    def wanted(self) -> Wanted:
        """The same for the use case."""
        site = row_id(self.site_id, "Site", "siteId")
        times = (self.from_, self.until)
        return Wanted(self.place, *times, self.carrier, self.containers, site)


@strawberry.input
class CustodyEventInput:
    """One step, as it is told."""

    subject: Subject = strawberry.field(description="Of the batch, a container or a device.")
    kind: CustodyKind = strawberry.field(description="What happened.")
    at: datetime = strawberry.field(description="When, with its zone.")
    name: str = strawberry.field(
        default="",
        description="Number of the container; of a device its asset's id, tag, IMEI or serial "
        "number. A batch has none.",
    )
    by: str | None = strawberry.field(
        default=None, description="Who did it; a badge or role, for it is kept for good."
    )
    place: str | None = strawberry.field(default=None, description="Where.")
    seal: str | None = strawberry.field(
        default=None, description="The seal that was put on, or that was found."
    )
    mass_g: int | None = strawberry.field(default=None, description="Mass in grams.")
    signature: str | None = strawberry.field(default=None, description="Who signed.")
    photos: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Ids of `Attachment`s. At most 20."
    )
    container: str | None = strawberry.field(
        default=None, description="Number of the container that a device is packed into."
    )
    why_gap: str | None = strawberry.field(
        default=None, description="Why a step before this one was not told: makes an incident."
    )

    def event(self) -> Event:
        """The same for the use case. Raises: BadInput."""
        return Event(
            self.subject, self.name, self.kind, self.at, self.place, self.by, self.seal,
            self.mass_g, self.signature, attachments(self.photos), self.container, self.why_gap,
        )  # fmt: skip


def attachments(given: Sequence[strawberry.ID], argument: str = "photos") -> list[UUID]:
    """The files that ids name. Raises: BadInput for more than 20, or an id of something else."""
    if len(given) > 20:
        raise BadInput(f"`{argument}` are 20 at most.", argument=argument)
    found = [row_id(each, "Attachment", argument) for each in given]
    return [each for each in found if each is not None]


@strawberry.input
class RecordCustodyEventsInput:
    """What happened to a lot, its containers or its devices."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    events: list[CustodyEventInput] = strawberry.field(
        description="1 to 1,000, in their order; each has an answer of its own."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ImportCustodyScansInput:
    """The same as a file."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    csv: str = strawberry.field(
        description="Lines after one of names: `subject` `name` `kind` `at` `place` `by` `seal` "
        "`mass_g` `signature` `container` `why_gap`; 1,000 at most."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class RecordCustodyByCodeInput:
    """The same by whoever drives."""

    code: str = strawberry.field(description="What `schedulePickup` told.")
    events: list[CustodyEventInput] = strawberry.field(description="1 to 1,000, in their order.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class ResolveCustodyIncidentInput:
    """How an incident was cleared up."""

    lot_id: strawberry.ID = strawberry.field(description="Id of the `Lot`.")
    incident_id: strawberry.ID = strawberry.field(description="Id of the `CustodyIncident`.")
    resolution: str = strawberry.field(description="What was found, 1,000 characters.")
    idempotency_key: str = strawberry.field(description=ONCE)


@ruled(OWN)
@strawberry.type
class PickupScheduled:
    """The pickup, and the code that its driver shows."""

    pickup: Pickup = strawberry.field(description="When and where.")
    code: str = strawberry.field(
        description="Give it to whoever drives; it opens this lot's custody until it arrived."
    )


@ruled(HOLDER)
@strawberry.type
class CustodyEventRecorded:
    """The step is in its chain."""

    chain_id: strawberry.ID = strawberry.field(description="Id of the chain.")
    n: int = strawberry.field(description="Its number in the chain.")
    hash: str = strawberry.field(description="Its hash, hexadecimal.")
    incidents: list[str] = strawberry.field(
        description="What did not fit, such as `SEAL_BROKEN` or `MASS_BALANCE`. At most 4."
    )


@ruled(OWN)
@strawberry.type
class CustodyIncidentResolved:
    """The incident is cleared up; it stays in the list."""

    incident_id: strawberry.ID = strawberry.field(description="Its id.")


CustodyEventResult = Annotated[
    CustodyEventRecorded
    | CustodyGap
    | SealRequired
    | NotYoursToTell
    | OutOfOrder
    | FromTheFuture
    | CustodyEnded
    | SerialNotInManifest,
    strawberry.union("CustodyEventResult", description="The step in its chain, or a refusal."),
]


@ruled(HOLDER)
@strawberry.type
class CustodyEventsAnswered:
    """An answer for each step."""

    results: list[CustodyEventResult] = strawberry.field(
        description="In the order of the input. At most 1,000."
    )


SchedulePickupResult = Annotated[
    PickupScheduled
    | HandoverUnknown
    | InvalidTransition
    | WindowInvalid
    | PickupExists
    | PickupUnknown,
    strawberry.union("SchedulePickupResult", description="The pickup, or a refusal."),
]
RecordCustodyEventsResult = Annotated[
    CustodyEventsAnswered | HandoverUnknown | AttachmentUnknown,
    strawberry.union("RecordCustodyEventsResult", description="Answers, or a refusal of all."),
]
RecordCustodyByCodeResult = Annotated[
    CustodyEventsAnswered | PickupCodeInvalid,
    strawberry.union("RecordCustodyByCodeResult", description="Answers, or a refusal of all."),
]
ResolveCustodyIncidentResult = Annotated[
    CustodyIncidentResolved | HandoverUnknown | IncidentUnknown,
    strawberry.union("ResolveCustodyIncidentResult", description="Done, or a refusal."),
]


@strawberry.type
class CustodyMutation:
    """Mutations of the area; `schema/root.py` inherits them."""

    @strawberry.mutation(metadata={"rule": WRITE})
    async def schedule_pickup(
        self,
        info: Info,
        input: Annotated[SchedulePickupInput, strawberry.argument(description="When.")],
    ) -> SchedulePickupResult:
        """Say when a contracted lot is fetched. For either side, with `lots:write`."""
        return await _pickup(info, input, again=False)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def reschedule_pickup(
        self,
        info: Info,
        input: Annotated[SchedulePickupInput, strawberry.argument(description="When.")],
    ) -> SchedulePickupResult:
        """Move a pickup that has not begun: it has a new code, and the old one opens nothing.

        For either side, with `lots:write`.
        """
        return await _pickup(info, input, again=True)

    @strawberry.mutation(metadata={"rule": WRITE})
    async def record_custody_events(
        self,
        info: Info,
        input: Annotated[RecordCustodyEventsInput, strawberry.argument(description="What.")],
    ) -> RecordCustodyEventsResult:
        """Tell steps of a lot's way; what does not fit is an incident, which both sides see.

        That is another seal than the last, a mass that is off by more than 2 %, a step that was
        left out with its reason, a device that nobody declared.

        For either side, with `lots:write`: the organisation packs, seals and hands over; the
        merchant tells what arrived.
        """
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        events = [each.event() for each in input.events]
        found = await custody.record(info.context, lot, events, key)
        return cast("RecordCustodyEventsResult", _answered(info, found, ["input", "lotId"]))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def import_custody_scans(
        self,
        info: Info,
        input: Annotated[ImportCustodyScansInput, strawberry.argument(description="What.")],
    ) -> RecordCustodyEventsResult:
        """The same of a CSV file, such as a scanner's. For either side, with `lots:write`."""
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        events = custody.read_csv(input.csv)
        found = await custody.record(info.context, lot, events, key)
        return cast("RecordCustodyEventsResult", _answered(info, found, ["input", "lotId"]))

    @strawberry.mutation(metadata={"rule": HOLDER})
    async def record_custody_by_code(
        self,
        info: Info,
        input: Annotated[RecordCustodyByCodeInput, strawberry.argument(description="What.")],
    ) -> RecordCustodyByCodeResult:
        """The same by whoever drives, without signing in: collected, transferred, arrived.

        The code holds from a day before the pickup to two days after it, and ends with the arrival.
        """
        key = idempotency_key(input.idempotency_key)
        events = [each.event() for each in input.events]
        found = await custody.record_by_code(info.context, input.code, events, key)
        return cast("RecordCustodyByCodeResult", _answered(info, found, ["input", "code"]))

    @strawberry.mutation(metadata={"rule": WRITE})
    async def resolve_custody_incident(
        self,
        info: Info,
        input: Annotated[ResolveCustodyIncidentInput, strawberry.argument(description="Which.")],
    ) -> ResolveCustodyIncidentResult:
        """Say how an incident was cleared up. For organisations with `lots:write`."""
        key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
        incident = id_of(input.incident_id, "CustodyIncident", "incidentId")
        said = input.resolution
        found = await custody.resolve_incident(info.context, lot, incident, said, key)
        if isinstance(found, Refusal):
            path = ["input", "incidentId"]
            return cast("ResolveCustodyIncidentResult", problem(info, found, path))
        return CustodyIncidentResolved(incident_id=input.incident_id)


async def _pickup(info: Info, input: SchedulePickupInput, *, again: bool) -> SchedulePickupResult:
    key, lot = idempotency_key(input.idempotency_key), lot_of(input.lot_id)
    found = await custody.schedule(info.context, lot, input.wanted(), key, again=again)
    if isinstance(found, Refusal):
        return cast("SchedulePickupResult", problem(info, found, ["input", "lotId"]))
    row, code = found
    return PickupScheduled(pickup=Pickup.of(row), code=code or "")


def _answered(info: Info, found: list[Recorded] | Refusal, path: list[str]) -> object:
    if isinstance(found, Refusal):
        return problem(info, found, path)
    return CustodyEventsAnswered(
        results=[
            problem(info, each.refused, ["input", "events", str(n)])
            if each.refused
            else CustodyEventRecorded(
                chain_id=strawberry.ID(str(each.chain_id)), n=each.n or 0, hash=each.hash or "",
                incidents=list(each.incidents),
            )
            for n, each in enumerate(found)
        ]
    )  # fmt: skip


def lot_of(given: strawberry.ID) -> UUID:
    """The lot that an id names. Raises: BadInput."""
    return id_of(given, "Lot", "lotId")


def id_of(given: strawberry.ID, kind: str, argument: str) -> UUID:
    """The row that an id names. Raises: BadInput."""
    found = row_id(given, kind, argument)
    if found is None:
        raise BadInput(f"`{argument}` is not the id of a {kind}.", argument=argument)
    return found
