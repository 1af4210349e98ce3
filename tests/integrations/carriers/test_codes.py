"""Tables of codes are data that is checked when it is loaded."""

from pathlib import Path

import pytest

from domain.shipments.scans import ShipmentReason, ShipmentStatus
from integrations.carriers.codes import FOLDER, UNMAPPED, BadTable, Meaning, rules, table

HEAD = "code,status,reason,label,source\n"


def write(folder: Path, text: str) -> Path:
    (folder / "x.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_code_is_mapped_explicitly_null_or_unmapped(tmp_path: Path) -> None:
    lines = "A,DELIVERED,DAMAGED,handed over,doc\nB,,,paid,doc\nC*,LOST,,,doc\nCD*,RETURNED,,,doc\n"
    found = table("x", write(tmp_path, HEAD + lines))

    assert found.of("A") == Meaning(
        ShipmentStatus.DELIVERED, ShipmentReason.DAMAGED, label="handed over"
    )
    assert found.of("B") == Meaning(None, None, label="paid")
    assert found.of("B").mapped
    assert found.of("a") is found.of("") is found.of("C*"[:0]) is UNMAPPED
    assert found.of("CX").status is ShipmentStatus.LOST
    assert found.of("CDX").status is ShipmentStatus.RETURNED


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("code,status\nA,DELIVERED\n", id="columns"),
        pytest.param(HEAD + "A,DELIVERD,,,\n", id="status"),
        pytest.param(HEAD + "A,DELIVERED,BORED,,\n", id="reason"),
        pytest.param(HEAD + "A,LOST,,,\nA,LOST,,,\n", id="twice"),
        pytest.param(HEAD + ",LOST,,,\n", id="empty"),
        pytest.param(HEAD + "A,LOST\n", id="short"),
        pytest.param(HEAD + "A,LOST,,,,,\n", id="long"),
    ],
)
def test_a_bad_table_stops_the_start(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadTable):
        table("x", write(tmp_path, text))


def test_the_first_rule_that_fits_decides(tmp_path: Path) -> None:
    lines = "p|q,,LOST,,,\np,z,DELIVERED,,,\n,z,RETURNED,,,\n"
    found = rules("x", ("a", "b"), write(tmp_path, "a,b,status,reason,label,source\n" + lines))

    assert found.of({"a": "p", "b": "z"}).status is ShipmentStatus.LOST
    assert found.of({"a": "r", "b": "z"}).status is ShipmentStatus.RETURNED
    assert found.of({"a": "r"}) is UNMAPPED


def test_every_table_names_its_source_in_each_line() -> None:
    import csv

    for path in sorted(FOLDER.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            assert all(row["source"] for row in csv.DictReader(file)), path.name
