from django.db import migrations, models

from orders.lib.index_building import AddIndexBesideWork


class Migration(migrations.Migration):
    """Begun again after an interruption, it goes through."""

    atomic = False
    dependencies = [
        ('orders', '0031_link_requests_and_cards'),
    ]

    operations = [
        AddIndexBesideWork(
            model_name='payment',
            index=models.Index(fields=['card_hash'], name='payment_card'),
        ),
    ]
