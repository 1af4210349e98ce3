"""Mails leave by SMTP; on a development machine they stay in a folder where they can be read."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

from integrations.http import Rejected, Unavailable

TIMEOUT_SECONDS = 20
KEPT = 200
_LOOPBACK = frozenset({"localhost", "127.0.0.1"})


@dataclass(frozen=True, slots=True)
class Mail:
    """A text to one person. `id` stays the same when a mail is sent again."""

    id: UUID
    to: str
    subject: str
    text: str = field(repr=False)
    language: str
    at: datetime


class Post(Protocol):
    """A way for mails to leave."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises: Unavailable for a later try; Rejected for a clear no."""
        ...


class NoPost:
    """No way at all: a production server without BOUCLE_SMTP_URL."""

    async def send(self, mail: Mail) -> None:
        """Raises: Rejected."""
        raise Rejected("no mail server is set: BOUCLE_SMTP_URL")


class FolderPost:
    """Puts each mail into a folder as a file that mail programs open; the last 200 stay."""

    def __init__(self, folder: Path, sender: str) -> None:
        self._folder, self._sender = folder, sender

    async def send(self, mail: Mail) -> None:
        """Write the file. Raises: Unavailable where that fails."""
        name = f"{mail.at.astimezone(UTC):%Y%m%dT%H%M%S}-{mail.id}.eml"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            new = self._folder / f".{name}.{os.getpid()}"
            new.touch(mode=0o600)
            new.write_bytes(written(mail, self._sender).as_bytes())
            new.replace(self._folder / name)
            for old in _files(self._folder)[KEPT:]:
                old.unlink(missing_ok=True)
        except OSError as error:
            raise Unavailable(type(error).__name__) from error


class SmtpPost:
    """Sends by a server of ours. Beyond this machine only over TLS.

    Shapes: `smtps://USER:PASSWORD@HOST:465`, or `smtp://…:587` with STARTTLS.
    """

    def __init__(self, url: str, sender: str) -> None:
        parts = urlsplit(url)
        self._host, self._sender = parts.hostname or "", sender
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, mail: Mail) -> None:
        """Hand the mail to the server. Raises: Unavailable, Rejected."""
        start_tls = None if self._tls or self._host in _LOOPBACK else True
        try:
            await aiosmtplib.send(
                written(mail, self._sender),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                start_tls=False if self._tls else start_tls,
                timeout=TIMEOUT_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            if all(refused.code >= 500 for refused in error.recipients):
                raise Rejected("the address was refused") from error
            raise Unavailable("the address was put off") from error
        except aiosmtplib.SMTPResponseException as error:
            if 500 <= error.code < 600 and not isinstance(
                error, aiosmtplib.SMTPAuthenticationError
            ):
                raise Rejected(f"status {error.code}") from error
            raise Unavailable(f"status {error.code}") from error
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            raise Unavailable(type(error).__name__) from error


def written(mail: Mail, sender: str) -> EmailMessage:
    """The message as it travels; a second sending has the same `Message-ID`.

    Source: RFC 5322; RFC 3834 (`Auto-Submitted`).
    """
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    message["Message-ID"] = f"<{mail.id}@{sender.rpartition('@')[2]}>"
    message["Content-Language"] = mail.language
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


@dataclass(frozen=True, slots=True)
class Kept:
    """A mail of the folder, for people to read."""

    to: str
    subject: str
    text: str
    at: str


def last(folder: Path, most: int = 20) -> Iterator[Kept]:
    """The last mails of the folder, newest first."""
    for path in _files(folder)[:most]:
        try:
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = message.get_body(("plain",))
            text = str(body.get_content()) if body else ""
        except (OSError, MessageError, LookupError, UnicodeError):
            continue
        yield Kept(str(message["To"]), str(message["Subject"]), text, str(message["Date"]))


def _files(folder: Path) -> list[Path]:
    """The mails of a folder, newest first."""
    try:
        return sorted(folder.glob("*.eml"), reverse=True)
    except OSError:
        return []
