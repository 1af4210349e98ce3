"""Sandbox process: plays the demo merchants, whose feeds it serves on this machine alone."""

import json
from datetime import UTC, date, datetime

from aiohttp import web

from boucle.demo import rows
from boucle.relay import stopping
from boucle.settings import BadSetting, Settings
from integrations.sandbox.merchants import DemoMerchant
from integrations.sandbox.server import create_sandbox
from integrations.sandbox.variants import DemoVariant

HOST = "127.0.0.1"


async def run(settings: Settings) -> None:
    """Serve the demo merchants' feeds until SIGTERM or SIGINT.

    Raises: BadSetting without a port, or where it cannot be listened on.
    """
    if settings.sandbox_port == 0:
        raise BadSetting("BOUCLE_SANDBOX_PORT", "is not set")
    runner = web.AppRunner(application(), access_log=None)
    await runner.setup()
    try:
        with stopping() as stop:
            await _listen(runner, settings.sandbox_port)
            await stop.wait()
    finally:
        await runner.cleanup()


def application() -> web.Application:
    """The servers of all demo merchants, by the clock of this machine."""
    return create_sandbox(merchants(), variants(), lambda: datetime.now(UTC))


def merchants() -> list[DemoMerchant]:
    """The merchants of the demo."""
    return [DemoMerchant.of(row) for row in rows("demo_merchants.csv")]


def variants() -> list[DemoVariant]:
    """The variants that they sell: those of the reference catalogue."""
    brands = {row["code"]: row["name"] for row in rows("brands.csv")}
    products = {row["slug"]: row for row in rows("products.csv")}
    return [_variant(row, products[row["product"]], brands) for row in rows("variants.csv")]


def _variant(row: dict[str, str], product: dict[str, str], brands: dict[str, str]) -> DemoVariant:
    released = product["release_date"]
    return DemoVariant(
        gtin=row["gtin"],
        mpn=row["mpn"] or None,
        brand=brands[product["brand"]],
        model=product["model"],
        category=product["category"],
        attributes=json.loads(row["attributes"]),
        release_date=date.fromisoformat(released) if released else None,
    )


async def _listen(runner: web.AppRunner, port: int) -> None:
    try:
        await web.TCPSite(runner, HOST, port).start()
    except OSError as error:
        problem = f"cannot listen on {HOST}:{port}: {error.strerror or error}"
        raise BadSetting("BOUCLE_SANDBOX_PORT", problem) from error
