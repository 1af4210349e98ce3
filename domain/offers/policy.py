"""What a run does about lines that fail, as whoever asks for the run has chosen."""

from enum import StrEnum


class FeedPolicy(StrEnum):
    """What a run does about the lines that it rejects."""

    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
    IGNORE_FAILED = "IGNORE_FAILED"

    @property
    def counts_failed(self) -> bool:
        """Whether rejected lines may hold a run, or pause an offer that is wrong again and again.

        Source: docs/feeds.md, "Policies".
        """
        return self is not FeedPolicy.IGNORE_FAILED

    def refuses(self, rejected: int) -> bool:
        """Whether a file with so many rejected lines changes no offer at all."""
        return self is FeedPolicy.REJECT_EVERYTHING and rejected > 0
