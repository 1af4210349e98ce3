from tortoise import migrations
from tortoise.migrations import operations as ops

from models.migrations._rows import opened, private
from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0012_winning")]
    initial = False

    operations = [
        ops.RunSQL(
            [
                *script("webhooks.sql"),
                *private("webhook_endpoint", rights="SELECT, INSERT, UPDATE"),
                *private("webhook_delivery", rights="SELECT, INSERT"),
            ],
            reverse_sql=[
                "CREATE OR REPLACE FUNCTION wanted_events() RETURNS TABLE (merchant_id uuid, topic text) LANGUAGE sql "
                "STABLE AS 'SELECT i.merchant_id, i.topic FROM event_interest i WHERE i.live_until > now()'",
                *opened("webhook_delivery"),
                *opened("webhook_endpoint"),
                "DROP TABLE webhook_cursor",
                "DROP TABLE webhook_delivery",
                "DROP TABLE webhook_endpoint",
                "ALTER TABLE event DROP COLUMN xid",
            ],
        )
    ]
