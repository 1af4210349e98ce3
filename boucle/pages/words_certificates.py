"""What the page and the PDF of a certificate say, in English and in French."""

from collections.abc import Mapping
from typing import Final

from domain.units.certificates import wording

_FACTS: Final[Mapping[str, tuple[str, str]]] = {
    "certificate.title": ("Certificate", "Certificat"),
    "certificate.holds": ("Verified: nothing failed.", "Vérifié : aucun échec."),
    "certificate.fails": (
        "Not to be trusted: see what failed.",
        "Ne pas s'y fier : voir ce qui a échoué.",
    ),
    "certificate.as": ("As of", "Au"),
    "certificate.code": ("Code", "Code"),
    "certificate.issuer": ("Issued by", "Émis par"),
    "certificate.subject": ("About devices of", "Appareils de"),
    "certificate.reference": ("Fleet or lot", "Flotte ou lot"),
    "certificate.issued": ("Issued on", "Émis le"),
    "certificate.serials": ("Serial numbers", "Numéros de série"),
    "certificate.root": ("Root of the list", "Racine de la liste"),
    "certificate.sha256": ("SHA-256", "SHA-256"),
    "certificate.key": ("Key", "Clé"),
    "certificate.signature": ("Signature", "Signature"),
    "certificate.state": ("Status", "Statut"),
    "certificate.since": ("since", "depuis le"),
    "certificate.because": ("because", "car"),
    "certificate.by": ("Replaced by", "Remplacé par"),
    "certificate.net": ("kg CO2e avoided, net", "kg CO2e évités, net"),
    "certificate.range": ("Range (P05, P50, P95)", "Fourchette (P05, P50, P95)"),
    "certificate.method": ("Method and factors", "Méthode et facteurs"),
    "certificate.period": ("Period", "Période"),
    "certificate.steps": ("What was checked", "Ce qui a été vérifié"),
    "certificate.devices": ("Devices", "Appareils"),
    "certificate.first": (
        "The first of them; the JSON file lists all.",
        "Les premiers ; le fichier JSON les liste tous.",
    ),
    "certificate.identity": ("Identity, masked", "Identité, masquée"),
    "certificate.leaf": ("Leaf", "Feuille"),
    "certificate.leaf.short": ("Leaf, its first half", "Feuille, première moitié"),
    "certificate.model": ("Model", "Modèle"),
    "certificate.erasure": ("Data", "Données"),
    "certificate.disposition": ("Became", "Devenir"),
    "certificate.files": ("Files", "Fichiers"),
    "certificate.json": (
        "The certificate (JSON): the original",
        "Le certificat (JSON) : l'original",
    ),
    "certificate.pdf": ("To be printed (PDF): a view of it", "À imprimer (PDF) : une vue"),
    "certificate.keys": ("The keys that sign", "Les clés qui signent"),
    "certificate.offline": (
        "Check it without us: boucle verify certificate.json --keys keys.json",
        "Vérifier sans nous : boucle verify certificate.json --keys keys.json",
    ),
    "certificate.statement.FLEET": (
        "What became of these devices. Not an offset, not a carbon credit, not to be deducted "
        "from scopes 1, 2 or 3.",
        "Ce que ces appareils sont devenus. Ni compensation carbone, ni crédit carbone ; à ne "
        "déduire ni du scope 1, ni du 2, ni du 3.",
    ),
    "certificate.statement.IMPACT": (
        "Estimate of avoided emissions. Not an offset, not a carbon credit, not to be deducted "
        "from scopes 1, 2 or 3.",
        "Estimation d'émissions évitées. Ni compensation carbone, ni crédit carbone ; à ne "
        "déduire ni du scope 1, ni du 2, ni du 3.",
    ),
    "certificate.view": (
        "This paper is a view. The original is the JSON file at the address above: verify that.",
        "Ce document est une vue. L'original est le fichier JSON à l'adresse ci-dessus.",
    ),
    "certificate.medium": ("Medium", "Support"),
    "certificate.standard": ("Standard", "Norme"),
    "certificate.technique": ("Method and technique", "Méthode et technique"),
    "certificate.tool": ("Tool", "Outil"),
    "certificate.time": ("Begun, ended", "Début, fin"),
    "certificate.verification": ("Verification", "Vérification"),
    "certificate.validation": ("Validation", "Validation"),
    "certificate.operator": ("Operator", "Opérateur"),
    "certificate.place": ("Place, destination", "Lieu, destination"),
    "certificate.listed": ("listed here of", "listés ici sur"),
    "erasure.VALIDATED": ("erased", "effacées"),
    "erasure.DESTROYED": ("destroyed", "détruites"),
    "erasure.NOT_APPLICABLE": ("no storage", "sans stockage"),
    "disposition.REPAIR": ("repaired", "réparé"),
    "disposition.RESELL": ("used again", "réutilisé"),
    "disposition.DONATE": ("donated", "donné"),
    "disposition.PARTS": ("parts", "pièces"),
    "disposition.RECYCLE": ("recycled", "recyclé"),
    "disposition.DESTROY": ("destroyed", "détruit"),
    "verify.title": ("Verify a certificate", "Vérifier un certificat"),
    "verify.label": ("Code of the certificate", "Code du certificat"),
    "verify.button": ("Verify", "Vérifier"),
}
CERTIFICATES: Final[Mapping[str, tuple[str, str]]] = {
    **_FACTS,
    **{f"check.{key}": pair for key, pair in wording.CHECKS.items()},
    **{f"checked.{key}": pair for key, pair in wording.OUTCOMES.items()},
    **{f"because.{key}": pair for key, pair in wording.REASONS.items()},
    **{f"certificate.kind.{key}": pair for key, pair in wording.KINDS.items()},
    **{f"certificate.state.{key}": pair for key, pair in wording.STATES.items()},
    **{f"revoked.{key}": pair for key, pair in wording.REVOCATIONS.items()},
}
