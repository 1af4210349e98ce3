"""Labels, receipts and photos of trade-ins by links that end."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from domain.trade_in.receipt import Receipt
from models.base import as_system, transaction
from models.shipments import labels
from models.trade_in import giving
from resolvers.context import Context
from resolvers.units import documents
from resolvers.units.documents import Document
from resolvers.units.papers import attachment_link

LABEL, RECEIPT = "trade_in_label", "donation_receipt"
Printer = Callable[[Receipt, datetime], bytes]


class _Process:
    printer: Printer | None = None


def install(printer: Printer) -> None:
    """Print receipts with this one."""
    _Process.printer = printer


def label(ctx: Context, label_id: UUID) -> str:
    """The path of a label that the caller may print."""
    return documents.link(ctx, LABEL, label_id)


def receipt(ctx: Context, receipt_id: UUID) -> str:
    """The path of a receipt of the caller."""
    return documents.link(ctx, RECEIPT, receipt_id)


def photo(ctx: Context, attachment_id: UUID) -> str:
    """The path of an attachment that the caller may see."""
    return attachment_link(ctx, attachment_id)


async def _label(label_id: UUID) -> Document | None:
    async with transaction(), as_system():
        found = await labels.document(label_id)
    named = f"label-{label_id}.pdf"
    return None if found is None else Document("application/pdf", named, found)


async def _receipt(receipt_id: UUID) -> Document | None:
    async with transaction():
        found = await giving.told(receipt_id)
    if found is None or _Process.printer is None:
        return None
    data = _Process.printer(*found)
    return Document("application/pdf", f"{found[0].number}.pdf", data)


documents.register(LABEL, _label)
documents.register(RECEIPT, _receipt)
