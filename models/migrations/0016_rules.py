from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import public
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0015_orders")]
    initial = False

    operations = [
        ops.AddField(model_name="Merchant", name="oss", field=fields.BooleanField(null=True)),
        ops.RunSQL(
            [*script("rules.sql"), *public("rule")],
            reverse_sql=["DROP TABLE rule", "DROP FUNCTION rule_is_kept"],
        )
    ]
