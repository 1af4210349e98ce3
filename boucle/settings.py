"""What the environment says, read once. The only module that reads it.

A value that cannot be used stops the start, and the message names its variable.
"""

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Self

from starlette.datastructures import Secret

from domain.accounts.places import email, network

ROOT = Path(__file__).resolve().parent.parent
_KEY_ID = re.compile(r"[a-z0-9_-]{1,16}")
_HOST_PORT = re.compile(r"[A-Za-z0-9.-]+:[0-9]{1,5}|\[[0-9a-fA-F:]+\]:[0-9]{1,5}")
_HOST = re.compile(r"\*|(\*\.)?[A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]")
_ORIGIN = re.compile(r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?")
_DATABASE_SCHEMES = ("asyncpg://", "postgres://", "postgresql://")
_REDIS_SCHEMES = ("redis://", "rediss://", "unix://")
_RATE = re.compile(
    r"(?i:anonymous|customer|merchant|organisation|staff)=[1-9][0-9]{0,8}/[1-9][0-9]{0,8}"
)
_SMTP = re.compile(r"smtps?://([^@/\s]+@)?[A-Za-z0-9.-]+(:[0-9]{1,5})?/?")
_ISSUER = re.compile(r"https://[^\s?#]+|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?(/[^\s?#]*)?")
_TAX_PROVIDERS = ("none", "simulator")
_PAYOUTS = re.compile(r"none|simulator|sepa:[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}:[^:\s][^:]{0,69}")
_BANK = ("simulator", "none")
_HTTP_URL = re.compile(r"https?://[^\s?#@]+(\?[^\s#]*)?")
_STRIPE_KEY = re.compile(r"(sk|rk)_(test|live)_[A-Za-z0-9]{8,250}")
_STRIPE_SECRETS = re.compile(r"whsec_[^\s,]{16,250}(,whsec_[^\s,]{16,250})?")
STRIPE_URL = "https://api.stripe.com"
_LOCAL = ("localhost", "127.0.0.1", "[::1]")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class Environment(StrEnum):
    """How strict the defaults are. A production start generates no secret."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class PaymentChoice(StrEnum):
    """Who takes the money of new purchases; `NONE` declines every payment."""

    NONE = "none"
    SIMULATOR = "simulator"
    STRIPE = "stripe"


class BadSetting(Exception):
    """A variable is missing or its value cannot be used. The message begins with its name."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name


@dataclass(frozen=True, slots=True)
class EncryptionKey:
    """A 256-bit key for what must be read back, and the id stored beside what it encrypted."""

    id: str
    value: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. An empty URL stands for the embedded server.

    `keys`: the first encrypts, all decrypt. `sandbox_port`, `carriers_port`: 0 where none runs.
    `carrier_speed`: how many times faster than real parcels those of the simulator travel.
    `demo_orders_per_hour`: how often the invented customers of the demo buy; 0: never.
    `carrier_allowed_hosts`: `HOST:PORT` inside the network that carriers may be asked at.
    `rate_limits`: as `boucle.edge.rates.rates_of` reads it.
    """

    home: Path
    host: str
    port: int
    environment: Environment
    database_url: Secret
    redis_url: Secret
    keys: tuple[EncryptionKey, ...]
    allowed_hosts: tuple[str, ...]
    log_level: str
    feed_allowed_hosts: tuple[str, ...]
    webhook_allowed_hosts: tuple[str, ...]
    carrier_allowed_hosts: tuple[str, ...]
    sandbox_port: int
    rules_strict: bool
    tax_provider: str
    api_processes: int
    public_url: str
    rate_limits: str
    documents: Path | None
    documents_only: bool
    grid_gco2e_per_kwh: int
    cors_origins: tuple[str, ...]
    cache_mb: int
    trusted_proxies: tuple[str, ...] = ()
    smtp_url: Secret = field(default_factory=lambda: Secret(""))
    mail_from: str = ""
    bulk_pace: int = 200
    oidc_issuer: str = ""
    oidc_audience: str = ""
    payments: PaymentChoice = PaymentChoice.NONE
    payouts: str = "none"
    shop_url: str = ""
    stripe_key: Secret = field(default_factory=lambda: Secret(""))
    stripe_webhook_secrets: Secret = field(default_factory=lambda: Secret(""))
    stripe_url: str = STRIPE_URL
    carriers_port: int = 0
    carrier_speed: int = 720
    demo_orders_per_hour: int = 120

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read the process's environment, or `environ` in its place.

        Raises: BadSetting, with the name of the first variable that cannot be used.
        """
        env = {k: v.strip() for k, v in (os.environ if environ is None else environ).items()}
        environment = _choice(env, "BOUCLE_ENV", tuple(Environment), Environment.DEVELOPMENT)
        production = environment == Environment.PRODUCTION
        host = env.get("BOUCLE_HOST") or "127.0.0.1"
        port = _integer(env, "BOUCLE_PORT", 8000, 0, 65535)
        settings = cls(
            home=Path(env.get("BOUCLE_HOME") or ROOT / ".boucle").expanduser().absolute(),
            host=host,
            port=port,
            environment=Environment(environment),
            database_url=_url(env, "DATABASE_URL", _DATABASE_SCHEMES),
            redis_url=_url(env, "REDIS_URL", _REDIS_SCHEMES),
            keys=_keys(env, "BOUCLE_KEYS"),
            allowed_hosts=_list(env, "BOUCLE_ALLOWED_HOSTS", _HOST)
            or tuple(dict.fromkeys((*_LOCAL, host))),
            log_level=_choice(env, "BOUCLE_LOG_LEVEL", _LEVELS, "INFO"),
            feed_allowed_hosts=_list(env, "BOUCLE_FEED_ALLOWED_HOSTS", _HOST_PORT),
            webhook_allowed_hosts=_list(env, "BOUCLE_WEBHOOK_ALLOWED_HOSTS", _HOST_PORT),
            carrier_allowed_hosts=_list(env, "BOUCLE_CARRIER_ALLOWED_HOSTS", _HOST_PORT),
            sandbox_port=_integer(env, "BOUCLE_SANDBOX_PORT", 0, 0, 65535),
            rules_strict=_boolean(env, "BOUCLE_RULES_STRICT", default=True),
            tax_provider=_choice(env, "BOUCLE_TAX_PROVIDER", _TAX_PROVIDERS, "none"),
            api_processes=_integer(env, "BOUCLE_API_PROCESSES", 1, 1, 64),
            public_url=env.get("BOUCLE_PUBLIC_URL", "").rstrip("/") or f"http://{host}:{port}",
            rate_limits=_rates(env, "BOUCLE_RATE_LIMITS"),
            documents=_documents(env, "BOUCLE_DOCUMENTS"),
            documents_only=_boolean(env, "BOUCLE_DOCUMENTS_ONLY", default=False),
            grid_gco2e_per_kwh=_integer(env, "BOUCLE_GRID_GRAMS_PER_KWH", 480, 1, 2_000),
            cors_origins=_list(env, "BOUCLE_CORS_ORIGINS", _ORIGIN),
            cache_mb=_integer(env, "BOUCLE_CACHE_MB", 32, 0, 65_536),
            trusted_proxies=_networks(env, "BOUCLE_TRUSTED_PROXIES"),
            bulk_pace=_integer(env, "BOUCLE_BULK_PACE", 200, 1, 100_000),
            smtp_url=Secret(_matching(env, "BOUCLE_SMTP_URL", _SMTP)),
            mail_from=_email(env, "BOUCLE_MAIL_FROM"),
            oidc_issuer=_matching(env, "BOUCLE_OIDC_ISSUER", _ISSUER),
            oidc_audience=env.get("BOUCLE_OIDC_AUDIENCE", ""),
            payments=_payments(env, production=production),
            payouts=_matching(env, "BOUCLE_PAYOUTS", _PAYOUTS) or _BANK[production],
            shop_url=_matching(env, "BOUCLE_SHOP_URL", _HTTP_URL),
            stripe_key=Secret(_matching(env, "BOUCLE_STRIPE_KEY", _STRIPE_KEY)),
            stripe_webhook_secrets=Secret(
                _matching(env, "BOUCLE_STRIPE_WEBHOOK_SECRETS", _STRIPE_SECRETS)
            ),
            stripe_url=_matching(env, "BOUCLE_STRIPE_URL", _HTTP_URL) or STRIPE_URL,
            carriers_port=_integer(env, "BOUCLE_CARRIERS_PORT", 0, 0, 65535),
            carrier_speed=_integer(env, "BOUCLE_CARRIER_SPEED", 720, 1, 100_000),
            demo_orders_per_hour=_integer(env, "BOUCLE_DEMO_ORDERS_PER_HOUR", 120, 0, 3600),
        )
        settings = replace(settings, shop_url=settings.shop_url or f"{settings.public_url}/")
        if bool(settings.oidc_issuer) != bool(settings.oidc_audience):
            missing = "AUDIENCE" if settings.oidc_issuer else "ISSUER"
            raise BadSetting(f"BOUCLE_OIDC_{missing}", "is not set, and the other of the two is")
        if settings.payments is PaymentChoice.STRIPE and not str(settings.stripe_key):
            raise BadSetting("BOUCLE_STRIPE_KEY", "is not set, and BOUCLE_PAYMENTS is stripe")
        if str(settings.stripe_key) and not str(settings.stripe_webhook_secrets):
            raise BadSetting("BOUCLE_STRIPE_WEBHOOK_SECRETS", "is not set beside the key")
        if settings.documents_only and settings.documents is None:
            raise BadSetting("BOUCLE_DOCUMENTS", "is not set, and BOUCLE_DOCUMENTS_ONLY is true")
        if production:
            settings.refuse_missing()
        return settings

    @property
    def demo_key_file(self) -> Path:
        """Where the demo leaves the key of one of its merchants."""
        return self.home / "demo-merchant-key.txt"

    @property
    def demo_merchant_keys(self) -> Path:
        """Where the demo leaves the keys with which its merchants work through orders."""
        return self.home / "demo-merchant-keys"

    @property
    def shoppers_live(self) -> bool:
        """Whether invented people may buy and sell here: never where anything could be real."""
        played = self.payments is PaymentChoice.SIMULATOR and self.carriers_port != 0
        return not self.production and played and self.mail_folder is not None

    @property
    def demo_organisation_key_file(self) -> Path:
        """Where the demo leaves the key of its organisation."""
        return self.home / "demo-organisation-key.txt"

    @property
    def demo_second_factors(self) -> Path:
        """Where the demo leaves the secrets of its people's second factors."""
        return self.home / "demo-second-factors.json"

    @property
    def mail_folder(self) -> Path | None:
        """Where mails are put for the operator to read; None where they are sent, or not at all."""
        return None if self.production or str(self.smtp_url) else self.home / "mails"

    @property
    def production(self) -> bool:
        """Whether the strict defaults apply."""
        return self.environment is Environment.PRODUCTION

    @property
    def embedded_database(self) -> bool:
        """Whether PostgreSQL is ours to start."""
        return not str(self.database_url)

    @property
    def embedded_redis(self) -> bool:
        """Whether Valkey is ours to start."""
        return not str(self.redis_url)

    def refuse_missing(self) -> None:
        """Raises: BadSetting for what a process that serves cannot do without."""
        for name, value in (
            ("DATABASE_URL", str(self.database_url)),
            ("REDIS_URL", str(self.redis_url)),
            ("BOUCLE_KEYS", self.keys),
        ):
            if not value:
                raise BadSetting(name, "is not set")

    def using(self, *, database_url: str, redis_url: str, keys: str) -> Self:
        """The same settings with the servers and the keys that a command found or started."""
        return replace(
            self,
            database_url=Secret(database_url),
            redis_url=Secret(redis_url),
            keys=_keys({"BOUCLE_KEYS": keys}, "BOUCLE_KEYS"),
        )

    def environ(self) -> dict[str, str]:
        """The process's environment with these settings in it, for a child process."""
        keys = (f"{key.id}:{base64.b64encode(key.value).decode()}" for key in self.keys)
        return {
            **os.environ,
            "BOUCLE_HOME": str(self.home),
            "BOUCLE_HOST": self.host,
            "BOUCLE_PORT": str(self.port),
            "BOUCLE_ENV": self.environment,
            "DATABASE_URL": str(self.database_url),
            "REDIS_URL": str(self.redis_url),
            "BOUCLE_KEYS": ",".join(keys),
            "BOUCLE_ALLOWED_HOSTS": ",".join(self.allowed_hosts),
            "BOUCLE_LOG_LEVEL": self.log_level,
            "BOUCLE_FEED_ALLOWED_HOSTS": ",".join(self.feed_allowed_hosts),
            "BOUCLE_WEBHOOK_ALLOWED_HOSTS": ",".join(self.webhook_allowed_hosts),
            "BOUCLE_CARRIER_ALLOWED_HOSTS": ",".join(self.carrier_allowed_hosts),
            "BOUCLE_SANDBOX_PORT": str(self.sandbox_port),
            "BOUCLE_RULES_STRICT": str(self.rules_strict).lower(),
            "BOUCLE_TAX_PROVIDER": self.tax_provider,
            "BOUCLE_API_PROCESSES": str(self.api_processes),
            "BOUCLE_PUBLIC_URL": self.public_url,
            "BOUCLE_RATE_LIMITS": self.rate_limits,
            "BOUCLE_DOCUMENTS": str(self.documents or ""),
            "BOUCLE_DOCUMENTS_ONLY": str(self.documents_only).lower(),
            "BOUCLE_GRID_GRAMS_PER_KWH": str(self.grid_gco2e_per_kwh),
            "BOUCLE_CORS_ORIGINS": ",".join(self.cors_origins),
            "BOUCLE_CACHE_MB": str(self.cache_mb),
            "BOUCLE_TRUSTED_PROXIES": ",".join(self.trusted_proxies),
            "BOUCLE_BULK_PACE": str(self.bulk_pace),
            "BOUCLE_SMTP_URL": str(self.smtp_url),
            "BOUCLE_MAIL_FROM": self.mail_from,
            "BOUCLE_OIDC_ISSUER": self.oidc_issuer,
            "BOUCLE_OIDC_AUDIENCE": self.oidc_audience,
            "BOUCLE_PAYMENTS": self.payments,
            "BOUCLE_PAYOUTS": self.payouts,
            "BOUCLE_SHOP_URL": self.shop_url,
            "BOUCLE_STRIPE_KEY": str(self.stripe_key),
            "BOUCLE_STRIPE_WEBHOOK_SECRETS": str(self.stripe_webhook_secrets),
            "BOUCLE_STRIPE_URL": self.stripe_url,
            "BOUCLE_CARRIERS_PORT": str(self.carriers_port),
            "BOUCLE_CARRIER_SPEED": str(self.carrier_speed),
            "BOUCLE_DEMO_ORDERS_PER_HOUR": str(self.demo_orders_per_hour),
        }

    def publish(self) -> None:
        """Let what runs later in this process, and its children, load these settings."""
        os.environ.update(self.environ())


def _payments(env: Mapping[str, str], *, production: bool) -> PaymentChoice:
    default = PaymentChoice.NONE if production else PaymentChoice.SIMULATOR
    return PaymentChoice(_choice(env, "BOUCLE_PAYMENTS", tuple(PaymentChoice), default))


def _integer(env: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = env.get(name) or str(default)
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise BadSetting(name, f"must be a whole number from {least} to {most}")
    return int(text)


def _boolean(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    text = (env.get(name) or str(default)).lower()
    if text not in {"true", "false"}:
        raise BadSetting(name, "must be true or false")
    return text == "true"


def _choice(env: Mapping[str, str], name: str, among: tuple[str, ...], default: str) -> str:
    text = env.get(name) or default
    if text not in among:
        raise BadSetting(name, f"must be one of {', '.join(among)}")
    return text


def _list(env: Mapping[str, str], name: str, shape: re.Pattern[str]) -> tuple[str, ...]:
    entries = tuple(part.strip() for part in env.get(name, "").split(",") if part.strip())
    if bad := next((entry for entry in entries if not shape.fullmatch(entry)), None):
        raise BadSetting(name, f"{bad!r} cannot be read; entries are separated by commas")
    return entries


def _rates(env: Mapping[str, str], name: str) -> str:
    text = env.get(name) or "on"
    if text not in {"on", "off"} and not all(
        _RATE.fullmatch(entry.strip()) for entry in text.split(",")
    ):
        problem = "must be on, off, or ROLE=POINTS/POINTS_PER_SECOND by commas"
        raise BadSetting(name, problem)
    return text


def _documents(env: Mapping[str, str], name: str) -> Path | None:
    text = env.get(name, "")
    path = Path(text).expanduser().absolute() if text else None
    if path is not None and not path.exists():
        raise BadSetting(name, "names no folder and no file")
    return path


def _networks(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    entries = [part.strip() for part in env.get(name, "").split(",") if part.strip()]
    found = [network(entry) for entry in entries]
    if None in found:
        bad = entries[found.index(None)]
        raise BadSetting(name, f"{bad!r} is not an IP address or a CIDR network")
    return tuple(each for each in found if each is not None)


def _matching(env: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    text = env.get(name, "")
    if text and not shape.fullmatch(text):
        raise BadSetting(name, "cannot be read: docs/operations.md tells its form")
    return text


def _email(env: Mapping[str, str], name: str) -> str:
    text = env.get(name, "")
    if text and email(text) is None:
        raise BadSetting(name, "is not an e-mail address")
    return text


def _url(env: Mapping[str, str], name: str, schemes: tuple[str, ...]) -> Secret:
    text = env.get(name, "")
    if text and not text.startswith(schemes):
        raise BadSetting(name, f"must start with one of {', '.join(schemes)}")
    return Secret(text)


def _keys(env: Mapping[str, str], name: str) -> tuple[EncryptionKey, ...]:
    found: dict[str, EncryptionKey] = {}
    for entry in filter(None, env.get(name, "").split(",")):
        key_id, _, text = entry.strip().partition(":")
        try:
            value = base64.b64decode(text, validate=True)
        except ValueError:
            value = b""
        if not _KEY_ID.fullmatch(key_id) or len(value) != 32 or len(set(value)) < 8:
            raise BadSetting(name, "each entry must be ID:BASE64 of 32 random bytes")
        if key_id in found:
            raise BadSetting(name, f"the id {key_id!r} is there twice")
        found[key_id] = EncryptionKey(key_id, value)
    return tuple(found.values())
