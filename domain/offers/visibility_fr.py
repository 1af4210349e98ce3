"""The reasons that hide or limit an offer, in French: what was found, and what to do."""

from collections.abc import Mapping
from typing import Final

from domain.offers.visibility import Reason

HINTS_FR: Final[Mapping[Reason, str]] = {
    Reason.OUT_OF_STOCK: "Envoyez une quantité supérieure à zéro.",
    Reason.QUANTITY_BELOW_MINIMUM: "Envoyez au moins la plus petite quantité du marché.",
    Reason.PAUSED_BY_MERCHANT: "Remettez l'offre en vente.",
    Reason.ABSENT_FROM_FEED: "Envoyez l'offre à nouveau dans un flux complet.",
    Reason.FEED_STALE: "Réparez le flux, ou envoyez-en un nouveau.",
    Reason.OUTSIDE_AVAILABILITY: "Changez les dates entre lesquelles l'offre est disponible.",
    Reason.NO_PRICE_FOR_MARKET: "Envoyez un prix pour ce marché.",
    Reason.CURRENCY_NOT_ALLOWED: "Envoyez le prix dans la devise du marché.",
    Reason.PRICE_OUTLIER_LOW: "Corrigez le prix pour qu'il soit dans l'intervalle.",
    Reason.PRICE_OUTLIER_HIGH: "Corrigez le prix pour qu'il soit dans l'intervalle.",
    Reason.PRICE_ABOVE_MAX: "Corrigez le prix, ou augmentez votre propre prix maximum.",
    Reason.PRODUCT_UNDER_REVIEW: "Attendez que le produit soit connu, ou envoyez son GTIN.",
    Reason.PRODUCT_REJECTED: "Lisez le motif de l'examen et corrigez le produit.",
    Reason.PRODUCT_DISABLED: "Proposez le produit qui remplace celui-ci.",
    Reason.CONDITION_NEW: "Ne proposez que du reconditionné ; peu de marques vendent du neuf ici.",
    Reason.GRADE_NOT_ALLOWED: "Utilisez un grade de la liste de ce marché et de cette catégorie.",
    Reason.GRADE_STANDARD_RETIRED: "Gradez l'appareil selon la version actuelle du référentiel.",
    Reason.CATEGORY_NOT_ALLOWED: "Demandez le droit de vendre dans cette catégorie.",
    Reason.BRAND_NOT_ALLOWED: "Demandez le droit de vendre cette marque.",
    Reason.MARKET_NOT_ALLOWED: "Demandez le droit de vendre sur ce marché.",
    Reason.MARKET_NOT_OPEN: "Attendez l'ouverture du marché.",
    Reason.MARKET_PAUSED: "Attendez la reprise du marché.",
    Reason.MERCHANT_NOT_SELLING: "Consultez l'état de votre compte et sa dernière décision.",
    Reason.CAP_REACHED: "Consultez le plafond atteint ; demandez un examen anticipé.",
    Reason.KYB_INCOMPLETE: "Envoyez le document d'entreprise qui manque.",
    Reason.COMPLIANCE_FACT_MISSING: "Envoyez l'information que la loi du marché demande.",
    Reason.ERASURE_CAPABILITY_MISSING: "Déclarez comment vous effacez ce type d'appareil.",
    Reason.LAB_BLOCK: "Répondez au dossier ouvert par le laboratoire pour ce modèle.",
    Reason.NO_SHIPPING_TO_MARKET: "Ajoutez un mode de livraison vers ce marché.",
    Reason.WARRANTY_TOO_SHORT: "Proposez au moins la garantie indiquée.",
    Reason.PRICE_ABOVE_NEW: "Proposez un prix inférieur à celui du même modèle neuf.",
    Reason.LOW_STOCK_PROTECTION: "Envoyez plus de stock : les dernières pièces ne concourent pas.",
    Reason.MERCHANT_RESTRICTED: "Ramenez sous sa limite la mesure qui a causé la restriction.",
    Reason.QUALITY_BELOW_FLOOR: "Relevez l'indice de qualité jusqu'au plancher.",
    Reason.DELIVERY_TOO_SLOW: "Expédiez plus tôt, ou prenez un transporteur plus rapide.",
    Reason.NOT_COMPARABLE: "Rien à faire : une pièce unique est vendue sur sa propre page.",
}

TOLD_FR: Final[Mapping[Reason, str]] = {
    Reason.OUT_OF_STOCK: "Le stock est de {value}.",
    Reason.QUANTITY_BELOW_MINIMUM: "Le stock est de {value}, le marché en demande {limit}.",
    Reason.OUTSIDE_AVAILABILITY: "L'offre est disponible {value}.",
    Reason.CURRENCY_NOT_ALLOWED: "Le prix est en {value}, le marché vend en {limit}.",
    Reason.PRICE_OUTLIER_LOW: "Le total est de {value} ; l'intervalle est {limit}.",
    Reason.PRICE_OUTLIER_HIGH: "Le total est de {value} ; l'intervalle est {limit}.",
    Reason.PRICE_ABOVE_MAX: "Le prix {value} dépasse votre propre prix maximum, {limit}.",
    Reason.PRODUCT_UNDER_REVIEW: "Aucun produit du catalogue n'est connu pour {value}.",
    Reason.LOW_STOCK_PROTECTION: "Le stock est de {value} ; il concourt à partir de {limit}.",
    Reason.QUALITY_BELOW_FLOOR: "L'indice de qualité est de {value}, le plancher de {limit}.",
    Reason.DELIVERY_TOO_SLOW: "La livraison prend {value} jours, {limit} au plus concourent.",
}
