

from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='SagaRow',
            fields=[
                ('stream', models.TextField(primary_key=True, serialize=False)),
                ('saga', models.TextField()),
                ('key', models.TextField()),
                ('definition_version', models.IntegerField()),
                ('version', models.IntegerField(help_text='Version of its stream: how many decisions it has taken.')),
                ('status', models.TextField(choices=[('running', 'Running'), ('turning back', 'Turning Back'), ('completed', 'Completed'), ('compensated', 'Compensated')])),
                ('reason', models.TextField(blank=True, help_text='Why it turned back.')),
                ('waiting_for', models.JSONField(help_text='The replies without which it cannot go on.')),
                ('steps', models.JSONField(help_text='How far each step has come.')),
                ('started_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': 'saga',
                'db_table': 'sagas_saga',
                'indexes': [models.Index(fields=['-started_at'], name='sagas_saga_started'), models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['started_at'], name='sagas_saga_open')],
                'constraints': [models.UniqueConstraint(fields=('saga', 'key'), name='sagas_saga_once_per_key')],
            },
        ),
    ]
