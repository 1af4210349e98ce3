"""The documents that an operator registered: a folder, Relay's manifest, or Apollo's.

Source: docs/operations.md, "Registered documents".
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSyntaxError, parse

APOLLO = "apollo-persisted-query-manifest"
_SUFFIXES = (".graphql", ".gql")


class BadDocuments(Exception):
    """The set cannot be read. The message names the file or the id, and what to mend."""


class Registered:
    """Texts by the id that a client names them with. The hash of a text always is one."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = {hash_: text for text in texts.values() for hash_ in _hashes(text)}
        self._own = frozenset(self._texts.values()) | {t.strip() for t in self._texts.values()}
        self._texts |= texts

    def __len__(self) -> int:
        return len(set(self._texts.values()))

    def text(self, document_id: str) -> str | None:
        """The document of an id or a hash."""
        return self._texts.get(document_id)

    def has_text(self, text: str) -> bool:
        """Whether this very text is registered; white space around it does not count."""
        return text in self._own or text.strip() in self._own


def load(path: Path) -> Registered:
    """Read a folder of `.graphql` files, with what is below it, or a manifest.

    Raises: BadDocuments.
    """
    found: dict[str, str] = {}
    try:
        entries = list(_folder(path) if path.is_dir() else _manifest(path))
    except OSError as error:
        raise BadDocuments(f"{path} cannot be read: {error.strerror}") from error
    for document_id, text, place in entries:
        if found.get(document_id, text) != text:
            raise BadDocuments(f"{place}: two documents have this id")
        found[document_id] = text
        try:
            parse(text)
        except GraphQLSyntaxError as error:
            raise BadDocuments(f"{place}: {error.message}") from error
    if not found:
        raise BadDocuments(f"{path} holds no document")
    return Registered(found)


def _folder(path: Path) -> Iterable[tuple[str, str, str]]:
    for file in sorted(path.rglob("*")):
        if file.suffix in _SUFFIXES and file.is_file():
            text = _utf8(file)
            yield _hashes(text)[0], text, str(file)


def _manifest(path: Path) -> Iterable[tuple[str, str, str]]:
    try:
        found = orjson.loads(_utf8(path))
    except ValueError as error:
        raise BadDocuments(f"{path} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadDocuments(f"{path} is not an object of ids and documents")
    pairs = _apollo(found, path) if "operations" in found else found.items()
    for document_id, text in pairs:
        if not isinstance(document_id, str) or not isinstance(text, str):
            raise BadDocuments(f"{path}: an id or its document is not a text")
        yield document_id, text, f"{path}: {document_id}"


def _apollo(found: Mapping[str, Any], path: Path) -> Iterable[tuple[Any, Any]]:
    operations = found["operations"]
    if found.get("format") != APOLLO or found.get("version") != 1:
        raise BadDocuments(f"{path} is not of format {APOLLO}, version 1")
    if not isinstance(operations, list) or not all(isinstance(o, dict) for o in operations):
        raise BadDocuments(f"{path}: 'operations' is not a list of objects")
    return [(each.get("id"), each.get("body")) for each in operations]


def _utf8(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise BadDocuments(f"{path} is not UTF-8") from error


def _hashes(text: str) -> list[str]:
    """The hash of the text, and without the white space around it, which editors add."""
    texts = dict.fromkeys((text, text.strip()))
    return [hashlib.sha256(each.encode()).hexdigest() for each in texts]
