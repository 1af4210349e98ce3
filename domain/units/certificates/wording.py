"""What the checks of a certificate are called, and what their reasons say, in two languages."""

from collections.abc import Mapping
from typing import Final

from domain.units.certificates import CertificateKind, CertificateState, RevocationReason
from domain.units.certificates.verifying import Check, Outcome, Reason, StepResult

Pair = tuple[str, str]

CHECKS: Final[Mapping[Check, Pair]] = {
    Check.CANONICAL_FORM: (
        "The file is written as it was signed",
        "Le fichier est écrit tel que signé",
    ),
    Check.VERSION: ("Its version is known and complete", "Sa version est connue et complète"),
    Check.HASH: ("Its content has the hash it states", "Son contenu a l'empreinte indiquée"),
    Check.KEY: (
        "The key that signed is one of the issuer's",
        "La clé qui a signé est de l'émetteur",
    ),
    Check.KEY_VALIDITY: ("The key was valid on that day", "La clé était valide ce jour-là"),
    Check.SIGNATURE: ("The signature is genuine", "La signature est authentique"),
    Check.PREVIOUS: (
        "It follows the issuer's certificate before it",
        "Il suit le certificat précédent de l'émetteur",
    ),
    Check.FACTOR_SET: ("Its impact factors are known", "Ses facteurs d'impact sont connus"),
    Check.DEVICE_ORDER: ("Its devices stand in their order", "Ses appareils sont dans l'ordre"),
    Check.DEVICE_LIST: (
        "No device is missing from its list",
        "Aucun appareil ne manque à la liste",
    ),
    Check.STATUS: (
        "It was neither replaced nor revoked",
        "Il n'a été ni remplacé ni révoqué",
    ),
}
REASONS: Final[Mapping[Reason, Pair]] = {
    Reason.NOT_AN_ENVELOPE: (
        "This is not a certificate: it is cut off, or something else.",
        "Ce n'est pas un certificat : il est tronqué, ou autre chose.",
    ),
    Reason.NOT_CANONICAL: (
        "The file was written anew since: its bytes are not those that were handed out.",
        "Le fichier a été réécrit : ses octets ne sont pas ceux qui ont été remis.",
    ),
    Reason.VERSION_UNKNOWN: (
        "This verifier does not know the version.",
        "Ce vérificateur ne connaît pas la version.",
    ),
    Reason.PAYLOAD_INCOMPLETE: (
        "A fact that every certificate has is missing.",
        "Il manque une donnée que tout certificat contient.",
    ),
    Reason.HASH_MISMATCH: (
        "The content was altered: it has another hash.",
        "Le contenu a été modifié : son empreinte diffère.",
    ),
    Reason.ALGORITHM_UNKNOWN: (
        "The signature is of another algorithm than Ed25519.",
        "La signature n'est pas de l'algorithme Ed25519.",
    ),
    Reason.KEY_UNKNOWN: (
        "The key is not among those that were given.",
        "La clé n'est pas parmi celles fournies.",
    ),
    Reason.KEY_NOT_YET_VALID: (
        "The key began after the day of issue.",
        "La clé a commencé après le jour d'émission.",
    ),
    Reason.KEY_EXPIRED: (
        "The key had ended before the day of issue.",
        "La clé avait expiré avant le jour d'émission.",
    ),
    Reason.KEY_REVOKED: (
        "The key was revoked: nothing that it signed counts.",
        "La clé a été révoquée : rien de ce qu'elle a signé ne compte.",
    ),
    Reason.SIGNATURE_INVALID: (
        "The signature is not of this content and this key.",
        "La signature n'est pas celle de ce contenu et de cette clé.",
    ),
    Reason.PREVIOUS_MISMATCH: (
        "Another certificate stands before it in the issuer's chain.",
        "Un autre certificat le précède dans la chaîne de l'émetteur.",
    ),
    Reason.FACTOR_SET_UNKNOWN: (
        "The set of factors is not one that is published.",
        "Le jeu de facteurs n'est pas un de ceux publiés.",
    ),
    Reason.NO_FACTOR_SET: ("It uses none.", "Il n'en utilise pas."),
    Reason.DEVICES_REORDERED: (
        "The list was put in another order.",
        "La liste a été mise dans un autre ordre.",
    ),
    Reason.DEVICE_COUNT_MISMATCH: (
        "The list has not as many devices as it states.",
        "La liste n'a pas autant d'appareils qu'indiqué.",
    ),
    Reason.DEVICE_ROOT_MISMATCH: (
        "The devices of the list are not those that were counted in.",
        "Les appareils de la liste ne sont pas ceux qui ont été comptés.",
    ),
    Reason.DEVICES_NOT_LISTED: (
        "Certificates of this kind do not list devices.",
        "Les certificats de cette sorte ne listent pas les appareils.",
    ),
    Reason.CERTIFICATE_SUPERSEDED: (
        "A newer certificate stands in its place.",
        "Un certificat plus récent le remplace.",
    ),
    Reason.CERTIFICATE_REVOKED: ("It was revoked.", "Il a été révoqué."),
    Reason.CERTIFICATE_UNKNOWN: (
        "The register has no such certificate.",
        "Le registre ne contient pas ce certificat.",
    ),
    Reason.NO_REGISTER: (
        "That takes the issuer's register, which was not asked.",
        "Il faut le registre de l'émetteur, qui n'a pas été consulté.",
    ),
    Reason.STEP_BEFORE_FAILED: (
        "A check before it failed.",
        "Une vérification précédente a échoué.",
    ),
}
OUTCOMES: Final[Mapping[Outcome, Pair]] = {
    Outcome.PASSED: ("passed", "réussi"),
    Outcome.FAILED: ("failed", "échoué"),
    Outcome.NOT_CHECKED: ("not checked", "non vérifié"),
}
KINDS: Final[Mapping[CertificateKind, Pair]] = {
    CertificateKind.ERASURE: ("Erasure certificate", "Certificat d'effacement"),
    CertificateKind.FLEET: ("Fleet certificate", "Certificat de flotte"),
    CertificateKind.IMPACT: ("Impact certificate", "Certificat d'impact"),
}
STATES: Final[Mapping[CertificateState, Pair]] = {
    CertificateState.VALID: ("valid", "valide"),
    CertificateState.SUPERSEDED: ("superseded", "remplacé"),
    CertificateState.REVOKED: ("revoked", "révoqué"),
}
REVOCATIONS: Final[Mapping[RevocationReason, Pair]] = {
    RevocationReason.DEVICE_RETURNED: ("a device came back", "un appareil est revenu"),
    RevocationReason.DEVICE_CLAIMED_TWICE: (
        "a device is on two statements",
        "un appareil figure sur deux déclarations",
    ),
    RevocationReason.ERASURE_NOT_VALIDATED: (
        "an erasure was not validated after all",
        "un effacement n'a finalement pas été validé",
    ),
    RevocationReason.ISSUED_IN_ERROR: ("issued in error", "émis par erreur"),
    RevocationReason.KEY_COMPROMISED: ("its key became known", "sa clé a été compromise"),
}


def spoken(step: StepResult, language: str) -> str:
    """What was checked and, where it did not pass, why, in one or two sentences."""
    at = language == "fr"
    name, outcome = CHECKS[step.check][at], OUTCOMES[step.outcome][at]
    colon = " :" if at else ":"
    return f"{name}{colon} {outcome}." + (f" {REASONS[step.reason][at]}" if step.reason else "")
