"""What people are told by mail, in English and in French."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LANGUAGES: Final = ("en", "fr")


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject and a text, in which names in braces stand for facts."""

    subject: str
    text: str

    def of(self, **facts: str) -> "Letter":
        """The same letter with its facts."""
        return Letter(self.subject.format(**facts), self.text.format(**facts))


SIGN_IN_CODE: Final[Mapping[str, Letter]] = {
    "en": Letter(
        "{code} is your sign-in code",
        "Hello,\n\nYour code to sign in at {site} is:\n\n    {code}\n\nIt works once, for"
        " {minutes} minutes. Nobody of us will ever ask you for it.\nIf you did not ask for it,"
        " you need do nothing.\n",
    ),
    "fr": Letter(
        "{code} est votre code de connexion",
        "Bonjour,\n\nVotre code pour vous connecter à {site} est :\n\n    {code}\n\nIl sert une"
        " seule fois, pendant {minutes} minutes. Personne chez nous ne vous le demandera.\nSi vous"
        " ne l'avez pas demandé, vous n'avez rien à faire.\n",
    ),
}
SESSION_ENDED: Final[Mapping[str, Letter]] = {
    "en": Letter(
        "We ended one of your sessions",
        "Hello,\n\nA token that keeps you signed in at {site} was used twice. Somebody may have"
        " copied it, so we ended that session.\nSign in again. If this happens again, choose"
        " “sign out everywhere”.\n",
    ),
    "fr": Letter(
        "Nous avons fermé une de vos sessions",
        "Bonjour,\n\nUn jeton qui vous garde connecté à {site} a servi deux fois. Quelqu'un l'a"
        " peut-être copié : nous avons fermé cette session.\nReconnectez-vous. Si cela se"
        " reproduit, choisissez « se déconnecter partout ».\n",
    ),
}
INVITATION: Final[Mapping[str, Letter]] = {
    "en": Letter(
        "You are asked to join {name}",
        "Hello,\n\nYou are asked to act for {name} at {site}. Sign in there with this address, then"
        " accept with this code within {days} days:\n\n    {token}\n\nIt works for this address"
        " alone. If you do not know {name}, you need do nothing.\n",
    ),
    "fr": Letter(
        "{name} vous invite",
        "Bonjour,\n\nVous êtes invité à agir pour {name} sur {site}. Connectez-vous avec cette"
        " adresse, puis acceptez avec ce code dans les {days} jours :\n\n    {token}\n\nIl ne sert"
        " qu'à cette adresse. Si vous ne connaissez pas {name}, vous n'avez rien à faire.\n",
    ),
}


def language(text: str) -> str:
    """The language of letters to somebody who reads `text`: English where it is not written."""
    return text if text in LANGUAGES else LANGUAGES[0]
