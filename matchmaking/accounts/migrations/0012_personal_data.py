"""The disclosure ledger, copies for persons, requests for correction, opt-out of the engine, closed accounts."""

import django.db.models.deletion
import django.utils.timezone
import matchmaking.common.crypto
import uuid
from django.conf import settings
from django.db import migrations, models

from matchmaking.accounts.workflow import CORRECTION
from matchmaking.common.workflow import guard_states


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0011_rosters_of_brokers'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='closed_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('object_kind', models.CharField(max_length=20)),
                ('object_id', models.UUIDField()),
                ('object_no', models.CharField(blank=True, max_length=40)),
                ('url', models.CharField(blank=True, max_length=300)),
                ('request', matchmaking.common.crypto.EncryptedJSONField(editable=True)),
                ('state', models.CharField(choices=[('open', 'waits for an answer'), ('done', 'corrected'), ('refused', 'not corrected')], default='open', max_length=10)),
                ('state_since', models.DateTimeField(default=django.utils.timezone.now)),
                ('version', models.PositiveIntegerField(default=1)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_on', models.DateField()),
                ('reminded_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.TextField(blank=True, max_length=500, verbose_name='answer')),
                ('answered_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'open')), fields=['due_on'], name='correction_due')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'done', 'refused'])), name='correction_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('answered_by', None), ('state', 'open')), ('answered_by__isnull', False), _connector='OR'), name='correction_answered_by_somebody'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'refused'), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='correction_refusal_has_reason'), models.UniqueConstraint(condition=models.Q(('state', 'open')), fields=('person', 'object_id'), name='correction_open_once')],
            },
        ),
        migrations.CreateModel(
            name='LeftAlone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('since', models.DateTimeField(default=django.utils.timezone.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('organisation__isnull', False), ('user', None)), models.Q(('organisation', None), ('user__isnull', False)), _connector='OR'), name='left_alone_one_of_both'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('user',), name='left_alone_person_once'), models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('organisation',), name='left_alone_organisation_once')],
            },
        ),
        migrations.CreateModel(
            name='PersonalExport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('data', matchmaking.common.crypto.EncryptedJSONField(editable=True, null=True)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ready_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('downloaded_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('ready_at', None), ('removed_at', None)), fields=('person',), name='personal_export_one_in_work'), models.CheckConstraint(condition=models.Q(models.Q(('expires_at', None), ('ready_at', None)), ('expires_at__gt', models.F('ready_at')), _connector='OR'), name='personal_export_ends'), models.CheckConstraint(condition=models.Q(('removed_at', None), ('data__isnull', True), _connector='OR'), name='personal_export_removed_is_empty')],
            },
        ),
        migrations.CreateModel(
            name='Showing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('contact', 'contact data opened'), ('export', 'in a workbook that was downloaded'), ('page', 'the page with the name was opened')], max_length=10)),
                ('object_kind', models.CharField(max_length=20)),
                ('object_id', models.UUIDField()),
                ('object_no', models.CharField(blank=True, max_length=40)),
                ('on', models.DateField(default=django.utils.timezone.localdate)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('organisation', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
                ('shown_to', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('subject', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', '-at'], name='showing_by_subject'), models.Index(fields=['object_id', '-at'], name='showing_by_record'), models.Index(fields=['at'], name='showing_by_age')],
                'constraints': [models.CheckConstraint(condition=models.Q(('what__in', ['contact', 'export', 'page'])), name='showing_what_known'), models.UniqueConstraint(condition=models.Q(('what', 'page')), fields=('object_kind', 'object_id', 'subject', 'shown_to', 'on'), name='showing_page_once_a_day', nulls_distinct=False)],
            },
        ),
        *guard_states(CORRECTION),
    ]
