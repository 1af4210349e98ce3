"""The environment is read once, and a bad value names its variable."""

import base64

import pytest
from starlette.datastructures import Secret

from boucle.settings import BadSetting, Environment, Settings

KEY = "k1:" + base64.b64encode(bytes(range(32))).decode()
SERVERS = {"DATABASE_URL": "postgresql://a:b@h/c", "REDIS_URL": "redis://h", "BOUCLE_KEYS": KEY}


def test_an_empty_environment_is_a_development_machine_with_embedded_servers() -> None:
    settings = Settings.load({})

    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.environment is Environment.DEVELOPMENT
    assert settings.home.name == ".boucle"
    assert settings.embedded_database
    assert settings.embedded_redis
    assert settings.rules_strict
    assert settings.public_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("BOUCLE_PORT", "65536", id="a port beyond the last"),
        pytest.param("BOUCLE_PORT", "80a", id="a port in letters"),
        pytest.param("BOUCLE_PORT", "-1", id="a port below zero"),
        pytest.param("BOUCLE_ENV", "prod", id="an unknown environment"),
        pytest.param("BOUCLE_LOG_LEVEL", "info", id="a level in small letters"),
        pytest.param("BOUCLE_RULES_STRICT", "yes", id="neither true nor false"),
        pytest.param("BOUCLE_TAX_PROVIDER", "some", id="an unknown tax provider"),
        pytest.param("BOUCLE_API_PROCESSES", "0", id="no process"),
        pytest.param("BOUCLE_RATE_LIMITS", "merchant=0/1", id="a bucket of nothing"),
        pytest.param("BOUCLE_RATE_LIMITS", "guest=1/1", id="a bucket of no role"),
        pytest.param("BOUCLE_DOCUMENTS", "/nowhere/at/all", id="documents that are not there"),
        pytest.param("BOUCLE_DOCUMENTS_ONLY", "1", id="neither true nor false of documents"),
        pytest.param("BOUCLE_GRID_GRAMS_PER_KWH", "0.3", id="kilograms of a grid"),
        pytest.param("DATABASE_URL", "mysql://h/d", id="another database"),
        pytest.param("REDIS_URL", "http://h", id="no queue"),
        pytest.param("BOUCLE_FEED_ALLOWED_HOSTS", "10.0.0.1", id="a host without its port"),
        pytest.param("BOUCLE_ALLOWED_HOSTS", "a b", id="a host with a space"),
        pytest.param("BOUCLE_CORS_ORIGINS", "*", id="every origin"),
        pytest.param("BOUCLE_CORS_ORIGINS", "null", id="no origin"),
        pytest.param("BOUCLE_CORS_ORIGINS", "shop.example", id="an origin without a scheme"),
        pytest.param("BOUCLE_CORS_ORIGINS", "https://shop.example/", id="an origin with a path"),
        pytest.param("BOUCLE_CORS_ORIGINS", "https://Shop.example", id="an origin in capitals"),
        pytest.param("BOUCLE_TRUSTED_PROXIES", "10.0.0.1/8", id="a network with host bits"),
        pytest.param("BOUCLE_SMTP_URL", "mail.example.org", id="a mail server without its scheme"),
        pytest.param("BOUCLE_MAIL_FROM", "Shop <a@b>", id="a sender with a name"),
        pytest.param("BOUCLE_OIDC_ISSUER", "http://id.example.org", id="an issuer without TLS"),
        pytest.param("BOUCLE_PAYMENTS", "paypal", id="an unknown provider of payments"),
        pytest.param("BOUCLE_STRIPE_KEY", "pk_test_0123456789", id="a key that is for browsers"),
        pytest.param("BOUCLE_STRIPE_WEBHOOK_SECRETS", "secret", id="no secret of a webhook"),
        pytest.param("BOUCLE_SHOP_URL", "shop.example", id="a shop without a scheme"),
        pytest.param("BOUCLE_KEYS", "k1:AAAA", id="a short key"),
        pytest.param("BOUCLE_KEYS", KEY.removeprefix("k1"), id="a key without an id"),
        pytest.param("BOUCLE_KEYS", f"{KEY},{KEY}", id="one id for two keys"),
        pytest.param("BOUCLE_KEYS", "k1:" + "A" * 43 + "=", id="a key of zeros"),
    ],
)
def test_a_bad_value_stops_the_start_with_its_name(name: str, value: str) -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.load({name: value})

    assert refused.value.name == name
    assert str(refused.value).startswith(f"{name}: ")


def test_only_registered_documents_need_some() -> None:
    with pytest.raises(BadSetting, match=r"^BOUCLE_DOCUMENTS: "):
        Settings.load({"BOUCLE_DOCUMENTS_ONLY": "true"})


def test_an_issuer_and_its_audience_come_together() -> None:
    with pytest.raises(BadSetting) as refused:
        Settings.load({"BOUCLE_OIDC_ISSUER": "https://id.example.org"})

    assert refused.value.name == "BOUCLE_OIDC_AUDIENCE"


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "BOUCLE_KEYS"])
def test_production_makes_up_nothing(missing: str) -> None:
    env = {"BOUCLE_ENV": "production", **SERVERS}
    assert Settings.load(env).production

    with pytest.raises(BadSetting) as refused:
        Settings.load({name: value for name, value in env.items() if name != missing})

    assert refused.value.name == missing


def test_a_child_process_loads_the_same_settings() -> None:
    settings = Settings.load(
        {
            **SERVERS,
            "BOUCLE_PORT": "8123",
            "BOUCLE_HOME": "/tmp/somewhere",
            "BOUCLE_FEED_ALLOWED_HOSTS": "127.0.0.1:9, [::1]:10",
            "BOUCLE_RULES_STRICT": "false",
            "BOUCLE_TAX_PROVIDER": "simulator",
            "BOUCLE_SANDBOX_PORT": "9",
            "BOUCLE_CARRIERS_PORT": "10",
            "BOUCLE_CARRIER_SPEED": "60",
            "BOUCLE_CARRIER_ALLOWED_HOSTS": "127.0.0.1:10",
            "BOUCLE_RATE_LIMITS": "merchant=5/1, Staff=7/2",
            "BOUCLE_DOCUMENTS": __file__,
            "BOUCLE_DOCUMENTS_ONLY": "true",
            "BOUCLE_GRID_GRAMS_PER_KWH": "56",
            "BOUCLE_SMTP_URL": "smtps://u:p@mail.example.org",
            "BOUCLE_TRUSTED_PROXIES": "10.0.0.0/8,192.0.2.1",
            "BOUCLE_OIDC_ISSUER": "https://id.example.org/realms/a",
            "BOUCLE_OIDC_AUDIENCE": "shop",
            "BOUCLE_PAYMENTS": "stripe",
            "BOUCLE_STRIPE_KEY": "rk_live_0123456789",
            "BOUCLE_STRIPE_WEBHOOK_SECRETS": "whsec_0123456789abcdef,whsec_fedcba9876543210",
            "BOUCLE_SHOP_URL": "https://shop.example/thanks?from=bank",
        }
    )
    child = Settings.load(settings.environ())

    assert child.feed_allowed_hosts == ("127.0.0.1:9", "[::1]:10")
    assert str(child.database_url) == SERVERS["DATABASE_URL"]
    assert child.trusted_proxies == ("10.0.0.0/8", "192.0.2.1/32")
    for name in child.__slots__:
        before, after = getattr(settings, name), getattr(child, name)
        plain = isinstance(before, Secret)  # it compares as itself alone
        assert (str(after) if plain else after) == (str(before) if plain else before), name


def test_no_secret_is_shown() -> None:
    shown = repr(Settings.load(SERVERS))

    assert "a:b@h" not in shown
    assert str(bytes(range(32))) not in shown


def test_a_production_takes_no_money_before_it_is_told_from_whom() -> None:
    """A simulator that nobody asked for would give the goods away."""
    production = SERVERS | {"BOUCLE_ENV": "production"}
    assert Settings.load({}).payments == "simulator"
    assert Settings.load(production).payments == "none"


def test_stripe_needs_its_key_and_the_secret_of_its_webhooks() -> None:
    for given, missing in (
        ({"BOUCLE_PAYMENTS": "stripe"}, "BOUCLE_STRIPE_KEY"),
        ({"BOUCLE_STRIPE_KEY": "sk_test_0123456789"}, "BOUCLE_STRIPE_WEBHOOK_SECRETS"),
    ):
        with pytest.raises(BadSetting) as refused:
            Settings.load(given)
        assert refused.value.name == missing
