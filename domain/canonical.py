"""JSON of one form: the same facts are the same bytes, and so the same hash.

Source: RFC 8785, for documents without floats; docs/certificates.md, "Canonical form".
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any


class NotCanonical(ValueError):
    """A document has no canonical form; the message names the path and what stands there."""


def canonical(document: Mapping[str, Any]) -> bytes:
    """The document in canonical form: sorted keys, no spaces, UTF-8, texts in NFC.

    Shapes: objects, lists, texts, whole numbers and booleans; decimals and dates are texts.
    Raises: NotCanonical for floats, nulls and keys that are not ASCII.
    """
    return json.dumps(
        _checked(document, "$"),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    ).encode()


def sha256(document: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical form, hexadecimal."""
    return hashlib.sha256(canonical(document)).hexdigest()


def _checked(value: Any, path: str) -> Any:
    match value:
        case bool() | int():
            return value
        case str():
            return unicodedata.normalize("NFC", value)
        case Mapping():
            for key in value:
                if not (isinstance(key, str) and key.isascii()):
                    raise NotCanonical(f"{path}: the key {key!r} is not ASCII")
            return {key: _checked(each, f"{path}.{key}") for key, each in value.items()}
        case Sequence() if not isinstance(value, bytes | bytearray):
            return [_checked(each, f"{path}[{n}]") for n, each in enumerate(value)]
        case _:
            raise NotCanonical(f"{path}: {type(value).__name__} has no canonical form")
