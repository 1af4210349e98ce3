"""What docs/webhooks.md shows verifies its own example, in each language that it shows."""

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import build_schema, parse, validate

from boucle.settings import ROOT
from domain.partners.webhooks import SCHEDULE, DeliveryState, EndpointState, Failed
from domain.topics import Topic
from tests.test_docs import firsts, page, section

PAGE = page("webhooks.md")


def shown(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.+?)```", PAGE, re.DOTALL)


[BODY] = (text.strip() for text in shown("json"))
[SECRET] = set(re.findall(r"whsec_[A-Za-z0-9+/=]{40,}", PAGE))
[SIGNATURE] = set(re.findall(r"v1,[A-Za-z0-9+/=]{40,}", PAGE))
[AT] = set(re.findall(r"timestamp (\d{10})", PAGE))
ID = "0192f6a1-7c1e-7b4e-9d51-3f6a4d0c2b11"
HEADERS = {"webhook-id": ID, "webhook-timestamp": AT, "webhook-signature": SIGNATURE}
ASKED = [
    (HEADERS, BODY, int(AT), True),
    (HEADERS | {"webhook-signature": f"v1,AAAA {SIGNATURE}"}, BODY, int(AT) + 299, True),
    (HEADERS, BODY, int(AT) + 301, False),
    (HEADERS, BODY, int(AT) - 301, False),
    (HEADERS, BODY + " ", int(AT), False),
    (HEADERS | {"webhook-id": "other"}, BODY, int(AT), False),
    (HEADERS | {"webhook-signature": SIGNATURE[:-1]}, BODY, int(AT), False),
]


@pytest.mark.parametrize(("headers", "body", "now", "ours"), ASKED)
def test_the_python_of_the_page_verifies_its_example(
    headers: dict[str, str], body: str, now: int, ours: bool
) -> None:
    names: dict[str, Any] = {}
    exec(shown("python")[0], names)  # our own page
    names["time"] = SimpleNamespace(time=lambda: now)

    assert names["verified"](SECRET, headers, body.encode()) is ours


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_javascript_of_the_page_verifies_its_example(tmp_path: Path) -> None:
    (tmp_path / "verify.mjs").write_text(shown("javascript")[0])
    lines = ['import { verified } from "./verify.mjs";']
    for headers, body, now, _ in ASKED:
        lines.append(f"Date.now = () => {now}000;")
        lines.append(f"console.log(verified({SECRET!r}, {headers}, Buffer.from({body!r})));")
    (tmp_path / "test.mjs").write_text("\n".join(lines))
    done = subprocess.run(
        ["node", "test.mjs"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.split() == [str(ours).lower() for *_, ours in ASKED]


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs OpenSSL")
def test_openssl_makes_the_signature_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "body").write_text(BODY)
    done = subprocess.run(
        ["sh", "-c", shown("sh")[0]], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert f"v1,{done.stdout.strip()}" == SIGNATURE


def test_the_tables_of_the_page_are_those_of_the_code() -> None:
    tries = section(PAGE, "Tries")
    units = {"s": 1, "min": 60, "h": 3_600}
    row = re.search(r"\| after the first \| 0 \|(.+)\|", tries)
    assert row is not None
    waits = [text.split() for text in row[1].split("|")]
    assert [0, *(int(n) * units[unit] for n, unit in waits)] == [
        int(each.total_seconds()) for each in SCHEDULE
    ]
    assert {*DeliveryState, *EndpointState} <= set(firsts(tries))
    assert set(Failed) == set(firsts(section(PAGE, "The log, and again")))
    assert set(Topic) <= set(re.findall(r"`([a-z_]+\.[a-z_]+)`", page("events.md")))


def test_every_operation_of_the_page_is_valid() -> None:
    schema = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))

    assert len(shown("graphql")) == 3
    for document in shown("graphql"):
        assert validate(schema, parse(document)) == []
