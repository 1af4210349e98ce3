"""What people are told by mail, and when they are told nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.accounts.roles import Role
from domain.accounts.sign_in import PURPOSE, code_of
from integrations.mail import Mail
from models.accounts import RefreshToken, Session, SignInCode, SignInFailure, sign_in
from models.vault import Vault
from tests.identity import at_home, enter
from workers.accounts import send_code, tell_ended

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SITE = "https://shop.example"
VAULT = Vault([("k1", b"k" * 32)])


@dataclass
class Kept:
    """A way for mails to leave that keeps them."""

    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


async def _code(language: str = "en", **more: object) -> SignInCode:
    return await SignInCode.create(
        email="ada@example.org", language=language, place="192.0.2.1", asked_at=NOW, **more
    )


@pytest.mark.parametrize(("language", "word"), [("en", "Your code"), ("fr", "Votre code")])
async def test_a_code_is_mailed_in_the_language_asked_for(
    db: None, language: str, word: str
) -> None:
    row, post = await _code(language), Kept()

    for _ in range(2):
        await send_code(row.id, post, VAULT, SITE, NOW + timedelta(minutes=9))

    first, again = post.mails
    assert first == again
    assert (first.id, first.to, first.language) == (row.id, "ada@example.org", language)
    code = code_of(VAULT.secrets(PURPOSE)[0], row.id)
    assert word in first.text
    assert code in first.text
    assert code in first.subject
    assert SITE in first.text


async def test_a_code_that_no_longer_works_is_not_mailed(db: None) -> None:
    post, used = Kept(), await _code(used_at=NOW)
    await send_code(used.id, post, VAULT, SITE, NOW)
    await send_code((await _code()).id, post, VAULT, SITE, NOW + timedelta(minutes=10))
    await send_code(UUID(int=1), post, VAULT, SITE, NOW)

    assert post.mails == []


async def test_the_owner_of_an_ended_session_is_told(db: None) -> None:
    with at_home():
        account = await enter("ada@example.org", Role.CUSTOMER, second_factor=False)
    account.language = "fr"
    await account.save()
    session = await Session.create(account=account, expires_at=NOW)
    post = Kept()

    await tell_ended(session.id, post, SITE, NOW)
    await tell_ended(UUID(int=1), post, SITE, NOW)

    (mail,) = post.mails
    assert (mail.to, mail.language) == ("ada@example.org", "fr")
    assert SITE in mail.text


async def test_what_a_sign_in_leaves_behind_is_forgotten(db: None) -> None:
    with at_home():
        account = await enter("ada@example.org", Role.CUSTOMER, second_factor=False)
    await _code()
    await SignInFailure.create(email="ada@example.org", place="x", at=NOW)
    for days, revoked in ((1, None), (90, NOW), (90, None)):
        ends = NOW + timedelta(days=days)
        row = await Session.create(account=account, expires_at=ends, revoked_at=revoked)
        await RefreshToken.create(session=row, sha256=row.id.bytes, expires_at=ends)

    assert await sign_in.forget(NOW + timedelta(hours=23)) == 0
    assert await sign_in.forget(NOW + timedelta(hours=25)) == 2
    assert await sign_in.forget(NOW + timedelta(days=31, hours=1)) == 2
    assert await RefreshToken.all().count() == await Session.all().count() == 1
