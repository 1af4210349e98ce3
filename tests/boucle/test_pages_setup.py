"""A merchant goes from a file to its offers in a browser, by the keyboard where it types."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from graphql import parse, validate

from boucle.asgi import create_app
from boucle.graphql.reference import graphql_schema
from boucle.pages.operations import SETUP
from boucle.settings import Settings
from integrations.http import outbound
from models.base import fetch
from models.merchants import Merchant
from models.offers.feeds import Feed
from schema.root import schema
from tests import factories
from tests.boucle.browser import CHROMIUM, Page, browsing
from tests.boucle.edge import key
from tests.factories import statuses
from workers.offers.preview import look
from workers.offers.pull import run_once

SCOPES = ("feeds:read", "feeds:write")
FILE = """Mon stock du lundi
Référence;EAN;Prix TTC;Qté;État cosmétique;<b>Interne</b>
A1;{gtin};199,90;3;Très bon état;<img src=x onerror=alert(1)>
A2;{gtin};1 299,90;0;nickel;y
"""
JOBS = "UPDATE outbox_job SET state = 'done' WHERE state = 'ready' RETURNING job, kwargs::text AS k"


@pytest.mark.parametrize("name", SETUP)
def test_every_operation_that_the_script_sends_is_valid(name: str) -> None:
    assert validate(graphql_schema(schema), parse(SETUP[name])) == []


@contextlib.asynccontextmanager
async def serving(database_url: str, home: Path) -> AsyncGenerator[str]:
    """The whole application on a free port."""
    given = {
        "BOUCLE_HOME": str(home),
        "DATABASE_URL": database_url,
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "BOUCLE_RATE_LIMITS": "off",
    }
    app = create_app(Settings.load(given))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        running = asyncio.create_task(server.serve([listener]))
        while not server.started:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        await running


async def work() -> None:
    """Do what a worker does, as jobs come in."""
    async with outbound() as http:
        while True:
            for job in await fetch(JOBS):
                [text] = job["k"].strip("{}").split(", ")
                name, _, row = text.replace('"', "").partition(": ")
                now = datetime.now(UTC)
                if name == "preview_id":
                    await look(UUID(row), now)
                elif name == "run_id":
                    await run_once(UUID(row), http, now)
            await asyncio.sleep(0.05)


@pytest.fixture
async def owner(migrated: None, fresh_db: str) -> Merchant:
    [_] = await factories.world(1, 1)
    return await factories.merchant()


async def submitted(page: Page, step: str, shows: str) -> None:
    """Press the button of a step and wait for the next one, or for a complaint."""
    await page.run(f"document.querySelector('#step-{step} button.primary').click()")
    told = "document.getElementById('problem').textContent"
    await page.until(f"!document.getElementById('step-{shows}').hidden || {told}")
    assert await page.run(told) == ""


async def _begun(page: Page, text: str, path: Path) -> None:
    """Type a key and the name of a new feed, and choose a file."""
    await page.run("document.getElementById('key').focus()")
    await page.type(text)
    await page.key("Enter")
    await page.until("!document.getElementById('step-feed').hidden")
    await page.run("document.getElementById('name').focus()")
    await page.type("atelier")
    await page.key("Enter")
    await page.until("!document.getElementById('step-file').hidden")
    await page.choose_file("#file", path)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_a_file_becomes_offers_and_the_key_stays_in_the_page(
    owner: Merchant, fresh_db: str, tmp_path: Path
) -> None:
    text, _ = await key(owner.id, *SCOPES)
    path = tmp_path / "stock.csv"
    path.write_bytes(FILE.format(gtin=factories.gtin(0)).encode("cp1252"))
    worker = asyncio.create_task(work())
    async with (
        serving(fresh_db, tmp_path) as site,
        browsing(f"{site}/feeds/new?lang=fr", tmp_path / "profile") as page,
    ):
        await _begun(page, text, path)
        await submitted(page, "file", "look")
        await page.run("document.querySelector('[data-word=\"1\"]').value = 'EXCELLENT'")
        await submitted(page, "look", "try")
        tried = await page.run("document.getElementById('tried').innerText")
        assert await statuses(owner) == {}
        await submitted(page, "try", "done")

        drawn = await page.run("document.querySelector('#applied svg').outerHTML")
        kept = await page.run(
            "JSON.stringify([location.href, document.cookie, {...localStorage}, "
            "{...sessionStorage}, document.documentElement.outerHTML])"
        )
        addresses = [each["url"] for each in page.sent]
        hosts = {address.split("/")[2] for address in addresses if "://" in address}
    worker.cancel()

    assert "2 créées" in tried
    assert 'aria-label="2 créées"' in drawn
    assert await statuses(owner) == {"a1": "LIVE", "a2": "LIVE"}
    feed = await Feed.get(name="atelier")
    assert feed.settings["mapping"]["Prix TTC"] == "price"
    assert feed.settings["grade_map"]["nickel"] == "EXCELLENT"
    assert text not in kept + "".join(addresses)
    assert hosts == {site.split("/")[2]}
    assert page.console == []


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
async def test_a_key_that_opens_nothing_is_said_so_and_nothing_is_shown(
    owner: Merchant, fresh_db: str, tmp_path: Path
) -> None:
    async with (
        serving(fresh_db, tmp_path) as site,
        browsing(f"{site}/feeds/new", tmp_path / "profile") as page,
    ):
        await page.run("document.getElementById('key').focus()")
        await page.type("nothing")
        await page.key("Enter")
        told = await page.until("document.getElementById('problem').textContent")
        hidden = await page.run("document.getElementById('step-feed').hidden")

    assert "KEY_REFUSED" in told
    assert hidden
