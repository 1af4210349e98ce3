"""The code of a passport, as it stands on a label: short, read aloud without doubt, not guessed.

12 characters of 32 kinds are 60 bits; the last two check the others. What looks alike is read as
one: O as 0, I and L as 1.
Source: Crockford's Base 32.
"""

import secrets
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM: Final = 12
_ALIKE: Final = str.maketrans("OIL", "011", " -.")
_PRIME: Final = 1021


def new_code() -> str:
    """A code that nobody had."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    return body + _check(body)


def read_code(text: str) -> str | None:
    """The code in a text, without dashes, in capitals; None for what cannot be one."""
    found = text.strip().upper().translate(_ALIKE) if len(text) <= 64 else ""
    if len(found) != RANDOM + 2 or not set(found) <= set(ALPHABET):
        return None
    return found if found[RANDOM:] == _check(found[:RANDOM]) else None


def spaced(code: str) -> str:
    """A code as people read it: `ABCD-EFGH-JKMN-PQ`."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def _check(body: str) -> str:
    """Two characters that differ where one of the others does, or two neighbours change places."""
    value = 0
    for letter in body:
        value = (value * 32 + ALPHABET.index(letter)) % _PRIME
    return ALPHABET[value // 32] + ALPHABET[value % 32]
