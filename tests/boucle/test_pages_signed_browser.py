"""A customer follows an order live, and the country team compares carriers, in a browser."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from boucle.asgi import create_app
from domain.accounts.roles import Role
from domain.orders import LineState
from domain.shipments import ShipmentStatus
from domain.shipments.carriers import CarrierCode
from integrations.bus import MemoryBus
from models.accounts import SignInCode
from models.base import execute
from models.orders import order_topic
from tests import factories, identity, orders
from tests.boucle import edge
from tests.boucle.browser import CHROMIUM, Page, browsing
from tests.boucle.live import OPEN, served

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
NOW = datetime.now(UTC)
HOSTILE = "<img src=x onerror=alert(1)>"


@asynccontextmanager
async def site(database_url: str, bus: MemoryBus) -> AsyncGenerator[str]:
    """The whole application on a free port."""
    settings = edge.settings(database_url, BOUCLE_ALLOWED_HOSTS="127.0.0.1")
    app = create_app(settings, bus=bus, limits=OPEN)
    async with served(app, app.state.live) as (port, _):
        yield f"http://127.0.0.1:{port}"


async def sign_in(page: Page, email: str, app: str = "") -> None:
    """Sign in with the keyboard, as somebody who reads the mail."""
    await page.until("!document.getElementById('sign-email').hidden")
    await page.run("document.getElementById('email').focus()")
    await page.type(email)
    await page.key("Enter")
    await page.until("document.activeElement.id === 'code'")
    challenge = await SignInCode.filter(email=email).order_by("-asked_at").first()
    assert challenge is not None
    await page.type(identity.code_for(str(challenge.id)))
    if app:
        await page.key("Tab")
        await page.type(app)
    await page.key("Enter")
    told = "document.getElementById('problem').textContent"
    await page.until(f"!document.getElementById('who').hidden || {told}")
    assert await page.run(told) == ""


async def left_after_signing_out(page: Page) -> tuple[list[object], str]:
    """What a reload finds again and a sign-out leaves: in the browser, and on the page."""
    await page.call("Page.reload")
    await page.until("document.querySelector('.timeline') !== null")
    await page.run("document.getElementById('sign-out').click()")
    await page.until("!document.getElementById('sign-email').hidden")
    stored = "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])"
    kept: list[object] = json.loads(await page.run(stored))
    return kept, await page.run("document.getElementById('journey').innerText")


async def scan(parcel: object, at: datetime, status: str, place: str, country: str) -> None:
    await orders.insert(
        "shipment_event", shipment_id=parcel, event_key=f"{place}{at}", raw_code="X",
        raw_label=HOSTILE, language="de", status=status, mapped=True, occurred_at=at,
        occurred_local=at.replace(tzinfo=None) + 2 * HOUR, utc_offset_minutes=120,
        time_source="explicit", position=0, source="poll", location=place, country=country,
        recorded_at=at,
    )  # fmt: skip


async def test_a_customer_sees_the_way_of_an_order_and_what_happens_to_it_at_once(
    fresh_db: str, tmp_path: Path
) -> None:
    [item] = await factories.world(1, 1)
    bought = await orders.bought(
        await factories.merchant(), item, LineState.SHIPPED, at=NOW - 3 * DAY
    )
    parcel = await orders.parcel(
        bought, status=ShipmentStatus.IN_TRANSIT, carrier=CarrierCode.DHL, origin="DE", late=True
    )
    await scan(parcel, NOW - 2 * DAY, "ACCEPTED", "Leipzig", "DE")
    await scan(parcel, NOW - DAY, "IN_TRANSIT", "Roissy", "FR")
    bus = MemoryBus()
    async with (
        site(fresh_db, bus) as address,
        browsing(f"{address}/orders?lang=fr", tmp_path) as page,
    ):
        await sign_in(page, "camille@example.com")
        await page.until("document.querySelectorAll('.order a').length === 1")
        await page.run("document.querySelector('.order a').focus()")
        await page.key("Enter")
        await page.until("document.querySelector('#live.open') !== null")
        stops = await page.run(
            "[...document.querySelectorAll('.route strong')].map(e => e.innerText)"
        )
        here = await page.run("document.querySelector('[aria-current=step] strong').innerText")
        told = await page.run("document.getElementById('journey').innerText")

        await scan(parcel, NOW - HOUR, "DELIVERED", "Lyon 3", "FR")
        await execute("UPDATE shipment SET status = 'DELIVERED', version = version + 1")
        await bus.publish(order_topic(bought.order_id), {"version": 2})
        await page.until(
            "document.querySelector('[aria-current=step]').innerText.includes('Lyon 3')"
        )
        after = await page.run("document.querySelector('.now').innerText")

        kept, left = await left_after_signing_out(page)

    assert stops == ["Départ", "Leipzig", "Roissy", "Lyon"]
    assert here == "Roissy"
    assert "En retard" in told
    assert "Pris en charge par le transporteur" in told
    assert HOSTILE in told
    assert after == "Livré"
    assert (kept, left) == ([{}, {}, ""], "")
    assert page.console == []


async def test_a_team_sees_the_lanes_of_its_markets_drawn_and_where_there_is_too_little(
    fresh_db: str, tmp_path: Path
) -> None:
    [item] = await factories.world(1, 1)
    bought = await orders.bought(await factories.merchant(), item, at=NOW - 9 * DAY)
    facts = {"status": ShipmentStatus.DELIVERED, "lines": (), "at": NOW - 9 * DAY}
    times = {"first_scan_at": NOW - 8 * DAY, "delivered_at": NOW - 6 * DAY}
    for n in range(40):
        late = {"promised_by": (NOW - 8 * DAY).date()} if n < 10 else {}
        await orders.parcel(bought, number=f"N{n}", **facts, **times, **late)
    await orders.parcel(bought, number="U", carrier=CarrierCode.UPS, origin="DE", **facts, **times)
    async with (
        site(fresh_db, MemoryBus()) as address,
        browsing(f"{address}/team/carriers?lang=en", tmp_path) as page,
    ):
        await identity.enter("team@example.org", Role.COUNTRY_TEAM, markets=["FR"])
        await sign_in(page, "team@example.org", identity.app_code())
        await page.until("document.querySelector('#table tbody') !== null")
        marks = await page.run(
            "[...document.querySelectorAll('#plot-onTime circle title')].map(e => e.textContent)"
        )
        plots = await page.run("document.getElementById('plot-days').textContent")
        rows = await page.run(
            "[...document.querySelectorAll('#table tbody tr')].map(r => r.innerText)"
        )
        await page.until("document.querySelector('#health tbody') !== null")
        health = await page.run("document.querySelector('#health tbody').innerText")
        await page.run("document.getElementById('carrier').value = 'UPS'")
        await page.run("document.querySelector('#asked button').click()")
        await page.until("document.querySelectorAll('#table tbody tr').length === 1")

    [mark] = marks
    assert mark.startswith("La Poste FR→FR: 75% (")
    assert "not enough data (1 of 30)" in plots
    assert len(rows) == 2
    assert "30/40" in rows[0]
    assert health.startswith("FR\t")
    assert page.console == []
