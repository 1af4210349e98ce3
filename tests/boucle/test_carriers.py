"""The carriers process plays every carrier until it is told to stop, and remembers its parcels."""

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

import aiohttp
import pytest

from boucle import carriers
from boucle.settings import ROOT, BadSetting, Settings
from integrations.sandbox.carriers import CREDENTIALS

MANY = {"Connection": "close"}


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Settings.load(
        {
            "BOUCLE_HOME": str(tmp_path),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "BOUCLE_CARRIERS_PORT": str(port),
            "BOUCLE_CARRIER_SPEED": "100000",
        }
    )


@contextmanager
def _carriers(settings: Settings) -> Generator[subprocess.Popen[bytes]]:
    words = [sys.executable, "-m", "boucle", "carriers"]
    with subprocess.Popen(words, env=os.environ | settings.environ(), cwd=ROOT) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


async def _ask(settings: Settings, method: str, path: str, **more):
    deadline = time.monotonic() + 30
    url = f"http://127.0.0.1:{settings.carriers_port}{path}"
    async with aiohttp.ClientSession(headers=MANY) as http:
        while True:
            try:
                async with http.request(method, url, **more) as response:
                    return json.loads(await response.text())
            except aiohttp.ClientConnectorError:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.05)


async def test_carriers_are_played_until_the_signal_and_remember_parcels_over_a_restart(
    settings: Settings,
) -> None:
    headers = {"X-Okapi-Key": "demo-la_poste"}
    with _carriers(settings) as process:
        told = await _ask(settings, "GET", "/control/carriers")
        assert set(told) == set(CREDENTIALS)
        asked = {"api": "LA_POSTE", "number": "6A99900000017", "kind": "REFUSED"}
        parcel = await _ask(settings, "POST", "/control/parcels", json=asked)
        assert parcel["speed"] == 100_000
    assert process.returncode == 0

    with _carriers(settings) as process:
        path = "/la_poste/suivi/v2/idships/6A99900000017"
        for _ in range(100):
            answer = await _ask(settings, "GET", path, headers=headers)
            if answer["returnCode"] == 200 and answer["shipment"]["isFinal"]:
                break
            await asyncio.sleep(0.1)
        assert answer["shipment"]["event"][0]["code"] == "DI2"
    assert process.returncode == 0


async def test_carriers_without_a_port_do_not_start(settings: Settings) -> None:
    without = Settings.load(settings.environ() | {"BOUCLE_CARRIERS_PORT": "0"})

    with pytest.raises(BadSetting, match="BOUCLE_CARRIERS_PORT: is not set"):
        await carriers.run(without)


async def test_carriers_whose_port_is_taken_say_so(settings: Settings) -> None:
    taken = socket.create_server(("127.0.0.1", settings.carriers_port))
    with taken, pytest.raises(BadSetting, match="cannot listen on 127"):
        await carriers.run(settings)
