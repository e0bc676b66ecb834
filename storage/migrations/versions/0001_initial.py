"""initial"""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql  # noqa: F401

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('auditcheckpoint',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('head_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('signature', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('public_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('audithead',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('budget',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('period', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scope_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scope', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('start', sa.Date(), nullable=True),
    sa.Column('end', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('period', 'scope_type', 'scope')
    )
    op.create_table('charge',
    sa.Column('statement_id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.Integer(), nullable=False),
    sa.Column('start_day', sa.Integer(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('end_day', sa.Integer(), nullable=False),
    sa.Column('effective_nanos', sa.BigInteger(), nullable=False),
    sa.Column('billed_nanos', sa.BigInteger(), nullable=False),
    sa.Column('list_nanos', sa.BigInteger(), nullable=True),
    sa.Column('consumed_milli', sa.BigInteger(), nullable=True),
    sa.PrimaryKeyConstraint('statement_id', 'run', 'key_id', 'start_day', 'seq'),
    sqlite_with_rowid=False
    )
    op.create_table('chargekey',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('digest', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('provider', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('service_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sub_account', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sub_account_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('sku_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('charge_category', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('consumed_unit', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('model', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tags', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('digest')
    )
    op.create_table('configdocument',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('text', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('configdocument', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_configdocument_kind'), ['kind'], unique=False)

    op.create_table('exchangerate',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rate', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('day', 'currency')
    )
    op.create_table('importlock',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('owner', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('started_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_table('importrun',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('files', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rows_read', sa.Integer(), nullable=False),
    sa.Column('rows_new', sa.Integer(), nullable=False),
    sa.Column('rows_changed', sa.Integer(), nullable=False),
    sa.Column('rows_unchanged', sa.Integer(), nullable=False),
    sa.Column('rows_quarantined', sa.Integer(), nullable=False),
    sa.Column('notes', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('started_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('finished_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('derived', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('importrun', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_importrun_content_hash'), ['content_hash'], unique=False)
        batch_op.create_index(batch_op.f('ix_importrun_kind'), ['kind'], unique=False)

    op.create_table('inboxitem',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('interaction', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('received_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('done_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('inboxitem', schema=None) as batch_op:
        batch_op.create_index('ix_inbox_status', ['status', 'id'], unique=False)

    op.create_table('jobrun',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('job', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('started_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('finished_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('job', 'due_at')
    )
    op.create_table('keymeaning',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.Integer(), nullable=False),
    sa.Column('from_day', sa.Integer(), nullable=False),
    sa.Column('to_day', sa.Integer(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('project', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('basis', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('disagrees', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key_id', 'from_day')
    )
    with op.batch_alter_table('keymeaning', schema=None) as batch_op:
        batch_op.create_index('ix_keymeaning_person', ['person_id'], unique=False)
        batch_op.create_index('ix_keymeaning_tool', ['tool_id'], unique=False)

    op.create_table('ownerunit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('department', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('cost_center', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('division', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('department', 'cost_center', 'division')
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('employee_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('employee_id')
    )
    op.create_table('rollup',
    sa.Column('cut', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('grain', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('start_day', sa.Integer(), nullable=False),
    sa.Column('end_day', sa.Integer(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('model', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('project', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('unconverted', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('statement_id', sa.Integer(), nullable=False),
    sa.Column('batch', sa.Integer(), nullable=False),
    sa.Column('effective_base', sa.BigInteger(), nullable=False),
    sa.Column('billed_base', sa.BigInteger(), nullable=False),
    sa.Column('list_base', sa.BigInteger(), nullable=False),
    sa.Column('usage_effective_base', sa.BigInteger(), nullable=False),
    sa.Column('tokens', sa.BigInteger(), nullable=False),
    sa.Column('requests', sa.BigInteger(), nullable=False),
    sa.Column('costed', sa.Integer(), nullable=False),
    sa.Column('charges', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('cut', 'grain', 'start_day', 'end_day', 'tool_id', 'unit_id', 'model', 'project', 'unconverted', 'statement_id', 'batch'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('rollup', schema=None) as batch_op:
        batch_op.create_index('ix_rollup_statement', ['statement_id', 'batch'], unique=False)

    op.create_table('statementkey',
    sa.Column('statement_id', sa.Integer(), nullable=False),
    sa.Column('run', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.Integer(), nullable=False),
    sa.Column('first_day', sa.Integer(), nullable=False),
    sa.Column('last_day', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('statement_id', 'run', 'key_id'),
    sqlite_with_rowid=False
    )
    with op.batch_alter_table('statementkey', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_statementkey_key_id'), ['key_id'], unique=False)

    op.create_table('timer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('due_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('fired_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('timer', schema=None) as batch_op:
        batch_op.create_index('ix_timer_due', ['status', 'due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_timer_subject'), ['subject'], unique=False)

    op.create_table('tool',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('slug', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('vendor', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('category', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('file_status', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('decided_status', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('decided_over', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('billing_model', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('in_catalog', sa.Boolean(), nullable=False),
    sa.Column('list_price', sa.BigInteger(), nullable=True),
    sa.Column('list_price_currency', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('list_price_per', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('list_price_interval', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('owner_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('details', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('slug')
    )
    with op.batch_alter_table('tool', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tool_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_tool_vendor'), ['vendor'], unique=False)

    op.create_table('webmessage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('conversation_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('thread_id', sa.Integer(), nullable=True),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('author', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('text', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('message', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('private_to', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('posted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['thread_id'], ['webmessage.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('webmessage', schema=None) as batch_op:
        batch_op.create_index('ix_web_message_conversation', ['conversation_id', 'id'], unique=False)

    op.create_table('webread',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('conversation_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('last_message_id', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email', 'conversation_id')
    )
    op.create_table('askedreading',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('question', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scope', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('plan', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('choices', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('askedreading', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_askedreading_asked_at'), ['asked_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_askedreading_person_id'), ['person_id'], unique=False)

    op.create_table('auditrow',
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('actor_person_id', sa.Integer(), nullable=True),
    sa.Column('on_behalf_of_person_id', sa.Integer(), nullable=True),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('prev_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['actor_person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['on_behalf_of_person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('seq')
    )
    with op.batch_alter_table('auditrow', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_auditrow_action'), ['action'], unique=False)
        batch_op.create_index(batch_op.f('ix_auditrow_actor_person_id'), ['actor_person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_auditrow_subject'), ['subject'], unique=False)

    op.create_table('chataccount',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('workspace', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('external_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('timezone', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('direct_conversation', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('last_seen_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('channel', 'workspace', 'external_id')
    )
    with op.batch_alter_table('chataccount', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_chataccount_person_id'), ['person_id'], unique=False)

    op.create_table('contract',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contract_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('billing_model', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('plan', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('seats_purchased', sa.Integer(), nullable=True),
    sa.Column('unit_price', sa.BigInteger(), nullable=True),
    sa.Column('billing_interval', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('annual_value', sa.BigInteger(), nullable=True),
    sa.Column('start_date', sa.Date(), nullable=True),
    sa.Column('end_date', sa.Date(), nullable=True),
    sa.Column('auto_renew', sa.Boolean(), nullable=True),
    sa.Column('notice_days', sa.Integer(), nullable=True),
    sa.Column('owner_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('cost_center', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('payment_channel', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('contract_id')
    )
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contract_tool_id'), ['tool_id'], unique=False)

    op.create_table('emailclaim',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email', 'person_id', 'effective_from')
    )
    with op.batch_alter_table('emailclaim', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_emailclaim_email'), ['email'], unique=False)
        batch_op.create_index(batch_op.f('ix_emailclaim_person_id'), ['person_id'], unique=False)

    op.create_table('expense',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('expense_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('merchant', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('employee_email', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('description', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('mcc', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('department', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('memo', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('role', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('possible_duplicate', sa.Boolean(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=True),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('replaced_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('expense_id', 'import_id')
    )
    with op.batch_alter_table('expense', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_expense_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_expense_employee_email'), ['employee_email'], unique=False)
        batch_op.create_index(batch_op.f('ix_expense_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_expense_replaced_by'), ['replaced_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_expense_tool_id'), ['tool_id'], unique=False)

    op.create_table('idlecase',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('addressee_id', sa.Integer(), nullable=False),
    sa.Column('manager_id', sa.Integer(), nullable=True),
    sa.Column('leaver', sa.Boolean(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('nudge', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('opened_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('snoozed_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['addressee_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['manager_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('idlecase', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idlecase_addressee_id'), ['addressee_id'], unique=False)
        batch_op.create_index('ix_idlecase_one_open', ['person_id'], unique=True, sqlite_where=sa.text("status <> 'closed'"), postgresql_where=sa.text("status <> 'closed'"))
        batch_op.create_index(batch_op.f('ix_idlecase_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_idlecase_status'), ['status'], unique=False)

    op.create_table('oauthgrant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('app_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('work_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('client_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('granted_on', sa.Date(), nullable=True),
    sa.Column('last_used_on', sa.Date(), nullable=True),
    sa.Column('scopes', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('replaced_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('app_name', 'work_email', 'client_id', 'import_id')
    )
    with op.batch_alter_table('oauthgrant', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_oauthgrant_replaced_by'), ['replaced_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_oauthgrant_tool_id'), ['tool_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_oauthgrant_work_email'), ['work_email'], unique=False)

    op.create_table('outboxitem',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('lane', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('conversation', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('private_to', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('payload', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('at_most_once', sa.Boolean(), nullable=False),
    sa.Column('not_before', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('sent_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key')
    )
    with op.batch_alter_table('outboxitem', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_status', ['status', 'lane', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_outboxitem_subject'), ['subject'], unique=False)

    op.create_table('outcome',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('period_start', sa.Date(), nullable=False),
    sa.Column('period_end', sa.Date(), nullable=False),
    sa.Column('metric', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('quantity', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scope_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('scope', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('unit_value', sa.BigInteger(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('evidence', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('period_start', 'period_end', 'metric', 'scope_type', 'scope', 'tool_name')
    )
    op.create_table('personemail',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('email', 'valid_from')
    )
    with op.batch_alter_table('personemail', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_personemail_email'), ['email'], unique=False)
        batch_op.create_index(batch_op.f('ix_personemail_person_id'), ['person_id'], unique=False)

    op.create_table('personrecord',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('effective_to', sa.Date(), nullable=True),
    sa.Column('work_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('display_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('job_title', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('employment_status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('employment_type', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('hire_date', sa.Date(), nullable=True),
    sa.Column('termination_date', sa.Date(), nullable=True),
    sa.Column('manager_employee_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('department', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('division', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('cost_center', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('legal_entity', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('location', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('timezone', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person_id', 'effective_from')
    )
    with op.batch_alter_table('personrecord', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_personrecord_department'), ['department'], unique=False)
        batch_op.create_index(batch_op.f('ix_personrecord_manager_employee_id'), ['manager_employee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_personrecord_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_personrecord_work_email'), ['work_email'], unique=False)

    op.create_table('postedmessage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('outbox_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('workspace', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('conversation_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('message_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('thread_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('posted_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('postedmessage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_postedmessage_outbox_key'), ['outbox_key'], unique=False)
        batch_op.create_index(batch_op.f('ix_postedmessage_subject'), ['subject'], unique=False)

    op.create_table('quarantinedrow',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('file', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('column', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('value', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('raw', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('retry', sa.Boolean(), nullable=False),
    sa.Column('resolved_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['importrun.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('quarantinedrow', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_quarantinedrow_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_quarantinedrow_kind'), ['kind'], unique=False)

    op.create_table('request',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('tool_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('requester_id', sa.Integer(), nullable=False),
    sa.Column('beneficiary_id', sa.Integer(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('plan', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('duration_days', sa.Integer(), nullable=True),
    sa.Column('data_classes', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('monthly_value', sa.BigInteger(), nullable=True),
    sa.Column('annual_value', sa.BigInteger(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('policy_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('facts', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('matched_rules', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('paused_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('origin', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('idempotency_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('replaces_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('decided_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('fulfilled_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('expires_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['beneficiary_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['replaces_id'], ['request.id'], ),
    sa.ForeignKeyConstraint(['requester_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('idempotency_key'),
    sa.UniqueConstraint('number')
    )
    with op.batch_alter_table('request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_request_beneficiary_id'), ['beneficiary_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_request_requester_id'), ['requester_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_request_status'), ['status'], unique=False)
        batch_op.create_index(batch_op.f('ix_request_tool_id'), ['tool_id'], unique=False)

    op.create_table('seatsnapshot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tool_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('accepted', sa.Boolean(), nullable=False),
    sa.Column('kept_emails', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['importrun.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('tool_name', 'as_of')
    )
    with op.batch_alter_table('seatsnapshot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seatsnapshot_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_seatsnapshot_tool_id'), ['tool_id'], unique=False)

    op.create_table('statement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('issuer', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('billing_account', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('billing_period_start', sa.Date(), nullable=True),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('last_charge_day', sa.Date(), nullable=True),
    sa.Column('longest_days', sa.Integer(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('batch', sa.Integer(), nullable=False),
    sa.Column('derived_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['import_id'], ['importrun.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('statement', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_statement_import_id'), ['import_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_statement_status'), ['status'], unique=False)
        batch_op.create_index('ix_statement_subject', ['issuer', 'billing_account', 'billing_period_start', 'status'], unique=False)

    op.create_table('threadcontext',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('conversation_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('question', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('plan', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
    sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('person_id', 'conversation_key')
    )
    op.create_table('tooldecision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=False),
    sa.Column('decided_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('tooldecision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_tooldecision_tool_id'), ['tool_id'], unique=False)

    op.create_table('toolname',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('name', 'tool_id')
    )
    with op.batch_alter_table('toolname', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_toolname_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_toolname_tool_id'), ['tool_id'], unique=False)

    op.create_table('usage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('tool_name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('work_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('project', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('model', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('requests', sa.BigInteger(), nullable=True),
    sa.Column('input_tokens', sa.BigInteger(), nullable=True),
    sa.Column('cached_input_tokens', sa.BigInteger(), nullable=True),
    sa.Column('output_tokens', sa.BigInteger(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=True),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('replaced_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('day', 'tool_name', 'work_email', 'project', 'model', 'import_id')
    )
    with op.batch_alter_table('usage', schema=None) as batch_op:
        batch_op.create_index('ix_usage_email', ['work_email'], unique=False)
        batch_op.create_index('ix_usage_person_day', ['person_id', 'day'], unique=False)
        batch_op.create_index(batch_op.f('ix_usage_replaced_by'), ['replaced_by'], unique=False)
        batch_op.create_index('ix_usage_tool_day', ['tool_id', 'day'], unique=False)

    op.create_table('visit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('work_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('domain', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('hits', sa.BigInteger(), nullable=True),
    sa.Column('bytes_up', sa.BigInteger(), nullable=True),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('import_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('replaced_by', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('day', 'work_email', 'domain', 'import_id')
    )
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_domain'), ['domain'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_replaced_by'), ['replaced_by'], unique=False)
        batch_op.create_index('ix_visit_tool_day', ['tool_id', 'day'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_work_email'), ['work_email'], unique=False)

    op.create_table('budgetreservation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('budget_id', sa.Integer(), nullable=True),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.ForeignKeyConstraint(['budget_id'], ['budget.id'], ),
    sa.ForeignKeyConstraint(['request_id'], ['request.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('request_id')
    )
    with op.batch_alter_table('budgetreservation', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_budgetreservation_budget_id'), ['budget_id'], unique=False)

    op.create_table('idleseat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('plan', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('as_of', sa.Date(), nullable=False),
    sa.Column('last_active_on', sa.Date(), nullable=True),
    sa.Column('idle_days', sa.Integer(), nullable=False),
    sa.Column('monthly_price', sa.BigInteger(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('terms', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('end_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('told_manager', sa.Boolean(), nullable=False),
    sa.Column('keep_reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('decided_by_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('undo_until', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('cooldown_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['idlecase.id'], ),
    sa.ForeignKeyConstraint(['decided_by_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('case_id', 'tool_id')
    )
    with op.batch_alter_table('idleseat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_idleseat_case_id'), ['case_id'], unique=False)
        batch_op.create_index('ix_idleseat_holder', ['person_id', 'tool_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_idleseat_status'), ['status'], unique=False)
        batch_op.create_index(batch_op.f('ix_idleseat_tool_id'), ['tool_id'], unique=False)

    op.create_table('requestnote',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('asked_by_id', sa.Integer(), nullable=False),
    sa.Column('question', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('asked_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['asked_by_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['request_id'], ['request.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('requestnote', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_requestnote_request_id'), ['request_id'], unique=False)

    op.create_table('requeststage',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('join', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('opened_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['request.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('request_id', 'position')
    )
    with op.batch_alter_table('requeststage', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_requeststage_request_id'), ['request_id'], unique=False)

    op.create_table('seat',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('snapshot_id', sa.Integer(), nullable=False),
    sa.Column('work_email', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('plan', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('assigned_on', sa.Date(), nullable=True),
    sa.Column('first_seen_on', sa.Date(), nullable=False),
    sa.Column('last_active_on', sa.Date(), nullable=True),
    sa.Column('activity_tracked', sa.Boolean(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('carried', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['snapshot_id'], ['seatsnapshot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('snapshot_id', 'work_email')
    )
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_seat_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_seat_snapshot_id'), ['snapshot_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_seat_work_email'), ['work_email'], unique=False)

    op.create_table('task',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('kind', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('tool_id', sa.Integer(), nullable=True),
    sa.Column('assignee_id', sa.Integer(), nullable=False),
    sa.Column('for_person_id', sa.Integer(), nullable=False),
    sa.Column('from_person_id', sa.Integer(), nullable=True),
    sa.Column('case_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.Column('closed_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.Column('closed_by_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['assignee_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['closed_by_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['for_person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['from_person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['request_id'], ['request.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_task_assignee_id'), ['assignee_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_case_id'), ['case_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_task_request_id'), ['request_id'], unique=False)

    op.create_table('requestslot',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('stage_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('approver', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('rule_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('quorum', sa.Integer(), nullable=False),
    sa.Column('candidates', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('silent', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('considered', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('timing', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('status', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('escalated_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=True),
    sa.ForeignKeyConstraint(['request_id'], ['request.id'], ),
    sa.ForeignKeyConstraint(['stage_id'], ['requeststage.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('stage_id', 'position')
    )
    with op.batch_alter_table('requestslot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_requestslot_request_id'), ['request_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_requestslot_stage_id'), ['stage_id'], unique=False)

    op.create_table('saving',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('idle_seat_id', sa.Integer(), nullable=False),
    sa.Column('tool_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('from_day', sa.Date(), nullable=False),
    sa.Column('monthly_amount', sa.BigInteger(), nullable=True),
    sa.Column('currency', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('confirmed_on', sa.Date(), nullable=True),
    sa.Column('reversed_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['idle_seat_id'], ['idleseat.id'], ),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['tool_id'], ['tool.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('idle_seat_id')
    )
    with op.batch_alter_table('saving', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saving_tool_id'), ['tool_id'], unique=False)

    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('request_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('slot_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('verdict', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('content_hash', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('idempotency_key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('outcome', sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
    sa.Column('decided_at', sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], ),
    sa.ForeignKeyConstraint(['request_id'], ['request.id'], ),
    sa.ForeignKeyConstraint(['slot_id'], ['requestslot.id'], ),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('idempotency_key'),
    sa.UniqueConstraint('request_id', 'person_id', 'round')
    )
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_decision_person_id'), ['person_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_decision_request_id'), ['request_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_decision_request_id'))
        batch_op.drop_index(batch_op.f('ix_decision_person_id'))

    op.drop_table('decision')
    with op.batch_alter_table('saving', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_saving_tool_id'))

    op.drop_table('saving')
    with op.batch_alter_table('requestslot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_requestslot_stage_id'))
        batch_op.drop_index(batch_op.f('ix_requestslot_request_id'))

    op.drop_table('requestslot')
    with op.batch_alter_table('task', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_task_request_id'))
        batch_op.drop_index(batch_op.f('ix_task_case_id'))
        batch_op.drop_index(batch_op.f('ix_task_assignee_id'))

    op.drop_table('task')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seat_work_email'))
        batch_op.drop_index(batch_op.f('ix_seat_snapshot_id'))
        batch_op.drop_index(batch_op.f('ix_seat_person_id'))

    op.drop_table('seat')
    with op.batch_alter_table('requeststage', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_requeststage_request_id'))

    op.drop_table('requeststage')
    with op.batch_alter_table('requestnote', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_requestnote_request_id'))

    op.drop_table('requestnote')
    with op.batch_alter_table('idleseat', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idleseat_tool_id'))
        batch_op.drop_index(batch_op.f('ix_idleseat_status'))
        batch_op.drop_index('ix_idleseat_holder')
        batch_op.drop_index(batch_op.f('ix_idleseat_case_id'))

    op.drop_table('idleseat')
    with op.batch_alter_table('budgetreservation', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_budgetreservation_budget_id'))

    op.drop_table('budgetreservation')
    with op.batch_alter_table('visit', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visit_work_email'))
        batch_op.drop_index('ix_visit_tool_day')
        batch_op.drop_index(batch_op.f('ix_visit_replaced_by'))
        batch_op.drop_index(batch_op.f('ix_visit_domain'))

    op.drop_table('visit')
    with op.batch_alter_table('usage', schema=None) as batch_op:
        batch_op.drop_index('ix_usage_tool_day')
        batch_op.drop_index(batch_op.f('ix_usage_replaced_by'))
        batch_op.drop_index('ix_usage_person_day')
        batch_op.drop_index('ix_usage_email')

    op.drop_table('usage')
    with op.batch_alter_table('toolname', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_toolname_tool_id'))
        batch_op.drop_index(batch_op.f('ix_toolname_name'))

    op.drop_table('toolname')
    with op.batch_alter_table('tooldecision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tooldecision_tool_id'))

    op.drop_table('tooldecision')
    op.drop_table('threadcontext')
    with op.batch_alter_table('statement', schema=None) as batch_op:
        batch_op.drop_index('ix_statement_subject')
        batch_op.drop_index(batch_op.f('ix_statement_status'))
        batch_op.drop_index(batch_op.f('ix_statement_import_id'))

    op.drop_table('statement')
    with op.batch_alter_table('seatsnapshot', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_seatsnapshot_tool_id'))
        batch_op.drop_index(batch_op.f('ix_seatsnapshot_import_id'))

    op.drop_table('seatsnapshot')
    with op.batch_alter_table('request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_request_tool_id'))
        batch_op.drop_index(batch_op.f('ix_request_status'))
        batch_op.drop_index(batch_op.f('ix_request_requester_id'))
        batch_op.drop_index(batch_op.f('ix_request_beneficiary_id'))

    op.drop_table('request')
    with op.batch_alter_table('quarantinedrow', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_quarantinedrow_kind'))
        batch_op.drop_index(batch_op.f('ix_quarantinedrow_import_id'))

    op.drop_table('quarantinedrow')
    with op.batch_alter_table('postedmessage', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_postedmessage_subject'))
        batch_op.drop_index(batch_op.f('ix_postedmessage_outbox_key'))

    op.drop_table('postedmessage')
    with op.batch_alter_table('personrecord', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_personrecord_work_email'))
        batch_op.drop_index(batch_op.f('ix_personrecord_person_id'))
        batch_op.drop_index(batch_op.f('ix_personrecord_manager_employee_id'))
        batch_op.drop_index(batch_op.f('ix_personrecord_department'))

    op.drop_table('personrecord')
    with op.batch_alter_table('personemail', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_personemail_person_id'))
        batch_op.drop_index(batch_op.f('ix_personemail_email'))

    op.drop_table('personemail')
    op.drop_table('outcome')
    with op.batch_alter_table('outboxitem', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outboxitem_subject'))
        batch_op.drop_index('ix_outbox_status')

    op.drop_table('outboxitem')
    with op.batch_alter_table('oauthgrant', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_oauthgrant_work_email'))
        batch_op.drop_index(batch_op.f('ix_oauthgrant_tool_id'))
        batch_op.drop_index(batch_op.f('ix_oauthgrant_replaced_by'))

    op.drop_table('oauthgrant')
    with op.batch_alter_table('idlecase', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_idlecase_status'))
        batch_op.drop_index(batch_op.f('ix_idlecase_person_id'))
        batch_op.drop_index('ix_idlecase_one_open', sqlite_where=sa.text("status <> 'closed'"), postgresql_where=sa.text("status <> 'closed'"))
        batch_op.drop_index(batch_op.f('ix_idlecase_addressee_id'))

    op.drop_table('idlecase')
    with op.batch_alter_table('expense', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_expense_tool_id'))
        batch_op.drop_index(batch_op.f('ix_expense_replaced_by'))
        batch_op.drop_index(batch_op.f('ix_expense_person_id'))
        batch_op.drop_index(batch_op.f('ix_expense_employee_email'))
        batch_op.drop_index(batch_op.f('ix_expense_day'))

    op.drop_table('expense')
    with op.batch_alter_table('emailclaim', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_emailclaim_person_id'))
        batch_op.drop_index(batch_op.f('ix_emailclaim_email'))

    op.drop_table('emailclaim')
    with op.batch_alter_table('contract', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_contract_tool_id'))

    op.drop_table('contract')
    with op.batch_alter_table('chataccount', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_chataccount_person_id'))

    op.drop_table('chataccount')
    with op.batch_alter_table('auditrow', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_auditrow_subject'))
        batch_op.drop_index(batch_op.f('ix_auditrow_actor_person_id'))
        batch_op.drop_index(batch_op.f('ix_auditrow_action'))

    op.drop_table('auditrow')
    with op.batch_alter_table('askedreading', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_askedreading_person_id'))
        batch_op.drop_index(batch_op.f('ix_askedreading_asked_at'))

    op.drop_table('askedreading')
    op.drop_table('webread')
    with op.batch_alter_table('webmessage', schema=None) as batch_op:
        batch_op.drop_index('ix_web_message_conversation')

    op.drop_table('webmessage')
    with op.batch_alter_table('tool', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_tool_vendor'))
        batch_op.drop_index(batch_op.f('ix_tool_name'))

    op.drop_table('tool')
    with op.batch_alter_table('timer', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_timer_subject'))
        batch_op.drop_index('ix_timer_due')

    op.drop_table('timer')
    with op.batch_alter_table('statementkey', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_statementkey_key_id'))

    op.drop_table('statementkey')
    with op.batch_alter_table('rollup', schema=None) as batch_op:
        batch_op.drop_index('ix_rollup_statement')

    op.drop_table('rollup')
    op.drop_table('person')
    op.drop_table('ownerunit')
    with op.batch_alter_table('keymeaning', schema=None) as batch_op:
        batch_op.drop_index('ix_keymeaning_tool')
        batch_op.drop_index('ix_keymeaning_person')

    op.drop_table('keymeaning')
    op.drop_table('jobrun')
    with op.batch_alter_table('inboxitem', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_status')

    op.drop_table('inboxitem')
    with op.batch_alter_table('importrun', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_importrun_kind'))
        batch_op.drop_index(batch_op.f('ix_importrun_content_hash'))

    op.drop_table('importrun')
    op.drop_table('importlock')
    op.drop_table('exchangerate')
    with op.batch_alter_table('configdocument', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_configdocument_kind'))

    op.drop_table('configdocument')
    op.drop_table('chargekey')
    op.drop_table('charge')
    op.drop_table('budget')
    op.drop_table('audithead')
    op.drop_table('auditcheckpoint')
