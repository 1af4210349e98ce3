from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0032_market_launch")]
    initial = False

    operations = [
        ops.RunSQL(
            script("registry.sql"),
            reverse_sql=["DROP TABLE rule_change", "DROP FUNCTION rule_change_is_decided_once"],
        )
    ]
