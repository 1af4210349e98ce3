"""What a spreadsheet does to the cells of a text file."""

from typing import Final

RUNS: Final = ("=", "+", "-", "@", "\t", "\r")


def harmless(text: str) -> str:
    """A text as a cell that no spreadsheet runs as a formula: an apostrophe before those it would.

    Source: OWASP, CSV injection.
    """
    return f"'{text}" if text.startswith(RUNS) else text
