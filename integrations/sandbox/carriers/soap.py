"""Reading and writing the XML of carriers that speak it: no DTD, no entities."""

from typing import Final
from xml.sax.saxutils import escape, quoteattr

from aiohttp import web
from lxml import etree

SOAP: Final = "http://schemas.xmlsoap.org/soap/envelope/"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>'


def parsed(text: str) -> "etree._Element | None":
    """The root of an XML text; None for what is none, or brings a DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text.strip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else root


def local(element: "etree._Element") -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def child_text(root: "etree._Element", name: str) -> str | None:
    """The text of the first element of this local name, at any depth."""
    for element in root.iter("{*}" + name):
        return element.text or ""
    return None


def tag(name: str, text: object) -> str:
    """An element that holds a text."""
    return f"<{name}>{escape(str(text))}</{name}>"


def attributes(values: dict[str, str]) -> str:
    """Attributes, each with a blank before it."""
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items())


def xml(text: str, status: int = 200, content_type: str = "text/xml") -> web.Response:
    """An XML answer."""
    body = f"{_HEAD}{text}".encode()
    return web.Response(body=body, status=status, content_type=content_type, charset="utf-8")


def envelope(inner: str) -> web.Response:
    """A SOAP answer."""
    return xml(f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Body>{inner}</soap:Body></soap:Envelope>')


def soap_fault(code: str, text: str) -> web.Response:
    """A SOAP fault, as SOAP 1.1 has it: status 500."""
    fault = f"<faultcode>soap:{code}</faultcode>{tag('faultstring', text)}"
    body = f"<soap:Body><soap:Fault>{fault}</soap:Fault></soap:Body>"
    return xml(f'<soap:Envelope xmlns:soap="{SOAP}">{body}</soap:Envelope>', 500)
