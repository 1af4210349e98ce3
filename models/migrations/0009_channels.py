from tortoise import migrations
from tortoise.migrations import operations as ops
from domain.offers.sources import CredentialKind
from models.base import new_id
from domain.offers.setup import FeedPreviewState
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields

from models.migrations._rows import MERCHANT, bound, opened, private

class Migration(migrations.Migration):
    dependencies = [("models", "0008_reports")]

    initial = False

    operations = [
        ops.CreateModel(
            name='FeedPreview',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('feed', fields.ForeignKeyField('models.Feed', source_field='feed_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('merchant', fields.ForeignKeyField('models.Merchant', source_field='merchant_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('file', fields.UUIDField()),
                ('state', fields.CharEnumField(description='WAITING: WAITING\nREADY: READY\nFAILED: FAILED', enum_type=FeedPreviewState, max_length=16)),
                ('file_code', fields.CharField(null=True, max_length=32)),
                ('detail', fields.TextField(null=True, unique=False)),
                ('result', fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
            ],
            options={'table': 'feed_preview', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A look at the start of a stored file. `result` is as `workers.offers.preview` writes it.'},
            bases=['Row'],
        ),
        ops.AddField(
            model_name='Feed',
            name='credentials',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='Feed',
            name='credentials_kind',
            field=fields.CharEnumField(null=True, description='BASIC: BASIC\nBEARER: BEARER\nQUERY_KEY: QUERY_KEY\nPASSWORD: PASSWORD\nPRIVATE_KEY: PRIVATE_KEY', enum_type=CredentialKind, max_length=16),
        ),
        ops.AddField(
            model_name='Feed',
            name='credentials_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='deleted_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='found_host_key',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='host_key',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='paused',
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='read_as',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='seen',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name='Feed',
            name='seen_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='FeedRun',
            name='read_as',
            field=fields.TextField(null=True, unique=False),
        ),
        ops.RunSQL(
            [
                'CREATE INDEX feed_preview_feed ON feed_preview (feed_id)',
                'CREATE INDEX feed_preview_at ON feed_preview (created_at)',
                *private('feed_preview', jobs=bound(MERCHANT)),
            ],
            reverse_sql=[
                *opened('feed_preview'),
                'DROP INDEX feed_preview_feed',
                'DROP INDEX feed_preview_at',
            ],
        ),
    ]
