"""What the page of the ranking of a market says, in English and in French."""

from collections.abc import Mapping

DISCLOSURE: Mapping[str, tuple[str, str]] = {
    "disclosure.by_market": ("In force in:", "En vigueur en :"),
    "disclosure.title": ("How offers are ranked", "Comment les offres sont classées"),
    "disclosure.intro": (
        "The offer shown first is the one that costs least once its quality is counted. It is "
        "often not the cheapest. These are the parameters that rank here now, by weight.",
        "L'offre montrée en premier est celle qui coûte le moins une fois sa qualité comptée. Ce "
        "n'est souvent pas la moins chère. Voici les paramètres qui classent ici, par poids.",
    ),
    "disclosure.since": ("In force since", "En vigueur depuis le"),
    "disclosure.quality": ("What quality is made of", "De quoi la qualité est faite"),
    "disclosure.not_bought": (
        "What plays no part, and cannot be bought",
        "Ce qui ne compte pas, et ne s'achète pas",
    ),
    "disclosure.who": ("Who sells, who reviews", "Qui vend, qui donne son avis"),
    "disclosure.next": ("What changes next", "Ce qui va changer"),
    "disclosure.from": ("From", "À partir du"),
    "disclosure.none": (
        "Nothing is announced. Merchants are told of a change",
        "Rien n'est annoncé. Un changement est dit aux vendeurs",
    ),
    "disclosure.days": ("days before.", "jours avant."),
    "trader.title": ("Who the seller is", "Qui est le vendeur"),
    "trader.register": ("Trade register:", "Registre du commerce :"),
    "trader.certified": (
        "The seller committed to offering only goods that comply with Union law.",
        "Le vendeur s'est engagé à ne proposer que des produits conformes au droit de l'Union.",
    ),
    "trader.checked": (
        "We compared this with official sources.",
        "Nous avons comparé ces informations à des sources officielles.",
    ),
    "trader.unchecked": (
        "The seller says so. Not all of it was compared with official sources yet.",
        "Déclaré par le vendeur. Tout n'a pas encore été comparé à des sources officielles.",
    ),
    "weight.name.FAILURE_RATE": ("Failures", "Pannes"),
    "weight.name.CANCELLATION_RATE": ("Cancellations", "Annulations"),
    "weight.name.LATE_SHIPMENT_RATE": ("Late shipments", "Envois en retard"),
    "weight.name.LATE_REPLY_RATE": ("Late replies", "Réponses en retard"),
    "weight.name.RATING": ("Reviews", "Avis"),
    "weight.name.LAB_CONFORMITY": ("Laboratory", "Laboratoire"),
}
