from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import bound, child, opened, private
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0013_webhooks")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("bulk.sql"),
                *private("bulk_operation", rights="SELECT, INSERT, UPDATE", jobs=bound()),
                *child("bulk_chunk", "bulk_operation", "operation_id", "SELECT"),
            ],
            reverse_sql=[
                *opened("bulk_chunk"),
                *opened("bulk_operation"),
                "DROP TABLE bulk_chunk",
                "DROP TABLE bulk_operation",
                "DROP FUNCTION bulk_operation_version",
                "DROP FUNCTION bulk_operation_announce",
                "ALTER TABLE stored_file DROP COLUMN lines",
            ],
        )
    ]
