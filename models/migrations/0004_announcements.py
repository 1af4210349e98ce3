from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from models.migrations._sql import script


class Migration(migrations.Migration):
    dependencies = [("models", "0003_identity")]
    initial = False

    operations = [
        ops.AddField(model_name="FeedRun", name="version", field=fields.IntField(default=1, db_default=1)),
        ops.RunSQL(script("announcements.sql"), reverse_sql=script("announcements_down.sql")),
    ]
