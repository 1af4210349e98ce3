"""Who a trader is, fact by fact: what must be known, whether it can be right, when selling stops.

Source: Regulation (EU) 2022/2065 art. 30; docs/rules/traders.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from stdnum import iban
from stdnum.eu import vat as union
from stdnum.exceptions import ValidationError
from stdnum.gb import vat as britain

GRACE: Final = timedelta(days=30)
"""How long a merchant has to say what it lacks. Ours."""
CERTIFIED: Final = "COMPLIANT_GOODS_ONLY"
NO_REGISTER: Final = "NONE"
LONGEST: Final = 400


class TraderField(StrEnum):
    """A fact of a trader. `REGISTER` is the name of the trade register, or `NONE`."""

    NAME = "NAME"
    STREET = "STREET"
    POSTAL_CODE = "POSTAL_CODE"
    CITY = "CITY"
    COUNTRY = "COUNTRY"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    REGISTER = "REGISTER"
    REGISTER_NUMBER = "REGISTER_NUMBER"
    SELF_CERTIFICATION = "SELF_CERTIFICATION"
    IDENTIFICATION = "IDENTIFICATION"
    PAYMENT_ACCOUNT = "PAYMENT_ACCOUNT"
    PAYMENT_HOLDER = "PAYMENT_HOLDER"
    LEGAL_FORM = "LEGAL_FORM"
    FIRST_NAME = "FIRST_NAME"
    LAST_NAME = "LAST_NAME"
    BIRTH_DATE = "BIRTH_DATE"
    TAX_NUMBER = "TAX_NUMBER"
    TAX_COUNTRY = "TAX_COUNTRY"
    VAT_NUMBER = "VAT_NUMBER"
    ESTABLISHMENTS = "ESTABLISHMENTS"


class LegalForm(StrEnum):
    """Whether a trader is a person or something else."""

    ENTITY = "ENTITY"
    PERSON = "PERSON"


class FactState(StrEnum):
    """How far a fact can be relied on. What was verified until a day is `EXPIRED` after it."""

    GIVEN = "GIVEN"
    VERIFIED = "VERIFIED"
    DISPUTED = "DISPUTED"
    EXPIRED = "EXPIRED"


class LackCode(StrEnum):
    """Why a fact that must be known does not count."""

    MISSING = "MISSING"
    DISPUTED = "DISPUTED"
    EXPIRED = "EXPIRED"


_F = TraderField
SHOWN: Final = (
    *(_F.NAME, _F.STREET, _F.POSTAL_CODE, _F.CITY, _F.COUNTRY, _F.PHONE, _F.EMAIL),
    *(_F.REGISTER, _F.REGISTER_NUMBER, _F.SELF_CERTIFICATION),
)
"""What buyers are shown. Source: Regulation (EU) 2022/2065 art. 30(7)."""
REQUIRED: Final = (*SHOWN, _F.IDENTIFICATION, _F.PAYMENT_ACCOUNT, _F.PAYMENT_HOLDER)
"""Without these nothing is offered to consumers in the Union. Source: art. 30(1)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """What a trader said, and who compared it with what. `evidence` names what proves it."""

    field: TraderField
    value: str
    state: FactState
    given_at: datetime
    evidence: str | None = None
    valid_until: date | None = None
    checked_against: str | None = None
    checked_at: datetime | None = None
    note: str | None = None

    def on(self, day: date) -> FactState:
        """How far it can be relied on that day."""
        over = self.valid_until is not None and self.valid_until < day
        return FactState.EXPIRED if over else self.state


@dataclass(frozen=True, slots=True)
class Said:
    """A fact that a merchant gives. `evidence` names what proves it."""

    field: TraderField
    value: str
    evidence: str | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What somebody found who compared a fact with a source. `given_at` says which value it saw."""

    field: TraderField
    given_at: datetime
    state: FactState
    against: str
    note: str | None
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Lack:
    """A fact that must be known, and why it does not count."""

    field: TraderField
    code: LackCode


@dataclass(frozen=True, slots=True)
class Deadline:
    """Since when a trader is asked, until when it must answer, since when it sells no more."""

    asked_at: datetime
    due_at: datetime
    stopped_at: datetime | None = None


class Step(StrEnum):
    """What becomes of a trader now."""

    ASK = "ASK"
    STOP = "STOP"
    CLEAR = "CLEAR"


_OF_STATE: Final = {
    FactState.DISPUTED: LackCode.DISPUTED,
    FactState.EXPIRED: LackCode.EXPIRED,
}


def lacking(facts: Mapping[TraderField, Fact], day: date) -> tuple[Lack, ...]:
    """What must be known and is not, in the order of the fields.

    Who is in no register has no number there.
    """
    register = facts.get(_F.REGISTER)
    none = register is not None and register.value == NO_REGISTER
    found = []
    for field in REQUIRED:
        if field is _F.REGISTER_NUMBER and none:
            continue
        fact = facts.get(field)
        code = LackCode.MISSING if fact is None else _OF_STATE.get(fact.on(day))
        if code is not None:
            found.append(Lack(field, code))
    return tuple(found)


def step(lacks: tuple[Lack, ...], deadline: Deadline | None, now: datetime) -> Step | None:
    """What becomes of a trader with these lacks; None: nothing.

    Laws: who lacks nothing is never stopped; nobody is stopped before it was asked and `GRACE`
    went by.
    """
    if not lacks:
        return None if deadline is None else Step.CLEAR
    if deadline is None:
        return Step.ASK
    due = deadline.stopped_at is None and now >= deadline.due_at
    return Step.STOP if due else None


_COUNTRY = re.compile(r"[A-Z]{2}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


def tidy(field: TraderField, value: str) -> str:
    """A value as it is kept: without the spaces and signs that people write between digits."""
    text = " ".join(value.split())
    if field in {_F.PAYMENT_ACCOUNT, _F.VAT_NUMBER}:
        return "".join(c for c in text.upper() if c.isalnum())
    if field is _F.PHONE:
        return "".join(c for c in text if c not in " -.()/")
    upper = {_F.COUNTRY, _F.TAX_COUNTRY, _F.ESTABLISHMENTS}
    return text.upper() if field in upper else text


def fault(field: TraderField, value: str) -> str | None:
    """What is wrong with a tidy value, as a hint for who wrote it; None: it can be right."""
    if not 0 < len(value) <= LONGEST:
        return f"Say it in 1 to {LONGEST} characters."
    hint, holds = _FORMS.get(field, ("", lambda _: True))
    return None if holds(value) else hint


def _account(value: str) -> bool:
    return iban.is_valid(value)


def _vat(value: str) -> bool:
    written = value.replace("GR", "EL", 1) if value[:2] == "GR" else value
    try:
        (britain if written[:2] == "GB" else union).validate(written)
    except ValidationError:
        return False
    return True


def _day(value: str) -> bool:
    try:
        return date.fromisoformat(value) <= date.max and len(value) == len("2000-01-01")
    except ValueError:
        return False


def _countries(value: str) -> bool:
    return all(_COUNTRY.fullmatch(part) for part in value.split())


_FORMS: Final[Mapping[TraderField, tuple[str, Callable[[str], object]]]] = {
    _F.COUNTRY: ("An ISO 3166-1 code such as `FR`.", _COUNTRY.fullmatch),
    _F.TAX_COUNTRY: ("An ISO 3166-1 code such as `FR`.", _COUNTRY.fullmatch),
    _F.ESTABLISHMENTS: ("ISO 3166-1 codes with spaces between them.", _countries),
    _F.EMAIL: ("An address such as `shop@example.com`.", _EMAIL.fullmatch),
    _F.PHONE: ("With its country, such as `+33 1 23 45 67 89`.", _PHONE.fullmatch),
    _F.PAYMENT_ACCOUNT: ("An IBAN with its check digits.", _account),
    _F.VAT_NUMBER: ("A VAT number of the Union or Britain, with its country.", _vat),
    _F.BIRTH_DATE: ("A day such as `1980-05-17`.", _day),
    _F.LEGAL_FORM: ("`ENTITY` or `PERSON`.", lambda v: v in set(LegalForm)),
    _F.SELF_CERTIFICATION: (
        f"`{CERTIFIED}`: you commit to offering only goods that comply with Union law.",
        lambda v: v == CERTIFIED,
    ),
}
