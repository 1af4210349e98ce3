from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import public
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0015_orders")]
    initial = False

    operations = [
        ops.RunSQL(
            [*script("rules.sql"), *public("rule")],
            reverse_sql=["DROP TABLE rule", "DROP FUNCTION rule_is_kept"],
        )
    ]
