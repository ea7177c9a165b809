from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0030_alert_of_other_codes'),
    ]

    operations = [
        migrations.CreateModel(
            name='LinkRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('delays', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('claimed_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('claim_token', models.UUIDField(blank=True, editable=False, null=True)),
                ('number', models.CharField(editable=False, max_length=12)),
                ('mailbox_hash', models.CharField(editable=False, max_length=64)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.AddIndex(
            model_name='linkrequest',
            index=models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='link_request_due'),
        ),
        migrations.AddField(
            model_name='payment',
            name='card_hash',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
    ]
