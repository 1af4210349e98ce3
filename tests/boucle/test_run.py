"""`boucle run` as its user meets it: one command up, one signal down."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from boucle.examples import OPERATIONS, curl
from boucle.servers.processes import session_of, working_in
from boucle.session import Run, last_run
from boucle.settings import ROOT

SECONDS = 60


@pytest.fixture
def environ(home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return {**kept, "BOUCLE_HOME": str(home), "BOUCLE_PORT": "0", "BOUCLE_RULES_STRICT": "false"}


@pytest.fixture
def run(home: Path, environ: dict[str, str]):
    with (home / "out").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "boucle", "run"],
            cwd=ROOT,
            env=environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    yield process
    process.terminate()
    process.wait(SECONDS)


def _started(home: Path, process: subprocess.Popen[bytes]) -> Run:
    """The run, once it has told its address."""
    deadline = time.monotonic() + SECONDS
    while "answers at" not in (home / "out").read_text():
        assert process.poll() is None, (home / "out").read_text()
        assert time.monotonic() < deadline, (home / "out").read_text()
        time.sleep(0.1)
    run = last_run(home)
    assert run is not None
    return run


def _ask(run: Run, query: str, variables: dict[str, object]) -> dict[str, object]:
    connection = http.client.HTTPConnection(run.url.removeprefix("http://"), timeout=10)
    body = json.dumps({"query": query, "variables": variables})
    try:
        connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    assert isinstance(answer, dict)
    return answer


def _boucle(environ: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "boucle", *words],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )


def test_one_command_up_and_one_signal_down(home: Path, environ, run) -> None:
    started = _started(home, run)

    for operation in OPERATIONS:
        answer = _ask(started, operation.query, operation.variables)
        assert "errors" not in answer, (operation.title, answer)
        assert curl(operation, started.url) in (home / "out").read_text()

    second = _boucle(environ, "run")
    assert second.returncode == 1
    assert f"already runs here as process {run.pid}" in second.stderr

    doctor = _boucle(environ, "doctor", "--json")
    findings = {f["subject"]: f for f in json.loads(doctor.stdout)["findings"]}
    assert findings["processes"]["well"], findings["processes"]
    assert findings["migrations"]["well"], findings["migrations"]

    os.kill(started.services["api"][0], signal.SIGKILL)
    assert _ask(started, "{ __typename }", {})["data"] == {"__typename": "Query"}

    run.send_signal(signal.SIGTERM)
    assert run.wait(SECONDS) == 0
    assert "stopped" in (home / "out").read_text()
    assert working_in(home / "postgres", "postgres") == []
    assert working_in(home / "valkey", "valkey-server") == []
    left = [name for name, (pid, _) in started.services.items() if session_of(pid, "boucle")]
    assert left == []
