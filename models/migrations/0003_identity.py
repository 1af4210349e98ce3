from tortoise import migrations
from tortoise.migrations import operations as ops
from domain.accounts.roles import CallerKind
from models.base import new_id
from tortoise.contrib.postgres.fields import ArrayField
from tortoise.fields.base import OnDelete
from tortoise import fields
from tortoise.indexes import Index

from models.migrations._sql import script

class Migration(migrations.Migration):
    dependencies = [('models', '0002_hot_tables')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Account',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('issuer', fields.CharField(default='', max_length=255)),
                ('subject', fields.CharField(max_length=255)),
                ('email', fields.CharField(default='', db_index=True, max_length=254)),
                ('kind', fields.CharEnumField(description='ANONYMOUS: ANONYMOUS\nCUSTOMER: CUSTOMER\nMERCHANT: MERCHANT\nORGANISATION: ORGANISATION\nSTAFF: STAFF', enum_type=CallerKind, max_length=16)),
                ('roles', ArrayField(element_type='TEXT')),
                ('merchant_id', fields.UUIDField(null=True)),
                ('organisation_id', fields.UUIDField(null=True)),
                ('markets', ArrayField(null=True, element_type='TEXT')),
                ('language', fields.CharField(default='en', max_length=2)),
                ('second_factor', fields.BinaryField(null=True)),
                ('second_factor_step', fields.BigIntField(null=True)),
                ('closed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'account', 'app': 'models', 'unique_together': (('issuer', 'subject'),), 'pk_attr': 'id', 'table_description': 'A person who signs in. `subject` is the e-mail address, or the word of an outside issuer.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Organisation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('slug', fields.CharField(unique=True, max_length=64)),
                ('name', fields.TextField(unique=False)),
            ],
            options={'table': 'organisation', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A client company.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='Session',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('account', fields.ForeignKeyField('models.Account', source_field='account_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'session', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A sign-in that lasts until it ends or is revoked. All its refresh tokens are one family.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='RefreshToken',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('session', fields.ForeignKeyField('models.Session', source_field='session_id', db_constraint=True, to_field='id', on_delete=OnDelete.CASCADE)),
                ('sha256', fields.BinaryField()),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'refresh_token', 'app': 'models', 'pk_attr': 'id', 'table_description': 'The hash of a token that renews a session once.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='SignInCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('email', fields.CharField(max_length=254)),
                ('language', fields.CharField(max_length=2)),
                ('place', fields.CharField(max_length=64)),
                ('asked_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('tries', fields.IntField(default=0)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_code', 'app': 'models', 'indexes': [Index(fields=['email', 'asked_at']), Index(fields=['place', 'asked_at'])], 'pk_attr': 'id', 'table_description': 'A challenge. Its code is computed from its id and a secret, and stored nowhere.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='SignInFailure',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('email', fields.CharField(max_length=254)),
                ('place', fields.CharField(max_length=64)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'sign_in_failure', 'app': 'models', 'indexes': [Index(fields=['email', 'at']), Index(fields=['place', 'at'])], 'pk_attr': 'id', 'table_description': 'A sign-in that did not succeed, for whom and from where.'},
            bases=['Row'],
        ),
        ops.CreateModel(
            name='SigningKey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=new_id, unique=True, db_index=True)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=True)),
                ('updated_at', fields.DatetimeField(auto_now=True, auto_now_add=False)),
                ('kid', fields.CharField(unique=True, max_length=64)),
                ('public', fields.TextField(unique=False)),
                ('private', fields.BinaryField()),
            ],
            options={'table': 'signing_key', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A key pair that signs access tokens; the private half is encrypted.'},
            bases=['Row'],
        ),
        ops.AlterModelOptions(
            name='ApiKey',
            options={'table': 'api_key', 'app': 'models', 'pk_attr': 'id', 'table_description': 'A secret of a merchant or an organisation: its public prefix and its SHA-256.'},
        ),
        ops.AlterField(
            model_name='ApiKey',
            name='merchant_id',
            field=fields.UUIDField(null=True, db_index=True),
        ),
        ops.AddField(
            model_name='ApiKey',
            name='made_by',
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name='ApiKey',
            name='name',
            field=fields.CharField(default='', db_default='', max_length=100),
        ),
        ops.AddField(
            model_name='ApiKey',
            name='networks',
            field=ArrayField(null=True, element_type='TEXT'),
        ),
        ops.AddField(
            model_name='ApiKey',
            name='organisation_id',
            field=fields.UUIDField(null=True, db_index=True),
        ),
        ops.AddField(
            model_name='ApiKey',
            name='successor_id',
            field=fields.UUIDField(null=True),
        ),
        ops.RunSQL(script("identity.sql"), reverse_sql=script("identity_down.sql")),
    ]
