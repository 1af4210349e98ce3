"""The pages on carriers and tracking say what the code does."""

import re

from boucle.settings import ROOT
from domain.shipments import TERMINAL
from domain.shipments.scans import ShipmentReason, ShipmentStatus, TimeSource
from integrations.carriers.registry import CLIENTS

WORD = re.compile(r"`([A-Z_]+)`")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rows(name: str) -> list[list[str]]:
    return in_table(page(name))


def in_table(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]


def test_every_status_is_explained_with_what_ends_a_journey() -> None:
    statuses = page("tracking.md").partition("## Statuses")[2].partition("\n## ")[0]
    listed = in_table(statuses)

    assert [row[0].strip("`") for row in listed] == list(ShipmentStatus)
    terminal = {row[0].strip("`") for row in listed if row[-1].endswith("yes")}
    assert terminal == {str(status) for status in TERMINAL}


def test_every_reason_and_source_of_a_time_is_named() -> None:
    text = page("tracking.md")

    assert set(ShipmentReason) <= set(WORD.findall(text))
    assert all(f"`{source}`" in text for source in TimeSource)


def test_every_client_has_its_row_with_the_size_of_its_calls() -> None:
    listed = {row[0].strip("`"): row for row in rows("carriers.md")}

    assert {api: int(row[3]) for api, row in listed.items() if api in set(CLIENTS)} == {
        str(api): client.batch for api, client in CLIENTS.items()
    }
