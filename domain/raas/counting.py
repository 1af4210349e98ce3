"""What arrived against what was declared: each device has one outcome, with its reasons.

Source: docs/fleets.md, "Reconciliation".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Found(StrEnum):
    """What became of a device between the count at the start and the count at the end."""

    RECEIVED = "RECEIVED"
    MISSING = "MISSING"
    EXTRA = "EXTRA"
    MISMATCHED = "MISMATCHED"


class Mismatch(StrEnum):
    """In what a device that arrived differs from the one that was declared."""

    SERIAL_DIFFERS = "SERIAL_DIFFERS"
    MODEL_DIFFERS = "MODEL_DIFFERS"
    TAG_DIFFERS = "TAG_DIFFERS"


@dataclass(frozen=True, slots=True)
class Declared:
    """A device of the manifest: `keys` it is known by, the key of its tag, its variant."""

    asset_id: UUID
    keys: tuple[str, ...]
    tag: str | None
    variant_id: UUID | None


@dataclass(frozen=True, slots=True)
class Scan:
    """A device as it was scanned on arrival."""

    keys: tuple[str, ...]
    tag: str | None
    variant_id: UUID | None


@dataclass(frozen=True, slots=True)
class Matched:
    """A scan and the device it is; None for one that nobody declared."""

    scan: Scan
    declared: Declared | None
    found: Found
    reasons: tuple[Mismatch, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """A scan of a device that was scanned before."""

    scan: Scan
    asset_id: UUID


class Manifest:
    """The declared devices of a lot, by what they are known by."""

    def __init__(self, declared: Iterable[Declared], counted: Iterable[UUID] = ()) -> None:
        """Of these, `counted` have been scanned already."""
        self._by_key: dict[str, Declared] = {}
        self._by_tag: dict[str, Declared] = {}
        self._counted = set(counted)
        for each in declared:
            for key in each.keys:
                self._by_key.setdefault(key, each)
            if each.tag is not None:
                self._by_tag.setdefault(each.tag, each)

    def match(self, scan: Scan) -> Matched | Again:
        """Which device a scan is: by identity first, else by its tag."""
        found = next((self._by_key[key] for key in scan.keys if key in self._by_key), None)
        by_tag = self._by_tag.get(scan.tag) if scan.tag is not None else None
        if found is None and by_tag is not None and not self._taken(by_tag):
            found = by_tag
        if found is None:
            return Matched(scan, None, Found.EXTRA)
        if self._taken(found):
            return Again(scan, found.asset_id)
        self._counted.add(found.asset_id)
        reasons = tuple(_differs(found, scan))
        return Matched(scan, found, Found.MISMATCHED if reasons else Found.RECEIVED, reasons)

    def _taken(self, declared: Declared) -> bool:
        return declared.asset_id in self._counted


def _differs(declared: Declared, scan: Scan) -> Iterable[Mismatch]:
    if declared.keys and scan.keys and not set(declared.keys) & set(scan.keys):
        yield Mismatch.SERIAL_DIFFERS
    if declared.tag and scan.tag and declared.tag != scan.tag:
        yield Mismatch.TAG_DIFFERS
    both = declared.variant_id is not None and scan.variant_id is not None
    if both and declared.variant_id != scan.variant_id:
        yield Mismatch.MODEL_DIFFERS


@dataclass(frozen=True, slots=True)
class Counts:
    """The sums of a reconciliation: `declared` = received + mismatched + missing + uncounted."""

    declared: int
    received: int
    mismatched: int
    missing: int
    extra: int

    @property
    def uncounted(self) -> int:
        """Declared devices that have no outcome yet."""
        return self.declared - self.received - self.mismatched - self.missing

    @property
    def whole(self) -> bool:
        """Whether every declared device has an outcome."""
        return self.uncounted == 0

    @property
    def agrees(self) -> bool:
        """Whether all came, nothing else did, and nothing differs."""
        return self.whole and not (self.mismatched or self.missing or self.extra)


def counts(declared: int, outcomes: Mapping[Found, int]) -> Counts:
    """The sums of outcomes."""
    return Counts(
        declared,
        outcomes.get(Found.RECEIVED, 0),
        outcomes.get(Found.MISMATCHED, 0),
        outcomes.get(Found.MISSING, 0),
        outcomes.get(Found.EXTRA, 0),
    )


_BREAKS: Final = frozenset({"SEAL_BROKEN", "CUSTODY_GAP", "LOST", "MASS_BALANCE"})


def at_fault(incidents: Sequence[str], scanned_out: bool) -> bool:
    """Whether the merchant answers for a device that is missing, where the two sides disagree.

    It does where the device was scanned when it was collected, or the chain was broken on its way:
    a seal, a gap, a loss. Otherwise its count stands.
    """
    return scanned_out or bool(
        {"SEAL_BROKEN", "CUSTODY_GAP", "LOST", "MASS_BALANCE"} & {*incidents}
    )
