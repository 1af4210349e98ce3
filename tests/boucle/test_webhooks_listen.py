"""The receiver for people who build one: by its command line, over real HTTP."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest

from boucle.listen import Heard, Listener
from boucle.settings import ROOT
from domain.partners import signing
from tests import webhooks
from tests.domain.partners.test_signing import AT, BODY, ID, MADE_BY_OPENSSL

SECRET, OTHER = bytes(range(32)), bytes(range(50, 82))
BOUCLE = [sys.executable, "-m", "boucle", "webhooks"]


@contextmanager
def listening(*words: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command on a free port: its address and the process."""
    text = [f"--secret={signing.written(secret)}" for secret in (SECRET, OTHER)]
    process = subprocess.Popen(
        [*BOUCLE, "listen", "--port=0", *text, *words],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        first = process.stderr.readline()
        assert first.startswith("listening at http://127.0.0.1:"), first
        yield first.split()[2].rstrip(";"), process
    finally:
        process.kill()
        process.wait()


def signed(body: bytes, *secrets: bytes, at: int | None = None) -> dict[str, str]:
    return signing.headers(secrets or (SECRET,), "an-id", at or int(time.time()), body)


async def test_it_echoes_verifies_forwards_and_says_what_is_wrong(tmp_path: Path) -> None:
    challenge = b'{"topic":"webhook.challenge","data":{"challenge":"abc"}}'
    event = b'{"topic":"feed.held","version":3,"object":{"type":"FeedRun","id":"x"},"data":{}}'
    async with webhooks.sink() as behind, aiohttp.ClientSession() as client:
        behind.answers["/down"] = webhooks.broken
        with listening("--json", f"--forward={behind.url('/in')}") as (url, process):
            async with client.post(url, data=challenge, headers=signed(challenge)) as answer:
                assert await answer.json() == {"challenge": "abc"}
            statuses = []
            for headers in (
                signed(event),
                signed(event, OTHER),
                signed(event, bytes(32), SECRET),
                signed(event, bytes(32)),
                signed(event, at=int(time.time()) - 400),
                {},
            ):
                async with client.post(url, data=event, headers=headers) as answer:
                    statuses.append(answer.status)
            process.send_signal(signal.SIGINT)
            output, complaints = process.communicate(timeout=10)

    assert (process.returncode, complaints) == (0, "")
    assert statuses == [200, 200, 200, 401, 401, 401]
    heard = [json.loads(line) for line in output.splitlines()]
    assert [each["verified"] for each in heard] == [True] * 4 + [False] * 3
    assert "another endpoint" in heard[4]["why"]
    assert "5 minutes ago" in heard[5]["why"]
    assert "webhook-id is missing" in heard[6]["why"]
    assert [(got.path, got.body) for got in behind.got] == [("/in", event)] * 3
    assert behind.got[0].headers["webhook-id"] == "an-id"


async def test_what_the_program_behind_answers_is_the_answer() -> None:
    heard: list[Heard] = []
    async with webhooks.sink() as behind, aiohttp.ClientSession() as client:
        behind.answers["/down"] = webhooks.broken
        for address in (behind.url("/down"), "http://127.0.0.1:9/"):
            app = Listener([SECRET], heard.append, address).app()
            runner = aiohttp.web.AppRunner(app)
            await runner.setup()
            await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
            port = runner.addresses[0][1]
            body = b'{"topic":"feed.held"}'
            url = f"http://127.0.0.1:{port}/"
            async with client.post(url, data=body, headers=signed(body)) as answer:
                await answer.read()
            await runner.cleanup()

    assert [(each.status, each.forwarded) for each in heard] == [(500, 500), (502, 0)]
    assert "feed.held" in heard[0].as_text()
    assert "forwarded: no answer" in heard[1].as_text()


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        pytest.param(["--any-age"], 0, "verified", id="ours"),
        pytest.param([], 1, "5 minutes", id="old"),
        pytest.param(["--any-age", f"--id={ID[:-1]}"], 1, "No signature fits", id="changed"),
    ],
)
def test_a_saved_request_is_verified(tmp_path: Path, more: list[str], code: int, told: str) -> None:
    (tmp_path / "body").write_bytes(BODY)
    words = [f"--id={ID}", f"--timestamp={AT - 0}", f"--signature={MADE_BY_OPENSSL}"]
    words += [f"--body={tmp_path / 'body'}", f"--secret={signing.written(SECRET)}", *more]
    done = subprocess.run(
        [*BOUCLE, "verify", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == code
    assert told in done.stdout + done.stderr
