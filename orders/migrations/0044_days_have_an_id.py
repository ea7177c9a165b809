from django.db import migrations, models


class Migration(migrations.Migration):
    """Days are written anew each night: nothing is lost with their rows."""

    dependencies = [
        ('orders', '0043_messages_of_the_contact_form'),
    ]

    operations = [
        migrations.DeleteModel(name='Day'),
        migrations.CreateModel(
            name='Day',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(unique=True)),
                ('orders', models.PositiveIntegerField()),
                ('within_minute', models.PositiveIntegerField()),
                ('median_seconds', models.PositiveIntegerField(null=True)),
                ('late_seconds', models.PositiveIntegerField(null=True)),
                ('waits', models.JSONField()),
                ('providers', models.JSONField()),
                ('money', models.JSONField()),
                ('not_served', models.JSONField()),
            ],
            options={
                'ordering': ['date'],
            },
        ),
    ]
