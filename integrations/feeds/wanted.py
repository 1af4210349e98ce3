"""The numbers of the records to take out of a file."""

from bisect import bisect_left
from collections.abc import Sequence


class Wanted:
    """Some numbers of records, ascending; all of them where nothing is given."""

    def __init__(self, lines: Sequence[int] | None) -> None:
        self._lines = lines

    @property
    def everything(self) -> bool:
        """Whether every record is wanted."""
        return self._lines is None

    def __contains__(self, line: int) -> bool:
        if self._lines is None:
            return True
        at = bisect_left(self._lines, line)
        return at < len(self._lines) and self._lines[at] == line

    def within(self, first: int, end: int) -> Sequence[int]:
        """Those from `first` on, before `end`."""
        if self._lines is None:
            return range(first, end)
        return self._lines[bisect_left(self._lines, first) : bisect_left(self._lines, end)]
