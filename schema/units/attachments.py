"""Photos and documents that are sent as evidence."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from domain.units.attachments import AttachmentPurpose
from resolvers.units import attachments as resolvers
from resolvers.units import papers
from schema.common import Info, Node, global_id, row_id
from schema.rules import CUSTOMER, OWN, AnyOf, Scope, Staff, ruled

if TYPE_CHECKING:
    from models.units.attachments import Attachment as Row

READERS = AnyOf(
    (
        CUSTOMER,
        *(Scope(name) for name in resolvers.READ_SCOPES),
        Staff(frozenset(role.value for role in resolvers.ROLES)),
    )
)
strawberry.enum(AttachmentPurpose, description="What an attachment is for.")


@ruled(OWN)
@strawberry.type
class Attachment(Node):
    """A photo or document: yours, or one that was shared with you about something of yours."""

    purpose: AttachmentPurpose = strawberry.field(description="What it is for.")
    media_type: str = strawberry.field(description="`image/jpeg`, `application/pdf`, …")
    bytes: int = strawberry.field(description="How large it is, as it is kept.")
    sha256: str = strawberry.field(description="Hash of what was sent, hexadecimal.")
    width: int | None = strawberry.field(description="Pixels; `null` for a document.")
    height: int | None = strawberry.field(description="Pixels; `null` for a document.")
    created_at: datetime = strawberry.field(description="When it was sent.")
    kept_until: datetime = strawberry.field(description="When it is forgotten.")
    document_path: str = strawberry.field(
        description="Path of its bytes for whoever has it, for 15 minutes."
    )

    @classmethod
    def of(cls, row: "Row", info: Info) -> Self:
        return cls(
            id=global_id("Attachment", row.id),
            purpose=row.purpose,
            media_type=row.media_type.value,
            bytes=row.size,
            sha256=row.sha256.hex(),
            width=row.width,
            height=row.height,
            created_at=row.created_at,
            kept_until=row.kept_until,
            document_path=papers.attachment_link(info.context, row.id),
        )


@strawberry.type
class AttachmentsQuery:
    """Queries of attachments; `schema/root.py` inherits them."""

    @strawberry.field(metadata={"rule": READERS})
    async def attachment(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Id of an `Attachment`.")],
    ) -> Attachment | None:
        """An attachment of yours, or shared with you; `null` for any other.

        It is sent by `POST /v1/attachments`: docs/certificates.md, "Attachments".
        """
        found = row_id(id, "Attachment", "id")
        row = await resolvers.attachment(info.context, found) if found else None
        return Attachment.of(row, info) if row else None
