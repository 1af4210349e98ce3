"""The sandbox process serves the demo merchants' feeds, and the examples name what they sell."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from boucle import demo, demo_catalogue, sandbox
from boucle.examples import OPERATIONS
from boucle.settings import ROOT, BadSetting, Settings
from integrations.http import Request, Unavailable, call, outbound
from integrations.sandbox.offers import offers

TICK = 29_000_000


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings.load({"BOUCLE_HOME": str(tmp_path), "DATABASE_URL": database_url})


@contextmanager
def _sandbox(settings: Settings, redis_url: str, port: int) -> Generator[subprocess.Popen[bytes]]:
    environ = settings.environ() | {"REDIS_URL": redis_url, "BOUCLE_SANDBOX_PORT": str(port)}
    words = [sys.executable, "-m", "boucle", "sandbox"]
    with subprocess.Popen(words, env=os.environ | environ, cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


async def test_the_sandbox_serves_every_demo_merchant_until_it_is_told_to_stop(
    settings: Settings, redis_url: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with _sandbox(settings, redis_url, port) as process:
        listed = await _listed(f"http://127.0.0.1:{port}/feeds", [f"127.0.0.1:{port}"])

    assert process.returncode == 0
    assert {row["slug"] for row in listed} == {
        row["slug"] for row in demo.rows("demo_merchants.csv")
    }


async def _listed(url: str, allowed: list[str]):
    deadline = time.monotonic() + 30
    async with outbound(allowed=allowed) as http:
        while True:
            try:
                return json.loads((await call(http, Request("GET", url, {}))).body)
            except Unavailable:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)


async def test_a_sandbox_without_a_port_does_not_start(settings: Settings) -> None:
    without = Settings.load(settings.environ() | {"BOUCLE_SANDBOX_PORT": "0"})

    with pytest.raises(BadSetting, match="BOUCLE_SANDBOX_PORT: is not set"):
        await sandbox.run(without)


async def test_a_sandbox_whose_port_is_taken_says_so(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = Settings.load(
            settings.environ() | {"BOUCLE_SANDBOX_PORT": str(taken.getsockname()[1])}
        )

        with pytest.raises(BadSetting, match="cannot listen on 127"):
            await sandbox.run(busy)


def test_the_examples_name_what_several_demo_merchants_sell_in_france() -> None:
    slugs = {each.variables["slug"] for each in OPERATIONS if "slug" in each.variables}
    gtins = {row["gtin"] for row in demo.rows("variants.csv") if row["slug"] in slugs}
    variants = demo_catalogue.variants()

    sellers = [
        merchant.slug
        for merchant in demo_catalogue.merchants()
        if merchant.slug in {"remiz-atelier", "wiederwerk", "segunda-luz"}
        and gtins <= {offer.variant.gtin for offer in offers(merchant, variants, TICK)}
    ]

    assert len(gtins) == len(slugs) == 1
    assert len(sellers) == 3
