from django.db import migrations, models


class Migration(migrations.Migration):
    """The column `token` stays as it is: version 1.0 reads and writes it beside this one."""

    dependencies = [
        ('orders', '0028_more_states_of_the_display'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField(
                    model_name='order', old_name='token', new_name='token_clear'
                ),
                migrations.AlterField(
                    model_name='order',
                    name='token_clear',
                    field=models.CharField(blank=True, db_column='token', default='', editable=False, max_length=40),
                ),
            ],
        ),
        migrations.AddField(
            model_name='order',
            name='token_hash',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='order',
            name='token_encrypted',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
        migrations.AddField(
            model_name='attempt',
            name='answer_encrypted',
            field=models.TextField(blank=True, db_default='', default='', editable=False),
        ),
    ]
