"""The problems of a feed, explained to a merchant in French."""

from collections.abc import Mapping
from typing import Final

from domain.offers.codes import FileCode, LineCode
from domain.offers.guards import Guard
from domain.offers.wording import Wording

LINES_FR: Final[Mapping[LineCode, Wording]] = {
    LineCode.BAD_ENCODING: Wording(
        "La ligne contient des octets qui ne sont pas des lettres dans l'encodage du flux.",
        "Exportez le fichier en UTF-8 puis renvoyez-le.",
    ),
    LineCode.BAD_QUOTES: Wording(
        "Le contenu de {field} ne peut pas être lu tel quel : « {value} ».",
        "Fermez chaque guillemet et doublez ceux qui sont dans une valeur.",
    ),
    LineCode.COLUMN_COUNT: Wording(
        "La ligne n'a pas autant de colonnes que l'en-tête.",
        "Mettez entre guillemets les valeurs qui contiennent le séparateur.",
    ),
    LineCode.SKU_MISSING: Wording(
        "La ligne n'a pas de SKU.",
        "Donnez à chaque offre votre propre identifiant, de 64 caractères au plus.",
    ),
    LineCode.SKU_TOO_LONG: Wording(
        "Le SKU « {value} » a plus de 64 caractères.",
        "Utilisez un identifiant plus court et gardez-le stable.",
    ),
    LineCode.DUPLICATE_SKU: Wording(
        "Le SKU « {value} » est sur plusieurs lignes ; majuscules et minuscules sont confondues.",
        "Gardez une seule ligne par SKU.",
    ),
    LineCode.UNKNOWN_SKU: Wording(
        "Aucune de vos offres n'a le SKU « {value} ».",
        "Envoyez d'abord l'offre complète, puis son stock et ses prix.",
    ),
    LineCode.PRODUCT_UNKNOWN: Wording(
        "Aucun produit du catalogue ne correspond à {field} « {value} ».",
        "Envoyez un GTIN, ou la marque, le modèle et le titre pour que nous ajoutions le produit.",
    ),
    LineCode.GTIN_INVALID: Wording(
        "« {value} » n'est pas un GTIN qui identifie un produit.",
        "Recopiez le code-barres du produit, 8, 12, 13 ou 14 chiffres, sans code interne.",
    ),
    LineCode.GTIN_LOST_DIGITS: Wording(
        "Un tableur a arrondi le GTIN « {value} ».",
        "Mettez la colonne au format texte, remplissez-la à nouveau puis exportez.",
    ),
    LineCode.PRICE_MISSING: Wording(
        "La ligne n'a pas de prix.",
        "Envoyez un prix TTC supérieur à zéro.",
    ),
    LineCode.PRICE_INVALID: Wording(
        "{field} « {value} » n'est pas un montant utilisable tel quel.",
        "Envoyez un nombre décimal positif sans plus de décimales que sa devise, comme 199.90.",
    ),
    LineCode.PRICE_AMBIGUOUS: Wording(
        "{field} « {value} » peut être des milliers ou des décimales.",
        "Indiquez le séparateur décimal du flux, ou envoyez deux décimales.",
    ),
    LineCode.PRICE_OUTLIER: Wording(
        "Le prix « {value} » est inférieur au dixième du prix courant de ce produit.",
        "Vérifiez le séparateur décimal et la devise.",
    ),
    LineCode.PRICE_BELOW_FLOOR: Wording(
        "{field} « {value} » est inférieur à votre propre prix minimum.",
        "Augmentez le prix ou baissez le minimum.",
    ),
    LineCode.CURRENCY_UNKNOWN: Wording(
        "« {value} » n'est pas une devise lisible ici.",
        "Envoyez un seul code ISO 4217 par ligne, par exemple EUR.",
    ),
    LineCode.CURRENCY_NOT_ALLOWED: Wording(
        "La devise « {value} » n'est pas utilisée sur un marché de cette offre.",
        "Envoyez le prix dans la devise du marché.",
    ),
    LineCode.QUANTITY_INVALID: Wording(
        "{field} « {value} » n'est pas un nombre entier dans ses limites.",
        "Envoyez un nombre entier : stock de 0 à 100000, heures de 0 à 240, batterie de 1 à 100.",
    ),
    LineCode.GRADE_MISSING: Wording(
        "« {value} » ne dit rien de l'aspect de l'appareil.",
        "Envoyez un grade de FAIR à PREMIUM, ou fixez le grade du flux.",
    ),
    LineCode.GRADE_UNKNOWN: Wording(
        "« {value} » n'est pas dans la table des grades du flux.",
        "Ajoutez ce mot à la table des grades du flux.",
    ),
    LineCode.GRADE_NOT_ALLOWED: Wording(
        "Le grade « {value} » n'est pas vendu sur un marché ou dans une catégorie de cette offre.",
        "Retirez l'offre de ce marché.",
    ),
    LineCode.CONDITION_NEW: Wording(
        "« {value} » propose un produit neuf ; cette place de marché vend du reconditionné.",
        "Supprimez la ligne ou corrigez son état.",
    ),
    LineCode.CATEGORY_NOT_ALLOWED: Wording(
        "Vous n'avez pas le droit de vendre dans la catégorie « {value} ».",
        "Demandez la catégorie dans vos réglages.",
    ),
    LineCode.BRAND_NOT_ALLOWED: Wording(
        "Vous n'avez pas le droit de vendre la marque « {value} ».",
        "Demandez la marque dans vos réglages.",
    ),
    LineCode.MARKET_NOT_ALLOWED: Wording(
        "« {value} » n'est pas un marché où vous pouvez vendre.",
        "Envoyez les codes pays à deux lettres des marchés qui vous sont ouverts.",
    ),
    LineCode.CAP_REACHED: Wording(
        "Votre limite d'offres actives ou de commandes est atteinte.",
        "Attendez que votre limite augmente, ou retirez d'autres offres.",
    ),
    LineCode.WARRANTY_TOO_SHORT: Wording(
        "Une garantie de « {value} » mois est trop courte.",
        "Envoyez un nombre entier de mois, au moins 12.",
    ),
    LineCode.TITLE_TOO_LONG: Wording(
        "Le titre a plus de 255 caractères.",
        "Raccourcissez le titre.",
    ),
    LineCode.NOTE_FORBIDDEN: Wording(
        "La note contient du HTML, un lien, une adresse électronique, un téléphone ou une "
        "allégation interdite.",
        "N'écrivez que du texte simple sur l'appareil ; `lintClaim` nomme les mots et la règle.",
    ),
    LineCode.DATE_INVALID: Wording(
        "{field} « {value} » n'est pas une date lisible.",
        "Envoyez une date ISO 8601, par exemple 2026-05-04T12:00:00Z.",
    ),
    LineCode.STALE_LINE: Wording(
        "Une version plus récente de cette offre est déjà enregistrée.",
        "Envoyez l'heure du dernier changement avec chaque ligne.",
    ),
    LineCode.FIELD_TOO_LONG: Wording(
        "{field} est trop long : « {value} ».",
        "Raccourcissez la valeur.",
    ),
    LineCode.COMPLIANCE_FACT_MISSING: Wording(
        "Un marché de cette offre exige {field}, que nous n'avons pas.",
        "Complétez vos informations de conformité pour ce marché.",
    ),
}

FILES_FR: Final[Mapping[FileCode, Wording]] = {
    FileCode.FEED_EMPTY: Wording(
        "Le flux ne contient aucune offre.",
        "Vérifiez l'export ; pour cesser de vendre, envoyez une quantité de 0.",
    ),
    FileCode.FEED_TRUNCATED: Wording(
        "Le flux s'arrête trop tôt.",
        "Renvoyez-le une fois l'export terminé.",
    ),
    FileCode.FEED_TOO_LARGE: Wording(
        "Le flux dépasse une limite de taille.",
        "Divisez-le en plusieurs flux, ou n'envoyez que les changements.",
    ),
    FileCode.ARCHIVE_BOMB: Wording(
        "L'archive décompressée est démesurée.",
        "Envoyez un seul fichier, simple ou gzip.",
    ),
    FileCode.FORMAT_UNKNOWN: Wording(
        "Le flux n'est lisible dans aucun format connu.",
        "Choisissez le format dans les réglages du flux, ou corrigez le fichier.",
    ),
    FileCode.HEADER_MISSING: Wording(
        "Des colonnes du flux manquent ou sont répétées.",
        "Envoyez chaque colonne obligatoire une fois, dans la première ligne.",
    ),
    FileCode.GUARD_HELD: Wording(
        "Un contrôle a arrêté le flux avant qu'il ne change quoi que ce soit.",
        "Corrigez le fichier, ou confirmez le passage s'il attend votre accord.",
    ),
    FileCode.AUTH_FAILED: Wording(
        "Votre serveur a refusé nos identifiants.",
        "Mettez à jour les identifiants du flux.",
    ),
    FileCode.NOT_FOUND: Wording(
        "Il n'y a pas de fichier à l'adresse du flux.",
        "Vérifiez l'adresse ou le modèle de nom de fichier.",
    ),
    FileCode.TIMEOUT: Wording(
        "Votre serveur a mis trop de temps.",
        "Vérifiez le serveur ; nous réessaierons.",
    ),
}

GUARDS_FR: Final[Mapping[Guard, str]] = {
    Guard.SHRUNK: (
        "{n} des {total} offres en ligne du flux ne sont pas dans le fichier ; il peut en manquer "
        "{limit} au plus."
    ),
    Guard.REJECTED: "{n} lignes sur {total} ont été rejetées ; {limit} au plus peuvent l'être.",
    Guard.PRICES_JUMPED: (
        "{n} offres connues sur {total} changent de prix de plus de moitié ; {limit} au plus le "
        "peuvent."
    ),
}
