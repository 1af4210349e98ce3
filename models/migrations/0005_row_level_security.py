from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, TENANT, USER, also, bound, child, opened, private, public
from models.migrations._sql import script

PUBLIC = (
    "attribute attribute_value brand brand_new_allowed category country market product ranking_model "
    "search_synonym variant variant_gtin offer_market best_offer product_market product_facet facet_count "
    "search_document search_word"
)
OWNED = f"{MERCHANT} OR organisation_id = {TENANT}"
DESK = f"{PRESENTED} = 'desk'"
AT_DESK = "organisation account session refresh_token sign_in_code sign_in_failure signing_key"
CALLER = (
    f"caller = 'merchant:' || {TENANT} OR caller = 'organisation:' || {TENANT} OR caller = 'user:' || {USER}"
)


class Migration(migrations.Migration):
    dependencies = [("models", "0004_announcements")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("rights.sql"),
                *(line for table in PUBLIC.split() for line in public(table)),
                *public("merchant", "id, created_at, updated_at, slug, legal_name, name, kind, country, since, markets"),
                *public("merchant_quality", "id, merchant_id, category, quality_bp, inputs"),
                *private("feed", jobs=bound()),
                *private("feed_run", jobs=bound()),
                *child("feed_line", "feed_run", "run_id", "SELECT"),
                *child("feed_unchanged", "feed_run", "run_id", "SELECT"),
                *private("stored_file", rights="SELECT, INSERT, DELETE", jobs=bound()),
                *child("stored_file_chunk", "stored_file", "file_id", "SELECT, INSERT"),
                *private("offer"),
                *private("merchant_site"),
                *private("merchant_shipping"),
                *private("api_key", OWNED, "SELECT, INSERT, UPDATE", bound(OWNED)),
                *also("api_key", "desk", DESK, "ALL"),
                *also("api_key", "presented", f"prefix = {PRESENTED}", "SELECT"),
                *(line for table in AT_DESK.split() for line in private(table, DESK)),
                *private("once", CALLER, "SELECT, INSERT, UPDATE"),
            ],
            reverse_sql=[
                *(
                    line
                    for table in (
                        "feed feed_run feed_line feed_unchanged stored_file stored_file_chunk offer "
                        "merchant_site merchant_shipping once " + AT_DESK
                    ).split()
                    for line in opened(table)
                ),
                *opened("api_key", "own system presented desk"),
                *script("rights_down.sql"),
            ],
        )
    ]
