"""A tree of salted hashes: it proves that a device is on a list, and shows no other.

Source: docs/certificates.md, "Devices".
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
_LEAF, _NODE = b"\x00", b"\x01"
_LEFT_OUT: Final = re.compile(r"[\s-]+")
_IMEI: Final = re.compile(r"[0-9]{15}")
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Salted:
    """An identity and its salt of 16 random bytes: who has both can prove its leaf."""

    identity: str
    salt: bytes

    @property
    def leaf(self) -> bytes:
        """The hash that stands for the identity."""
        return leaf(self.salt, self.identity)

    @property
    def masked(self) -> str:
        """The identity as everybody may read it."""
        return masked(self.identity)


@dataclass(frozen=True, slots=True)
class Step:
    """One step from a leaf to the root: the hash beside it, and whether that is the left one."""

    hash: bytes
    left: bool


def identity(text: str) -> str:
    """An identity as it is hashed: capitals, without spaces and hyphens; 15 digits are an IMEI.

    Shapes: `IMEI:<15 digits>`, `SN:<MAKER>:<SERIAL>`, `MEDIUM:<SERIAL>`.
    """
    found = _LEFT_OUT.sub("", text).upper()
    return f"IMEI:{found}" if _IMEI.fullmatch(found) else found


def imei_identity(digits: str) -> str:
    """The identity of a device with an IMEI."""
    return identity(f"IMEI:{digits}")


def serial_identity(maker: str, serial: str) -> str:
    """The identity of a device with a serial number of its maker."""
    return identity(f"SN:{maker.replace(':', '')}:{serial}")


def medium_identity(serial: str) -> str:
    """The identity of a storage medium."""
    return identity(f"MEDIUM:{serial}")


def masked(text: str) -> str:
    """An identity as everybody may read it: its kind, its maker, and its last three characters.

    Four of an IMEI would leave a hundred numbers to guess from, once the model is known.
    """
    named, _, value = text.rpartition(":")
    left = min(_SHOWN, len(value) // 3)
    hidden = "•" * (len(value) - left) + value[len(value) - left :]
    return f"{named}:{hidden}" if named else hidden


def leaf(salt: bytes, of: str) -> bytes:
    """SHA-256 of 0x00, the salt and the identity. Raises: ValueError for a salt of other length."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes")
    return hashlib.sha256(_LEAF + salt + of.encode()).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256 of 0x01 and two hashes."""
    return hashlib.sha256(_NODE + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaves, which are sorted here; an odd last one moves up unchanged.

    Raises: ValueError for no leaf.
    """
    return _levels(leaves)[-1][0]


def path(leaves: Iterable[bytes], of: bytes) -> list[Step]:
    """The hashes beside the way from a leaf to the root. Raises: ValueError where it is not."""
    levels = _levels(leaves)
    place = levels[0].index(of)
    steps = []
    for level in levels[:-1]:
        beside = place ^ 1
        if beside < len(level):
            steps.append(Step(level[beside], left=beside < place))
        place //= 2
    return steps


def climbed(of: bytes, steps: Iterable[Step]) -> bytes:
    """The root that a leaf and a path lead to."""
    reached = of
    for step in steps:
        reached = node(step.hash, reached) if step.left else node(reached, step.hash)
    return reached


def _levels(leaves: Iterable[bytes]) -> list[Sequence[bytes]]:
    """The leaves, sorted, and each level above them up to the root alone."""
    level: Sequence[bytes] = sorted(leaves)
    if not level:
        raise ValueError("a tree has a leaf")
    found = [level]
    while len(level) > 1:
        pairs = [node(*level[at : at + 2]) for at in range(0, len(level) - 1, 2)]
        level = [*pairs, level[-1]] if len(level) % 2 else pairs
        found.append(level)
    return found
