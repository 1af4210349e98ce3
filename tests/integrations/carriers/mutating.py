"""Bodies that a carrier might send on its worst day, made from good ones."""

import copy
import json
from typing import Any

import orjson
from hypothesis import strategies as st
from lxml import etree

Draw = Any
ODD = (
    *("", "0", "-1", "x" * 5000, "\x00", "🚚", "٣", "a\u2028b", "NaN", "Infinity", "1e999"),
    *("2026-02-30T25:61:00", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00-23:59", "+99.99"),
)
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(ODD),
    st.lists(st.none() | st.integers(0, 9) | st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(0, 9), max_size=3),
    st.integers(1, 300).map(lambda depth: orjson.loads(b"[" * depth + b"]" * depth)),
    st.integers(1, 300).map(lambda depth: orjson.loads(b'{"a":' * depth + b"1" + b"}" * depth)),
)
"""Values of other types. None of them is a code that says `DELIVERED`."""


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Each container with each of its keys."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else list(range(len(here)))
        found += [(here, key) for key in keys]
        waiting += [here[key] for key in keys if isinstance(here[key], dict | list)]
    return found


@st.composite
def mutated_json(draw: Draw, golden: Any) -> bytes:
    """A good body with a few of its parts dropped, doubled, wrapped or of another type."""
    body = copy.deepcopy(golden)
    for _ in range(draw(st.integers(1, 5))):
        places = _places(body)
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["drop", "junk", "wrap", "unwrap", "double"])):
            case "drop":
                del holder[key]
            case "junk":
                holder[key] = draw(JUNK)
            case "wrap":
                holder[key] = [copy.deepcopy(holder[key])]
            case "unwrap" if isinstance(holder[key], list) and holder[key]:
                holder[key] = holder[key][0]
            case _ if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
    return draw(spoiled(json.dumps(body).encode()))


@st.composite
def mutated_xml(draw: Draw, golden: bytes) -> bytes:
    """A good document with elements dropped, doubled, emptied, and attributes of other values."""
    root = etree.fromstring(golden)
    for _ in range(draw(st.integers(1, 5))):
        element = draw(st.sampled_from(list(root.iter())))
        parent = element.getparent()
        match draw(st.sampled_from(["drop", "text", "attribute", "lose", "double", "rename"])):
            case "drop" if parent is not None:
                parent.remove(element)
            case "text":
                element.text = draw(_XML_TEXT)
            case "attribute" if element.attrib:
                element.set(draw(st.sampled_from(sorted(element.attrib))), draw(_XML_TEXT))
            case "lose" if element.attrib:
                del element.attrib[draw(st.sampled_from(sorted(element.attrib)))]
            case "double" if parent is not None:
                parent.append(copy.deepcopy(element))
            case "rename":
                element.tag = "other"
    return draw(spoiled(etree.tostring(root, xml_declaration=True, encoding="UTF-8")))


_XML_TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co")), max_size=20
) | st.sampled_from(["", "99.99.9999 99:99", "31.02.2026 10:00", "x" * 5000, "9" * 400, "-0"])


@st.composite
def spoiled(draw: Draw, body: bytes) -> bytes:
    """A body that is cut off, in another encoding, inside another one, or as it was."""
    match draw(st.sampled_from(["whole", "whole", "whole", "cut", "utf-16", "byte", "page"])):
        case "cut":
            return body[: draw(st.integers(0, len(body)))]
        case "utf-16":
            return body.decode("utf-8", "replace").encode("utf-16")
        case "byte":
            at = draw(st.integers(0, max(len(body) - 1, 0)))
            return body[:at] + draw(st.binary(max_size=3)) + body[at + 1 :]
        case "page":
            return b"<!DOCTYPE html><html><body>" + body + b"</body></html>"
        case _:
            return body
