"""Who answers for identities in a process: secrets, issuer and post, made of the settings."""

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from boucle.settings import Settings
from models.vault import Vault
from resolvers.accounts.house import House, OutsideIssuer, house_of

if TYPE_CHECKING:
    from integrations.mail import Post


def vault_of(settings: Settings) -> Vault:
    """What opens the secrets of the database; without keys, of this process only."""
    return Vault([(key.id, key.value) for key in settings.keys])


def post_of(settings: Settings) -> "Post":
    """How mails leave: by SMTP, into a folder on a development machine, or not at all."""
    from integrations.mail import FolderPost, NoPost, SmtpPost  # noqa: PLC0415  # for workers

    sender = settings.mail_from or f"no-reply@{urlsplit(settings.public_url).hostname}"
    if str(settings.smtp_url):
        return SmtpPost(str(settings.smtp_url), sender)
    if settings.mail_folder is not None:
        return FolderPost(settings.mail_folder, sender)
    return NoPost()


def make_house(settings: Settings) -> House:
    """The house of a process of the API."""
    outside = None
    if settings.oidc_issuer:
        from integrations.oidc import Provider  # noqa: PLC0415  # brings a client of the web

        outside = Provider(settings.oidc_issuer, settings.oidc_audience)
    mails = bool(str(settings.smtp_url)) or not settings.production
    return house_of(
        vault_of(settings),
        settings.public_url,
        outside,
        mails=mails,
        feed_hosts=settings.feed_allowed_hosts,
        providers=_provider,
    )


def _provider(issuer: str, audience: str) -> "OutsideIssuer":
    """What believes the tokens of a company's own issuer, which the operator entered."""
    from integrations.oidc import Provider  # noqa: PLC0415  # brings a client of the web

    return Provider(issuer, audience)
