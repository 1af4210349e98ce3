"""One way to write a document as bytes, so that everybody hashes and signs the same.

Keys are ASCII, texts are NFC, decimals and dates are texts, numbers are integers, and what is
absent is left out. For such documents it is what RFC 8785 gives.
Source: docs/certificates.md, "Canonical form".
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
LARGEST: Final = 2**53 - 1
"""Of integers, either side of zero: beyond it readers differ. Source: RFC 8785, 3.2.2.3."""
DEEPEST: Final = 16


class NotCanonical(ValueError):
    """A value has no canonical form. The message says where and why."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """The bytes of a document: sorted keys, no spaces, UTF-8.

    Raises: NotCanonical for a float, null, a key that is not lower snake, a text that is not NFC
    or holds half a surrogate pair, an integer beyond 2^53, or any other type than these, dict and
    list.
    """
    _check(document, 0)
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def sha256(written: bytes) -> str:
    """The hash of canonical bytes, in lower-case hexadecimal."""
    return hashlib.sha256(written).hexdigest()


def parsed(text: bytes) -> dict[str, Any]:
    """The object in a text, read strictly.

    Raises: NotCanonical for what is not one JSON object in UTF-8 with each key once, or holds a
    number that is no integer.
    """
    try:
        found = json.loads(
            text.decode(),
            object_pairs_hook=_once,
            parse_float=_no_float,
            parse_constant=_no_float,
        )
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as error:
        raise NotCanonical("this is not JSON in UTF-8") from error
    if not isinstance(found, dict):
        raise NotCanonical("this is not a JSON object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("a key is there twice")
    return found


def _no_float(text: str) -> Any:
    raise NotCanonical(f"{text[:20]} is a number that is no integer")


def _check(value: object, depth: int) -> None:
    """Raises: NotCanonical. Of a fleet it looks at half a million values."""
    match value:
        case str():
            if not value.isascii():
                _check_text(value)
        case dict():
            _check_members(value, depth + 1)
        case list() | tuple():
            _check_items(value, depth + 1)
        case int():
            if not -LARGEST <= value <= LARGEST:
                raise NotCanonical(": an integer beyond 2^53")
        case _:
            raise NotCanonical(f": a {type(value).__name__} has no canonical form")


def _check_members(members: Mapping[Any, object], depth: int) -> None:
    _check_depth(depth)
    for key, each in members.items():
        if not _is_key(key):
            raise NotCanonical(f": the key {key!r} is not lower snake in ASCII")
        try:
            _check(each, depth)
        except NotCanonical as error:
            raise NotCanonical(f".{key}{error}") from None


def _check_items(items: Sequence[object], depth: int) -> None:
    _check_depth(depth)
    for place, each in enumerate(items):
        try:
            _check(each, depth)
        except NotCanonical as error:
            raise NotCanonical(f"[{place}]{error}") from None


def _check_depth(depth: int) -> None:
    if depth > DEEPEST:
        raise NotCanonical(f": nested over {DEEPEST} levels")


@lru_cache(maxsize=1024)
def _is_key(key: object) -> bool:
    return isinstance(key, str) and KEY.fullmatch(key) is not None


def _check_text(text: str) -> None:
    if not unicodedata.is_normalized("NFC", text):
        raise NotCanonical(": a text that is not NFC")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotCanonical(": half a surrogate pair")
