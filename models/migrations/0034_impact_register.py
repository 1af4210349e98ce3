from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import public
from models.migrations._sql import script

TABLES = (
    "impact_total impact_stale impact_restated impact_bucket impact_posting impact_life "
    "impact_entry impact_value impact_class impact_due"
).split()


class Migration(migrations.Migration):
    dependencies = [("models", "0033_registry")]
    initial = False

    operations = [
        ops.RunSQL(
            [*script("impact_register.sql"), *public("impact_total")],
            reverse_sql=[
                "DROP TRIGGER impact_due_new ON order_line",
                "DROP TRIGGER impact_due_moved ON order_line",
                "DROP FUNCTION boucle_impact_due()",
                *(f"DROP TABLE {table}" for table in TABLES),
                "DROP FUNCTION boucle_stored(numeric)",
            ],
        )
    ]
