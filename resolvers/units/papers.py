"""The documents of devices that a link opens: certificates on paper, and attachments."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from domain.units.attachments import EXTENSIONS
from models.base import as_system, transaction
from models.units import attachments, certificates
from models.units.certificates import Certificate
from resolvers.context import Context
from resolvers.units import documents
from resolvers.units.certificates import Stated, verify_code
from resolvers.units.documents import Document

CERTIFICATE, ATTACHMENT = "certificate", "attachment"
PDF: Final = "application/pdf"
Printer = Callable[[Certificate, Stated, bytes, str, date], bytes]
"""Makes the PDF of a certificate: its row, its checks, its file, a language, the day. It blocks."""
_AT_ONCE, _KEPT = 2, 32


class Busy(Exception):
    """As many documents are being printed as this process prints at once."""


class _Process:
    printer: Printer | None = None


_kept: OrderedDict[tuple[str, int, str, bool, date], bytes] = OrderedDict()
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def install(printer: Printer) -> None:
    """Let this print the certificates of the process."""
    _Process.printer = printer


def verify_url(row: Certificate) -> str:
    """Where anybody verifies a certificate."""
    return certificates.verify_url(row.code)


def certificate_link(ctx: Context, certificate_id: UUID) -> str:
    """The path of a certificate's PDF for whoever is handed it."""
    return documents.link(ctx, CERTIFICATE, certificate_id)


def attachment_link(ctx: Context, attachment_id: UUID) -> str:
    """The path of an attachment's bytes for whoever is handed it."""
    return documents.link(ctx, ATTACHMENT, attachment_id)


async def printed(code: str, language: str, today: date) -> Document | None:
    """A certificate as a PDF, as it stands today; None for a code that nobody issued.

    The last 32 that were printed are kept, for the page behind a QR code is asked for by many.
    Raises: Busy.
    """
    stated = await verify_code(code)
    if stated is None or stated.row is None or _Process.printer is None:
        return None
    row = stated.row
    name = (row.sha256, row.version, language, stated.verification.holds, today)
    if name not in _kept:
        text = await certificates.file(row)
        slots = _slots.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(_AT_ONCE))
        if slots.locked():
            raise Busy
        async with slots:
            made = await asyncio.to_thread(_Process.printer, row, stated, text, language, today)
        _kept[name] = made
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    return Document(PDF, f"certificate-{row.code}.pdf", _kept[name])


async def _certificate(certificate_id: UUID) -> Document | None:
    code = await certificates.code(certificate_id)
    return None if code is None else await printed(code, "en", Context().now.date())


async def _attachment(attachment_id: UUID) -> Document | None:
    async with transaction(), as_system():
        found = await attachments.data(attachment_id)
    if found is None:
        return None
    media_type, data = found
    name = f"attachment-{attachment_id}.{EXTENSIONS[media_type]}"
    return Document(media_type.value, name, data)


documents.register(CERTIFICATE, _certificate)
documents.register(ATTACHMENT, _attachment)
