"""Where each API answers, as its carrier publishes it; an account may name another root.

An API that is not in the table has none that is published: its accounts must name theirs.
"""

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from domain.shipments.carriers import TrackingApi

TABLE: Final = Path(__file__).with_name("roots.csv")


@cache
def roots() -> Mapping[TrackingApi, str]:
    """The published root of each API."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {TrackingApi(row["api"]): row["url"] for row in csv.DictReader(file)}
