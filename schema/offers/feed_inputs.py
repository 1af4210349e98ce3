"""What a merchant sends to set a feed up. What is left out is kept, `null` clears."""

from collections.abc import Mapping
from typing import Any, Final

import strawberry
from strawberry import UNSET

from domain.catalog import Grade
from domain.money import Currency
from schema.common import ONCE
from schema.offers.feed_shapes import (
    CredentialKind,
    DecimalMark,
    FeedFormat,
    FeedMode,
    FeedPolicy,
    VatScheme,
)

URL: Final = (
    "`https://…`, or `sftp://user@host/folder/pattern` for the newest file whose name fits. "
    "No secret in it: send credentials."
)
EVERY: Final = "How often it is pulled: 300 to 86400 seconds; 3600 if not given."
STALE: Final = "Its offers are paused after so long without a success: 3600 to 2592000 seconds."
HOST_KEY: Final = "Fingerprint of the SFTP server's key that you confirm: `SHA256:…`."
CREDENTIALS: Final = "Write-only. They go to the host of `url` and to no other."


@strawberry.input
class BasicCredentialsInput:
    """HTTP Basic authentication."""

    user: str = strawberry.field(description="User name, without a colon.")
    password: str = strawberry.field(description="Password.")


@strawberry.input
class BearerCredentialsInput:
    """A bearer token."""

    token: str = strawberry.field(description="The token.")


@strawberry.input
class QueryKeyCredentialsInput:
    """A secret in the query of the address, added when it is called."""

    name: str = strawberry.field(description="Name of the parameter.")
    value: str = strawberry.field(description="The secret.")


@strawberry.input
class PasswordCredentialsInput:
    """The password of the user of an SFTP address."""

    password: str = strawberry.field(description="Password.")


@strawberry.input
class PrivateKeyCredentialsInput:
    """The private key of the user of an SFTP address."""

    private_key: str = strawberry.field(
        description="The key file, PEM or OpenSSH, without a passphrase."
    )


@strawberry.input(one_of=True)
class FeedCredentialsInput:
    """How we say who we are: exactly one."""

    basic: BasicCredentialsInput | None = strawberry.field(
        default=UNSET, description="For `https`: Basic authentication."
    )
    bearer: BearerCredentialsInput | None = strawberry.field(
        default=UNSET, description="For `https`: a bearer token."
    )
    query_key: QueryKeyCredentialsInput | None = strawberry.field(
        default=UNSET, description="For `https`: a secret in the query."
    )
    password: PasswordCredentialsInput | None = strawberry.field(
        default=UNSET, description="For `sftp`: a password."
    )
    private_key: PrivateKeyCredentialsInput | None = strawberry.field(
        default=UNSET, description="For `sftp`: a private key."
    )


@strawberry.input
class ColumnMappingInput:
    """A column of yours and the field of ours that it holds."""

    column: str = strawberry.field(description="Name of your column.")
    field: str | None = strawberry.field(
        default=None, description="Name of our field, such as `price`; `null` leaves it out."
    )


@strawberry.input
class GradeWordInput:
    """A word of yours and the grade that it means."""

    word: str = strawberry.field(description="Your word.")
    grade: Grade = strawberry.field(description="The grade.")


@strawberry.input
class FeedSettingsInput:
    """How files are read. What is left out is kept, `null` is the default again."""

    markets: list[str] | None = strawberry.field(
        default=UNSET, description="Where lines without `markets` sell: some of your markets."
    )
    currency: Currency | None = strawberry.field(
        default=UNSET, description="Of amounts without one."
    )
    encoding: str | None = strawberry.field(
        default=UNSET, description="Of files that are not UTF-8: `cp1252`, `cp932` and others."
    )
    separator: str | None = strawberry.field(
        default=UNSET, description="A comma, a semicolon, a tab or a vertical bar."
    )
    decimal: DecimalMark | None = strawberry.field(
        default=UNSET, description="For amounts such as `1.234` that nothing else settles."
    )
    grade_words: list[GradeWordInput] | None = strawberry.field(
        default=UNSET, description="All your words for grades, before ours: at most 500."
    )
    fixed_grade: Grade | None = strawberry.field(
        default=UNSET, description="Grade of lines that have none."
    )
    grade_column: str | None = strawberry.field(
        default=UNSET, description="Column that holds the grade, such as `custom_label_0`."
    )
    mapping: list[ColumnMappingInput] | None = strawberry.field(
        default=UNSET, description="All your columns that are not named as ours: at most 200."
    )
    sheet: str | None = strawberry.field(
        default=UNSET, description="Sheet of a workbook, instead of the first with a header."
    )
    default_quantity: int | None = strawberry.field(
        default=UNSET,
        description="Stock of what is only said to be in stock: 0 to 100000.",
    )
    default_warranty_months: int | None = strawberry.field(
        default=UNSET, description="Months of lines that say none: 12 to 600."
    )
    vat_scheme: VatScheme | None = strawberry.field(
        default=UNSET, description="Scheme of lines that say none."
    )
    handling_hours: int | None = strawberry.field(
        default=UNSET, description="Hours from order to carrier of lines that say none: 0 to 240."
    )


@strawberry.input
class _FeedTold:
    """What a feed can be told, when it is made and later."""

    policy: FeedPolicy | None = strawberry.field(
        default=UNSET, description="What its runs do about lines that fail."
    )
    format: FeedFormat | None = strawberry.field(
        default=UNSET, description="How it is written; `null` is detected at each run."
    )
    url: str | None = strawberry.field(default=UNSET, description=URL)
    every_seconds: int | None = strawberry.field(default=UNSET, description=EVERY)
    stale_after_seconds: int | None = strawberry.field(default=UNSET, description=STALE)
    credentials: FeedCredentialsInput | None = strawberry.field(
        default=UNSET, description=CREDENTIALS
    )
    host_key: str | None = strawberry.field(default=UNSET, description=HOST_KEY)
    settings: FeedSettingsInput | None = strawberry.field(
        default=UNSET, description="How its files are read; `null` forgets all of it."
    )
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class CreateFeedInput(_FeedTold):
    """A feed to make."""

    name: str = strawberry.field(description="Your name for it, 1 to 64 characters.")
    mode: FeedMode = strawberry.field(description="What its lines mean.")


@strawberry.input
class UpdateFeedInput(_FeedTold):
    """What to change of a feed. What is left out is kept, `null` clears."""

    id: strawberry.ID = strawberry.field(description="Id of the `Feed`.")
    name: str | None = strawberry.field(default=UNSET, description="1 to 64 characters.")
    mode: FeedMode | None = strawberry.field(default=UNSET, description="What its lines mean.")


@strawberry.input
class FeedIdInput:
    """Which feed."""

    id: strawberry.ID = strawberry.field(description="Id of the `Feed`.")
    idempotency_key: str = strawberry.field(description=ONCE)


@strawberry.input
class DeleteFeedInput:
    """Which feed, and what becomes of its offers."""

    id: strawberry.ID = strawberry.field(description="Id of the `Feed`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    retire_offers: bool = strawberry.field(
        default=False, description="Take its offers off sale; without it a feed that has any stays."
    )


@strawberry.input
class RunFeedNowInput:
    """Which feed to pull at once, and how."""

    id: strawberry.ID = strawberry.field(description="Id of the `Feed`.")
    idempotency_key: str = strawberry.field(description=ONCE)
    dry_run: bool = strawberry.field(default=False, description="Tell what would change only.")
    force: bool = strawberry.field(default=False, description="Apply what a guard would hold.")


@strawberry.input
class PreviewFeedFileInput:
    """Whose stored file to look into."""

    run_id: strawberry.ID = strawberry.field(description="Id of a `FeedRun` whose file is kept.")
    idempotency_key: str = strawberry.field(description=ONCE)


_PLAIN: Final = (
    "name",
    "mode",
    "policy",
    "format",
    "url",
    "every_seconds",
    "stale_after_seconds",
    "host_key",
)
_SETTINGS: Final[Mapping[str, str]] = {
    name: name
    for name in (
        *("markets", "currency", "encoding", "separator", "decimal", "fixed_grade", "sheet"),
        *("grade_column", "default_quantity", "default_warranty_months", "vat_scheme"),
        "handling_hours",
    )
}
_KINDS: Final[Mapping[str, CredentialKind]] = {kind.value.lower(): kind for kind in CredentialKind}


def given_in(input: CreateFeedInput | UpdateFeedInput) -> dict[str, Any]:
    """What was sent, by the names of the use case; what was left out is not in it."""
    given = {name: value for name in _PLAIN if (value := getattr(input, name)) is not UNSET}
    if input.settings is None:
        given |= dict.fromkeys((*_SETTINGS, "grade_map", "mapping"))
    elif input.settings is not UNSET:
        given |= _settings_in(input.settings)
    if input.credentials is None:
        given["credentials"] = None
    elif input.credentials is not UNSET:
        given["credentials"] = _credentials_in(input.credentials)
    return given


def _settings_in(input: FeedSettingsInput) -> dict[str, Any]:
    given = {name: value for name in _SETTINGS if (value := getattr(input, name)) is not UNSET}
    if input.grade_words is not UNSET:
        words = input.grade_words
        given["grade_map"] = (words and {each.word: each.grade.value for each in words}) or None
    if input.mapping is not UNSET:
        columns = input.mapping
        given["mapping"] = (columns and {each.column: each.field for each in columns}) or None
    return given


def _credentials_in(input: FeedCredentialsInput) -> tuple[CredentialKind, dict[str, str]]:
    name, chosen = next(
        (name, value) for name in _KINDS if (value := getattr(input, name)) not in (UNSET, None)
    )
    return _KINDS[name], dict(vars(chosen))
