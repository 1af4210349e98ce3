"""Mails leave by SMTP with what a mail needs, or lie in a folder where they can be read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest

from integrations.http import Rejected, Unavailable
from integrations.mail import KEPT, FolderPost, Mail, NoPost, SmtpPost, last, written

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MAIL = Mail(UUID(int=7), "ada@example.org", "Votre code : é", "Bonjour,\n\n  1234\n", "fr", NOW)
SENDER = "no-reply@shop.example"


@asynccontextmanager
async def smtp(*, recipient: str = "250 ok", data: str = "250 taken") -> AsyncIterator:
    """A server that speaks just enough SMTP; yields its URL and what it was given."""
    got: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(text: str) -> None:
            writer.write(f"{text}\r\n".encode())

        say("220 here")
        while line := await reader.readline():
            word = line[:4].upper()
            if word == b"DATA":
                say("354 go on")
                got.append(await reader.readuntil(b"\r\n.\r\n"))
                say(data)
            elif word == b"QUIT":
                say("221 bye")
                break
            else:
                say(recipient if word == b"RCPT" else "250 ok")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", got


async def test_a_mail_arrives_as_it_was_written() -> None:
    async with smtp() as (url, got):
        await SmtpPost(url, SENDER).send(MAIL)

    message = message_from_bytes(got[0].removesuffix(b".\r\n"), policy=policy.default)
    assert (message["To"], message["From"]) == ("ada@example.org", SENDER)
    assert message["Subject"] == "Votre code : é"
    assert message["Message-ID"] == f"<{MAIL.id}@shop.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().split() == ["Bonjour,", "1234"]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        pytest.param({"recipient": "550 unknown"}, Rejected, id="unknown recipient"),
        pytest.param({"recipient": "451 later"}, Unavailable, id="recipient put off"),
        pytest.param({"data": "554 spam"}, Rejected, id="refused"),
        pytest.param({"data": "421 busy"}, Unavailable, id="busy"),
    ],
)
async def test_a_clear_no_is_told_from_a_later(answers: dict[str, str], error: type) -> None:
    async with smtp(**answers) as (url, _):
        with pytest.raises(error):
            await SmtpPost(url, SENDER).send(MAIL)


async def test_a_server_that_is_away_is_worth_another_try() -> None:
    with pytest.raises(Unavailable):
        await SmtpPost("smtp://127.0.0.1:1", SENDER).send(MAIL)


async def test_beyond_this_machine_nothing_travels_in_the_clear(monkeypatch) -> None:
    asked: list[dict[str, object]] = []

    async def send(_message, **given) -> None:
        asked.append(given)

    monkeypatch.setattr("integrations.mail.aiosmtplib.send", send)
    await SmtpPost("smtp://u:p%40q@mail.example", SENDER).send(MAIL)
    await SmtpPost("smtps://mail.example", SENDER).send(MAIL)

    plain, tls = asked
    assert (plain["port"], plain["start_tls"], plain["use_tls"]) == (587, True, False)
    assert (plain["username"], plain["password"]) == ("u", "p@q")
    assert (tls["port"], tls["use_tls"]) == (465, True)


async def test_without_a_server_a_mail_is_not_kept_for_later() -> None:
    with pytest.raises(Rejected, match="BOUCLE_SMTP_URL"):
        await NoPost().send(MAIL)


async def test_the_folder_shows_mails_newest_first_and_only_to_its_owner(tmp_path: Path) -> None:
    post = FolderPost(tmp_path / "mails", SENDER)
    for second in range(3):
        at = NOW.replace(second=second)
        await post.send(Mail(UUID(int=second), "a@b.example", f"No. {second}", "text", "en", at))
    await post.send(MAIL)
    await post.send(MAIL)

    found = list(last(tmp_path / "mails"))
    assert [kept.subject for kept in found] == ["No. 2", "No. 1", "Votre code : é", "No. 0"]
    assert found[2].text.split() == ["Bonjour,", "1234"]
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "mails").iterdir()} == {0o600}


async def test_the_folder_keeps_the_last_mails(tmp_path: Path) -> None:
    for number in range(KEPT + 5):
        (tmp_path / f"2020-{number:03}.eml").write_bytes(written(MAIL, SENDER).as_bytes())
    await FolderPost(tmp_path, SENDER).send(MAIL)

    assert len(list(tmp_path.glob("*.eml"))) == KEPT
    assert list(last(tmp_path / "none")) == []


def test_no_text_of_ours_ends_a_header() -> None:
    broken = Mail(UUID(int=1), "a@b.example", "x\r\nBcc: eve@example.org", "t", "en", NOW)

    with pytest.raises(ValueError, match="linefeed"):
        written(broken, SENDER)
