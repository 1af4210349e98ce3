"""VAT numbers of the Union and Britain as far as they can be judged without asking anybody.

A number of the right form may belong to nobody: only an authority's answer makes it VALID.
Source: docs/rules/vat.md, "VAT numbers".
"""

from dataclasses import dataclass

from stdnum.eu import vat as union
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as britain

from domain.orders.sale import VatNumber

_GREECE_WRITTEN, _GREECE = "EL", "GR"
_BRITAIN = "GB"


@dataclass(frozen=True, slots=True)
class CheckedNumber:
    """A number with its prefix, without separators; `country` ISO 3166-1 alpha-2, Greece `GR`.

    `state` is INVALID for a number that cannot be one, else UNAVAILABLE until an authority answers.
    """

    number: str
    country: str
    state: VatNumber


def check_number(text: str) -> CheckedNumber:
    """A VAT number as somebody typed it, judged by its form and check digits."""
    typed = "".join(c for c in text.upper() if c.isalnum())
    written = typed.replace(_GREECE, _GREECE_WRITTEN, 1) if typed[:2] == _GREECE else typed
    country = _GREECE if written[:2] == _GREECE_WRITTEN else written[:2]
    try:
        if country == _BRITAIN:
            britain.validate(written)
        else:
            union.validate(written)
    except ValidationError:
        return CheckedNumber(written, country, VatNumber.INVALID)
    return CheckedNumber(written, country, VatNumber.UNAVAILABLE)
