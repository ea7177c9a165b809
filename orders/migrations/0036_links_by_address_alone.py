from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0035_makes_that_are_typed'),
    ]

    operations = [
        migrations.AddField(
            model_name='linkrequest',
            name='address_encrypted',
            field=models.TextField(db_default='', default='', editable=False),
        ),
    ]
