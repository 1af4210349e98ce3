from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import APP, MERCHANT, PRESENTED, TENANT, also, opened, private, public
from models.migrations._sql import script

MODERATION = f"{PRESENTED} = 'catalogue'"
SUPPORTED = (
    "EXISTS (SELECT FROM proposal_supporter s "
    f"WHERE s.proposal_id = product_proposal.id AND s.merchant_id = {TENANT})"
)
SPACE = f"{MERCHANT} OR sandbox_id = {TENANT}"
COUNTING = f"{PRESENTED} = 'usage'"
OWNED = f"{MERCHANT} OR organisation_id = {TENANT}"


class Migration(migrations.Migration):
    dependencies = [("models", "0010_writes")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("catalogue.sql"),
                *public("catalog_redirect"),
                *private("product_proposal", MODERATION, "SELECT, INSERT, UPDATE"),
                *also("product_proposal", "supported", SUPPORTED, "SELECT"),
                *private("proposal_supporter", f"{MERCHANT} OR {MODERATION}", "SELECT, INSERT"),
                *script("sandbox.sql"),
                *private("sandbox", SPACE, "SELECT, INSERT, UPDATE"),
                *script("audit.sql"),
                *private("api_usage", COUNTING, "SELECT, INSERT, UPDATE"),
                *also("api_usage", "counted", OWNED, "SELECT"),
            ],
            reverse_sql=[
                *opened("product_proposal", "own system supported"),
                *opened("proposal_supporter"),
                *opened("sandbox"),
                f"REVOKE ALL ON sandbox FROM {APP}",
                *opened("api_usage", "own system counted"),
                f"REVOKE ALL ON product_proposal, proposal_supporter, catalog_redirect FROM {APP}",
                f"REVOKE ALL ON api_usage FROM {APP}",
                *script("catalogue_down.sql"),
            ],
        )
    ]
