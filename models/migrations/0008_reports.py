from tortoise import migrations
from tortoise.migrations import operations as ops
from domain.offers.policy import FeedPolicy
from orjson import loads
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

from models.migrations._rows import child, opened
from models.migrations._sql import script

class Migration(migrations.Migration):
    dependencies = [("models", "0007_partners")]

    initial = False

    operations = [
        ops.AddField(
            model_name='Feed',
            name='policy',
            field=fields.CharEnumField(default=FeedPolicy.REJECT_FAILED_ROWS, description='REJECT_EVERYTHING: REJECT_EVERYTHING\nREJECT_FAILED_ROWS: REJECT_FAILED_ROWS\nIGNORE_FAILED: IGNORE_FAILED', db_default=FeedPolicy.REJECT_FAILED_ROWS, enum_type=FeedPolicy, max_length=24),
        ),
        ops.AddField(
            model_name='FeedRun',
            name='bad_rows',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='FeedRun',
            name='diff',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='FeedRun',
            name='guards',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='FeedRun',
            name='policy',
            field=fields.CharEnumField(default=FeedPolicy.REJECT_FAILED_ROWS, description='REJECT_EVERYTHING: REJECT_EVERYTHING\nREJECT_FAILED_ROWS: REJECT_FAILED_ROWS\nIGNORE_FAILED: IGNORE_FAILED', db_default=FeedPolicy.REJECT_FAILED_ROWS, enum_type=FeedPolicy, max_length=24),
        ),
        ops.AddField(
            model_name='FeedRun',
            name='problems',
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.RunSQL(
            [*script("reports.sql"), *child("feed_change", "feed_run", "run_id", "SELECT")],
            reverse_sql=[*opened("feed_change"), *script("reports_down.sql")],
        ),
    ]
