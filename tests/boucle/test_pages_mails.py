"""The page of mails that were not sent, on a development machine only."""

import base64
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from boucle import demo_people
from boucle.settings import Environment, Settings
from domain.accounts.roles import Role
from domain.accounts.sign_in import step_of, totp
from integrations.mail import FolderPost, Mail
from tests.boucle import pages_answers as answers
from tests.boucle.test_pages import app_of

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def schema() -> answers.Schema:
    return answers.Schema()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.load({"BOUCLE_HOME": str(tmp_path)})


@pytest.fixture
async def client(schema: answers.Schema, settings: Settings) -> AsyncGenerator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(schema, settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as made:
        yield made


async def test_mails_that_are_not_sent_are_shown_with_whom_to_sign_in_as(
    client: httpx.AsyncClient, settings: Settings
) -> None:
    assert "None yet" in (await client.get("/mails?lang=en")).text
    assert settings.mail_folder is not None
    mail = Mail(UUID(int=1), "ada@example.org", "<b>12345678</b>", "<i>text</i>", "en", NOW)
    await FolderPost(settings.mail_folder, "no-reply@shop.example").send(mail)
    secret = base64.b32encode(b"s" * 20).decode()
    settings.demo_second_factors.write_text(json.dumps({demo_people.STAFF.email: secret}))

    text = (await client.get("/mails?lang=en")).text

    assert "&lt;b&gt;12345678&lt;/b&gt;" in text
    assert "<i>text" not in text
    assert demo_people.CUSTOMER.email in text
    (way,) = [w for w in demo_people.ways_in(settings, NOW) if w.role is Role.COUNTRY_TEAM]
    assert way.second_factor == totp(b"s" * 20, step_of(NOW))


async def test_production_shows_no_mail(schema: answers.Schema, settings: Settings) -> None:
    production = replace(settings, environment=Environment.PRODUCTION)
    assert production.mail_folder is None
    transport = httpx.ASGITransport(app_of(schema, production))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop.test") as visitor:
        assert (await visitor.get("/mails")).status_code == 404
