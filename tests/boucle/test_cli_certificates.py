"""`boucle verify` needs a file and keys, nothing else; `boucle certificate` looks after keys."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from boucle.cli import main
from boucle.settings import ROOT
from domain.units.certificates.envelope import signed
from tests.certificates import KEY_ID, OTHER, PRIVATE

DATA = ROOT / "tests" / "data" / "certificates"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The files as a person saved them."""
    for name in ("fleet-v1.json", "erasure-v1.json", "keys.json"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    return tmp_path


def verify(*args: str) -> Result:
    return CliRunner().invoke(main, ["verify", *args])


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_it_verifies_in_a_process_with_no_database_no_network_and_no_home(folder: Path) -> None:
    shut = (
        "import socket, sys\n"
        "def no(*a, **k): raise OSError('no network here')\n"
        "socket.socket.connect = socket.create_connection = socket.getaddrinfo = no\n"
        "sys.argv = ['boucle', *sys.argv[1:]]\n"
        "import runpy; runpy.run_module('boucle', run_name='__main__')\n"
    )
    env = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", shut, "verify", str(folder / "fleet-v1.json")]

    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("ok ") == 8
    assert done.stdout.count(" - ") == 3
    assert "NO_REGISTER" in done.stdout
    assert {each.name for each in folder.iterdir()} == {
        "fleet-v1.json", "erasure-v1.json", "keys.json"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        pytest.param('"LOT-1"', '"LOT-2"', "HASH HASH_MISMATCH", id="a byte"),
        pytest.param('"version":1', '"version":9', "VERSION VERSION_UNKNOWN", id="a version"),
        pytest.param('"key_id":"ed25519-2', '"key_id":"ed25519-3', "KEY KEY_UNKNOWN", id="a key"),
        pytest.param('{"alg"', ' {"alg"', "CANONICAL_FORM NOT_CANONICAL", id="a space"),
        pytest.param('"alg":"Ed25519",', "", "CANONICAL_FORM NOT_AN_ENVELOPE", id="a member"),
    ],
)
def test_what_was_altered_ends_it_with_the_reason(
    folder: Path, old: str, new: str, reason: str
) -> None:
    change(folder / "fleet-v1.json", old, new)

    found = verify(str(folder / "fleet-v1.json"))

    assert found.exit_code == 1
    assert reason in found.output


def test_a_device_left_out_and_a_list_reordered_say_so(folder: Path) -> None:
    file = folder / "fleet-v1.json"
    payload = json.loads(file.read_bytes())["payload"]
    devices = payload["devices"]
    for listed, reason in (
        (devices[1:], "DEVICE_LIST DEVICE_COUNT_MISMATCH"),
        ([devices[1], devices[0], *devices[2:]], "DEVICE_ORDER DEVICES_REORDERED"),
    ):
        file.write_bytes(signed({**payload, "devices": listed}, PRIVATE, KEY_ID).text())
        found = verify(str(file))
        assert (found.exit_code, reason in found.output) == (1, True)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"revoked_on": "2026-11-30"}, "KEY_REVOKED"),
        ({"valid_to": "2026-11-22"}, "KEY_EXPIRED"),
        ({"valid_from": "2026-11-24"}, "KEY_NOT_YET_VALID"),
    ],
)
def test_a_key_that_does_not_count_ends_it(folder: Path, facts: dict, reason: str) -> None:
    keys = folder / "other.json"
    [known] = json.loads((folder / "keys.json").read_bytes())["keys"]
    keys.write_text(json.dumps({"keys": [known | facts]}), encoding="utf-8")

    found = verify(str(folder / "fleet-v1.json"), "--keys", str(keys))

    assert found.exit_code == 1
    assert f"KEY_VALIDITY {reason}" in found.output


def test_without_keys_nothing_is_believed(folder: Path) -> None:
    (folder / "keys.json").unlink()

    found = verify(str(folder / "fleet-v1.json"), "--json")

    assert found.exit_code == 1
    told = json.loads(found.output.splitlines()[0])
    assert told["holds"] is False
    assert {s["check"]: s["reason"] for s in told["steps"]}["KEY"] == "KEY_UNKNOWN"


def test_the_certificate_before_it_can_be_given(folder: Path) -> None:
    fleet, before = str(folder / "fleet-v1.json"), str(folder / "erasure-v1.json")

    assert verify(fleet, "--previous", before).exit_code == 0
    wrong = verify(fleet, "--previous", fleet)
    assert (wrong.exit_code, "PREVIOUS PREVIOUS_MISMATCH" in wrong.output) == (1, True)


def test_a_proof_shows_that_one_device_is_on_it_and_no_other(folder: Path) -> None:
    from domain.units.certificates.merkle import path
    from tests.certificates import many_devices

    one, *_ = devices = many_devices(5).identities
    steps = path([each.leaf for each in devices], one.leaf)
    given = {
        "identity": one.identity,
        "salt": one.salt.hex(),
        "path": [{"hash": step.hash.hex(), "left": step.left} for step in steps],
    }
    file = folder / "proof.json"
    for said, code in ((given, 0), (given | {"identity": "SN:DELL:OTHER"}, 1), ({}, 1)):
        file.write_text(json.dumps(said), encoding="utf-8")
        assert verify(str(folder / "fleet-v1.json"), "--proof", str(file)).exit_code == code


def test_a_list_that_holds_no_keys_is_said_to_be_none(folder: Path) -> None:
    (folder / "keys.json").write_text('{"keys": [{"key_id": "x"}]}', encoding="utf-8")

    found = verify(str(folder / "fleet-v1.json"))

    assert found.exit_code == 1
    assert "keys.json: a key cannot be read" in found.output
    assert OTHER.hex() not in found.output


def test_keys_are_listed_rotated_and_revoked(fresh_db: str, redis_url: str) -> None:
    keys = f"a:{base64.b64encode(bytes(range(32))).decode()}"
    env = os.environ | {"DATABASE_URL": fresh_db, "REDIS_URL": redis_url, "BOUCLE_KEYS": keys}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "boucle", "certificate", *words]
        return subprocess.run(
            command, env=env, cwd=ROOT, capture_output=True, text=True, check=False
        )

    first, second = (run("rotate").stdout.split()[-1] for _ in range(2))
    revoked, again = (run("revoke-key", first, "--yes") for _ in range(2))
    listed = run("keys").stdout.splitlines()

    assert (revoked.returncode, again.returncode) == (0, 1)
    lines = {line.split()[0]: line for line in listed if line.startswith("ed25519-")}
    assert list(lines) == [second, first]
    assert lines[second].endswith("signs now")
    assert "revoked" in lines[first]
