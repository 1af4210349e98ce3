"""The words by which companies name models, in one form: sizes apart, codes joined, typos left.

Source: docs/fleets.md, "Matching".
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from domain.catalog.terms import fold_word


def words(text: str) -> list[str]:
    """The words of a line of words."""
    return text.split()


NETWORKS: Final = frozenset({"4g", "5g"})
_PART: Final = re.compile(r"[a-z]{3,}|[a-z]{0,2}\d+(?:[a-z]{1,2}(?![a-z]))?|[a-z]+")
_YEAR: Final = re.compile(r"20[0-3]\d")
_WORD: Final = re.compile(r"\d\.\d\b|[^\W_]+\+?|\+")
_SIZE: Final = re.compile(r"(?<![\w.])(\d{1,4})\s*(gb|go|gib|tb|to|tib|giga|gig)s?(?![a-z0-9])")
_PAIR: Final = re.compile(
    r"(?<![\w.])(\d{1,2})(?:\s*(?:gb|go))?(?:\s*/\s*|\+)(\d{2,4})\s*(?:gb|go)?(?!\w)"
)
_RAM: Final = re.compile(r"(?<![\w.])(\d{1,3})\s*(?:gb|go)\s*(?:of\s+|de\s+)?(?:ram|ddr\d?)\b")
_BARE_SIZE: Final = frozenset({16, 32, 64, 128, 256, 512})
_QUALIFIERS: Final = frozenset(
    words(
        "pro max plus mini ultra lite light se fe air note edge fold flip active neo prime "
        "zoom xl slim play power fusion ace duo go neo nord tab watch book buds pod pods "
        "studio 3g 4g 5g cellular yoga carbon x e s a c m t g gen generation tactile"
    )
)
NOISE: Final = frozenset(
    words(
        "smartphone smartphones telephone phone mobile portable handy tablet tablette "
        "tableta laptop notebook ordinateur pc computer desktop dual sim dualsim esim "
        "single nano unlocked debloque simlockfrei libre wifi wi fi lte gsm ds eu uk us fr "
        "de es it intl international version edition model modele modell modelo the le la "
        "les des der die das el los with avec mit con of and et und y in black white blue "
        "red green gold silver grey gray space midnight starlight pink purple yellow "
        "graphite noir noire blanc blanche bleu rouge vert gris argent rose violet jaune "
        "minuit lumiere stellaire schwarz weiss blau rot grun grau silber gelb negro blanco "
        "azul rojo verde plata gris noche sideral refurbished reconditionne occasion used "
        "enterprise edition ssd hdd ram rom nvme stockage storage inch inches pouces zoll "
        "pulgadas core intel amd qwerty azerty qwertz clavier keyboard i3 i5 i7 i9 smart "
        "device appareil apple"
    )
)
"""Words of models that tell no model apart."""
_SAME_WORDS: Final[Mapping[str, str]] = {
    "+": "plus",
    "tp": "thinkpad",
    "generation": "gen",
    "light": "lite",
    "iph": "iphone",
    "fp2": "2",
    "fp3": "3",
    "fp4": "4",
    "fp5": "5",
    "mbp": "macbook pro",
    "mba": "macbook air",
    "inch": "",
    "inches": "",
    "pouces": "",
    "zoll": "",
    "ipadpro": "ipad pro",
    "1st": "1",
    "2nd": "2",
    "3rd": "3",
    "4th": "4",
    "5th": "5",
    "6th": "6",
    "7th": "7",
    "8th": "8",
    "9th": "9",
    "10th": "10",
}


def sizes_of(model: str, storage: str | None) -> tuple[str, int | None, int | None]:
    """The text without what it says of sizes; storage and memory in GB, None where not said."""
    text = fold_word(model)
    given = _size_of(fold_word(storage)) if storage else None
    memory: int | None = None
    if found := _RAM.search(text):
        memory, text = int(found[1]), _RAM.sub(" ", text)
    pair = _PAIR.search(text)
    if pair and (int(pair[2]) in _BARE_SIZE or int(pair[2]) >= 1_000):
        memory, given = memory or int(pair[1]), given or int(pair[2])
        text = _PAIR.sub(" ", text, count=1)
    said = [_in_gb(number, unit) for number, unit in _SIZE.findall(text)]
    text = _SIZE.sub(" ", text)
    if said:
        given = given or max(said)
        if len(said) > 1 and memory is None and min(said) < given:
            memory = min(said)
    return text, given, memory


def _in_gb(number: str, unit: str) -> int:
    return int(number) * (1024 if unit.startswith("t") else 1)


def _size_of(text: str) -> int | None:
    """The storage that a cell says: `128`, `128 Go`, `1TB`."""
    if found := _SIZE.search(text):
        return _in_gb(found[1], found[2])
    bare = text.strip().removesuffix(".0")
    return int(bare) if bare.isdigit() and 0 < int(bare) <= 8_192 else None


def words_of(text: str) -> list[str]:
    """The words of a folded text, in one form each."""
    found: list[str] = []
    for match in _WORD.finditer(text):
        word = match[0]
        plus = word != "+" and word.endswith("+")
        whole = word[:-1] if plus else word
        for part in _parts(whole) if "." not in whole else (whole,):
            found += _SAME_WORDS.get(part, part).split()
        found += ["plus"] if plus else []
    return _joined(found)


def _joined(words: Sequence[str]) -> list[str]:
    """Codes that people write in two words, as one: `gen 1` and `1st gen` are `g1`, `s 21` `s21`.

    A word said a second time is another word: a MacBook Pro may have a chip of that name, or not.
    """
    found: list[str] = []
    for word in words:
        before = found[-1] if found else ""
        if word == "gen" and before.isdigit():
            found[-1] = f"g{before}"
        elif word.isdigit() and before == "gen":
            found[-1] = f"g{word}"
        elif (word.isdigit() and len(before) == 1 and before.isalpha()) or (
            len(word) == 1 and word.isalpha() and before.isdigit() and len(before) < 3
        ):
            found[-1] = before + word
        else:
            found.append(word)
    return [f"{w}~" if w in found[:at] else w for at, w in enumerate(found)]


@lru_cache(maxsize=65_536)
def _parts(word: str) -> tuple[str, ...]:
    """A word in its letters and numbers: `iphone13pro` is `iphone`, `13`, `pro`.

    Short codes such as `s21`, `t14s` and `5g` stay whole.
    """
    return tuple(_PART.findall(word)) or (word,)


@lru_cache(maxsize=65_536)
def is_spare(word: str) -> bool:
    """Whether a word may be left out where nothing else is told by it: a year, a network."""
    return word in NETWORKS or _YEAR.fullmatch(word) is not None


@lru_cache(maxsize=65_536)
def tells_apart(word: str) -> bool:
    """Whether a word tells models of one family apart."""
    plain = word.rstrip("~")
    return plain in _QUALIFIERS or any(letter.isdigit() for letter in plain)
