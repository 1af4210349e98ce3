from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import MERCHANT, PRESENTED, TENANT, USER, opened, private
from models.migrations._sql import script

ACTED = f"{MERCHANT} OR organisation_id = {TENANT} OR user_id = {USER} OR {PRESENTED} = 'desk'"


class Migration(migrations.Migration):
    dependencies = [("models", "0006_feed_formats")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("partners.sql"),
                *private("event", rights="SELECT, INSERT"),
                *private("audit_log", ACTED, "SELECT, INSERT"),
            ],
            reverse_sql=[
                *opened("event"),
                *opened("audit_log"),
                "DROP TABLE event",
                "DROP TABLE audit_log",
            ],
        )
    ]
