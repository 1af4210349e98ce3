from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import opened, private
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0011_catalogue")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("winning.sql"),
                *private("event_interest"),
                *private("reprice_rule"),
                *private("repriced"),
                *private("repricing", rights="SELECT"),
            ],
            reverse_sql=[
                *opened("event_interest"),
                *opened("reprice_rule"),
                *opened("repriced"),
                *opened("repricing"),
                "DROP TABLE repricing",
                "DROP TABLE repriced",
                "DROP TABLE reprice_rule",
                "DROP INDEX event_of_topic",
                "DROP SEQUENCE offer_event_version",
                "DROP FUNCTION wants_events(uuid, text)",
                "DROP FUNCTION wanted_events()",
                "DROP TABLE event_interest",
                "ALTER TABLE offer_market DROP COLUMN reasons_since",
            ],
        )
    ]
