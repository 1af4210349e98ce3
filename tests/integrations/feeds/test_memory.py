"""The worst files take little memory: each is read by a process of its own, which is measured."""

import subprocess
import sys

import pytest

from boucle.settings import ROOT

MOST_MEGABYTES = 100
SPACE = 'xmlns:g="http://base.google.com/ns/1.0"'
ITEM = "<item><g:id>A</g:id><g:price>1.00</g:price></item>"
CHILD = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from integrations.feeds.contract import FileRefused
from integrations.feeds.reading import open_feed
from tests.integrations.feeds.reading import DELTA

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def walk(path):
    for _ in open_feed(Path(path), replace(DELTA, block_bytes=4_194_304)).chunks:
        pass

for path in sys.argv[2:]:
    walk(path)
before = peak()
try:
    walk(sys.argv[1])
    said = "READ"
except FileRefused as refused:
    said = refused.code.value
print(said, peak() - before)
"""


def measured(folder, parts, suffix):
    """What a file comes to, and the megabytes that reading it took beyond small files."""
    warm = [folder / "warm.csv", folder / "warm.xml"]
    warm[0].write_text("sku,price\nA,1.00\n")
    warm[1].write_text(f"<rss {SPACE}><channel>{ITEM}</channel></rss>")
    path = folder / f"worst{suffix}"
    with path.open("w") as file:
        file.writelines(parts)
    command = [sys.executable, "-c", CHILD, str(path), *map(str, warm)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    said, megabytes = done.stdout.split()
    return said, int(megabytes)


WORST = [
    pytest.param(
        ["sku,price\nA,1.00\n", *["\n" * 1_000_000] * 2, "B,1.00\n"],
        ".csv",
        "FEED_TOO_LARGE",
        id="2,000,001 lines",
    ),
    pytest.param(
        ['sku,price\nA,1.00\n"', *["x\n" * 100_000] * 3], ".csv", "READ", id="a quote left open"
    ),
    pytest.param(
        [f"<rss {SPACE}><channel>{ITEM}<item>", *["<g:id>B</g:id>" * 100_000] * 20],
        ".xml",
        "FEED_TOO_LARGE",
        id="an item without end",
    ),
    pytest.param(
        [f"<rss {SPACE}><channel>{ITEM}<item><g:title>", *["x" * 1_000_000] * 60],
        ".xml",
        "FEED_TOO_LARGE",
        id="a text without end",
    ),
]


@pytest.mark.parametrize(("parts", "suffix", "code"), WORST)
def test_the_worst_files_take_less_than_a_hundred_megabytes(tmp_path, parts, suffix, code):
    said, megabytes = measured(tmp_path, parts, suffix)

    assert said == code
    assert megabytes < MOST_MEGABYTES
