"""One way to write a document as bytes, so that everybody hashes and signs the same.

Keys are ASCII, texts are NFC, decimals and dates are texts, numbers are integers, and what is
absent is left out. For such documents it is what RFC 8785 gives.
Source: docs/certificates.md, "Canonical form".
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
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
    or holds half a surrogate pair, an integer beyond 2^53, or any other type.
    """
    _check(document, "", 0)
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


def _check(value: object, where: str, depth: int) -> None:
    if depth > DEEPEST:
        raise NotCanonical(f"{where}: nested over {DEEPEST} levels")
    if isinstance(value, Mapping):
        for key, each in value.items():
            if not (isinstance(key, str) and KEY.fullmatch(key)):
                raise NotCanonical(f"{where}: the key {key!r} is not lower snake in ASCII")
            _check(each, f"{where}.{key}", depth + 1)
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            _check(each, f"{where}[{place}]", depth + 1)
    elif (problem := _problem(value)) is not None:
        raise NotCanonical(f"{where}: {problem}")


def _problem(value: object) -> str | None:
    if isinstance(value, str):
        return _problem_of_text(value)
    if not isinstance(value, int):
        return f"a {type(value).__name__} has no canonical form"
    return None if abs(value) <= LARGEST else "an integer beyond 2^53"


def _problem_of_text(text: str) -> str | None:
    if text.isascii():
        return None
    if not unicodedata.is_normalized("NFC", text):
        return "a text that is not NFC"
    half = any("\ud800" <= letter <= "\udfff" for letter in text)
    return "half a surrogate pair" if half else None
