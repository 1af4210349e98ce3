"""Reads a workbook apart from the process that asked, and says its rows as JSON lines.

A file of some kilobytes can make a reader of workbooks ask for hundreds of gigabytes, which ends
its process. So this one has little memory, little time, no environment, and nothing to lose.
Formulas and macros are never run: a cell is the value that was stored with it.

Run as `sheet_child.py PATH SHEET HEADS MEGABYTES SECONDS`: an empty SHEET is every visible one,
HEADS 0 is all the rows of a sheet.
"""

import json
import resource
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

MOST_SHEETS = 50
MOST_MERGED = 20_000


def main(path: str, named: str, heads: int) -> None:
    """Say each sheet and its rows."""
    from python_calamine import PasswordError, load_workbook  # noqa: PLC0415 (within the limits)

    try:
        book = load_workbook(Path(path))
        for name in _sheets(book, named):
            sheet = book.get_sheet_by_name(name)
            say({"sheet": name, "merged": (sheet.merged_cell_ranges or [])[:MOST_MERGED]})
            for number, row in enumerate(sheet.iter_rows(), 1):
                if heads and number > heads:
                    break
                say(row)
        say({"ended": True})
    except PasswordError:
        say({"failed": "password"})
    except MemoryError:
        say({"failed": "memory"})
    except BaseException as error:  # noqa: BLE001 (a panic of the reader is no Exception)
        say({"failed": "damaged", "detail": str(error)[:200]})


def _sheets(book: Any, named: str) -> list[str]:
    """The sheets to read: the one named, or those that a person sees."""
    if named:
        return [name for name in book.sheet_names if name == named]
    seen = [meta.name for meta in book.sheets_metadata if str(meta.visible).endswith(".Visible")]
    return seen[:MOST_SHEETS]


def say(value: object) -> None:
    """Write one line."""
    sys.stdout.write(json.dumps(value, default=_moment, allow_nan=False) + "\n")


def _moment(value: object) -> dict[str, str]:
    return {"at": value.isoformat() if isinstance(value, datetime | date) else str(value)}


def limit(megabytes: int, seconds: int) -> None:
    """Bound the memory and the time of this process for good."""
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


if __name__ == "__main__":
    limit(int(sys.argv[4]), int(sys.argv[5]))
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
