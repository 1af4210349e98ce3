"""Chance that repeats: draws that follow from names, never from a global generator."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draws:
    """Sixteen independent draws, numbered 0 to 15."""

    digest: bytes

    def below(self, number: int, most: int) -> int:
        """The draw of this number as a whole number from 0 up to, not including, `most`."""
        at = 2 * number
        return int.from_bytes(self.digest[at : at + 2], "big") * most >> 16

    def between(self, number: int, least: int, most: int) -> int:
        """The draw of this number as a whole number from `least` to `most`, both included."""
        return least + self.below(number, most - least + 1)


def draws(*names: object) -> Draws:
    """The draws that these names always give."""
    return Draws(hashlib.sha256("|".join(map(str, names)).encode()).digest())
