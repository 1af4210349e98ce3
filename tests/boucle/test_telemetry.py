"""Logs and metrics: one form, and numbers from the table."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from boucle import telemetry
from models.jobs import Job
from models.outbox import enqueue

ROOT = Path(__file__).resolve().parent.parent.parent
LOGGING = """
import logging, structlog
from boucle import telemetry
telemetry.set_up_logs("INFO", console=False)
log = structlog.get_logger()
with telemetry.request_bound("r-1"):
    log.info("offer.read", offer_id="7")
    telemetry.answered("r-1", "POST", "/graphql", 200, 1.5)
log.debug("offer.unheard")
log.info("server.idle")
logging.getLogger("dramatiq.worker").info("unheard")
logging.getLogger("dramatiq.worker").warning("redis is %s", "away")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("job.fault")
"""


def test_every_log_is_one_line_of_json_and_those_of_a_request_carry_its_id() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], cwd=ROOT, capture_output=True, check=True, text=True
    )
    read, answered, idle, library, fault = map(json.loads, done.stderr.splitlines())

    assert read.pop("timestamp").endswith("Z")
    assert len(answered.pop("timestamp")) == len("2026-11-23T07:00:00.123456Z")
    assert answered == {
        "event": "http.answered",
        "level": "info",
        "method": "POST",
        "ms": 1.5,
        "request_id": "r-1",
        "route": "/graphql",
        "status": 200,
    }
    assert read == {
        "event": "offer.read",
        "level": "info",
        "offer_id": "7",
        "request_id": "r-1",
    }
    assert (idle["event"], "request_id" in idle) == ("server.idle", False)
    assert (library["event"], library["level"]) == ("redis is away", "warning")
    assert library["logger"] == "dramatiq.worker"
    assert "ZeroDivisionError" in fault["exception"]


def test_answered_requests_are_not_heard_above_their_level() -> None:
    quiet = LOGGING.replace('"INFO"', '"WARNING"')
    done = subprocess.run(
        [sys.executable, "-c", quiet], cwd=ROOT, capture_output=True, check=True, text=True
    )

    assert "http.answered" not in done.stderr


def test_a_request_without_an_id_is_given_one() -> None:
    with telemetry.request_bound() as first, telemetry.request_bound() as second:
        assert len({first, second, ""}) == 3


async def test_metrics_tell_what_the_outbox_holds(db: None) -> None:
    await enqueue(Job.RUN_FEED)

    lines = (await telemetry.exposition({"created": 12})).decode().splitlines()

    assert 'boucle_jobs{queue="feeds",state="ready"} 1.0' in lines
    assert 'boucle_jobs{queue="mail",state="dead"} 0.0' in lines
    assert 'boucle_outbox_lag_seconds{queue="feeds"} 0.0' in lines
    assert 'boucle_feed_lines{outcome="created"} 12.0' in lines
    assert "boucle_database_up 1.0" in lines


async def test_metrics_answer_without_the_database(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away() -> None:
        raise ConnectionError

    await telemetry.exposition()
    monkeypatch.setattr(telemetry.outbox, "lag", away)
    text = (await telemetry.exposition()).decode()

    assert "boucle_database_up 0.0" in text
    assert "boucle_outbox_lag_seconds{" not in text
