"""Turns facts into an HTML answer that loads and runs nothing from elsewhere."""

from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse

from boucle.pages import wording
from boucle.pages.words import say

FOLDER = Path(__file__).resolve().parent
_CLOSED = (
    "default-src 'none'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
)
STRICT = _CLOSED + "style-src 'self'"
EXPLORER = _CLOSED + "style-src 'self' 'unsafe-inline'; font-src 'self' data:"
_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, language: str, facts: dict[str, Any], *, status: int = 200, policy: str = STRICT
) -> HTMLResponse:
    """The answer of a template, with the headers that every page has."""
    html = _templates.get_template(template).render(
        facts
        | {
            "lang": language,
            "t": partial(say, language=language),
            "money": partial(wording.money, language=language),
            "country": partial(wording.country, language=language),
            "number": partial(wording.number, language=language),
            "month": partial(wording.month, language=language),
            "figure": partial(wording.figure, language=language),
            "day": partial(wording.day, language=language),
            "moment": partial(wording.moment, language=language),
            "seconds": partial(wording.seconds, language=language),
        }
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Content-Language": language,
        "Vary": "Accept, Accept-Language",
    }
    return HTMLResponse(html, status_code=status, headers=headers)
