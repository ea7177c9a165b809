from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0023_mail_to_the_former_address'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='mailbox',
            field=models.CharField(blank=True, db_default='', default='', editable=False, max_length=254),
        ),
    ]
