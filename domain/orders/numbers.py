"""Numbers of orders: short enough to be read out, too many to be guessed, with a check character.

Ten characters, as `7KQ-M3X-P9BA`: nine that are drawn, and one that the others determine. Whoever
mistypes one character, or swaps two, has no number of ours: 31 is prime, and no two weights are
equal. The letters I, L, O, U and Z are not used; what looks like a digit is read as one.
"""

from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXY"
DRAWN: Final = 9
HOW_MANY: Final = len(ALPHABET) ** DRAWN
"""So many numbers there are: 2.6e13."""

_READ_AS: Final = str.maketrans({"I": "1", "L": "1", "O": "0", "Z": "2", "-": None, " ": None})


def order_number(drawn: int) -> str:
    """The number that stands for a drawn integer from 0 to `HOW_MANY` - 1."""
    digits = []
    for _ in range(DRAWN):
        drawn, digit = divmod(drawn, len(ALPHABET))
        digits.append(digit)
    text = "".join(ALPHABET[digit] for digit in (*digits, _check(digits)))
    return f"{text[:3]}-{text[3:6]}-{text[6:]}"


def read_number(text: str) -> str | None:
    """A number as a person wrote it, in its one form; None for what is no number of ours."""
    plain = text.strip().upper().translate(_READ_AS)
    if len(plain) != DRAWN + 1 or any(mark not in ALPHABET for mark in plain):
        return None
    *digits, check = [ALPHABET.index(mark) for mark in plain]
    if check != _check(digits):
        return None
    return f"{plain[:3]}-{plain[3:6]}-{plain[6:]}"


def _check(digits: list[int]) -> int:
    return sum(place * digit for place, digit in enumerate(digits, 2)) % len(ALPHABET)
