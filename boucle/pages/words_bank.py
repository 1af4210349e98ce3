"""What the page of the simulated bank says, in English and in French."""

from collections.abc import Mapping

BANK: Mapping[str, tuple[str, str]] = {
    "bank.title": ("Confirm your payment", "Confirmez votre paiement"),
    "bank.note": (
        "This is the simulated bank of a test server. No money moves.",
        "Ceci est la banque simulée d'un serveur de test. Aucun argent ne bouge.",
    ),
    "bank.asks": ("The shop asks for", "Le marchand demande"),
    "bank.approve": ("Confirm", "Confirmer"),
    "bank.decline": ("Refuse", "Refuser"),
    "bank.over": ("This payment was answered.", "Ce paiement a déjà reçu une réponse."),
    "bank.back": ("Back to the shop", "Retour à la boutique"),
}
