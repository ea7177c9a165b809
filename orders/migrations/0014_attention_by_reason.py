import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


def copy_open_reasons(apps, schema_editor):
    """The order's own columns held one reason to look at it, and one to hold it."""
    order_model = apps.get_model('orders', 'Order')
    attention = apps.get_model('orders', 'Attention')
    known = {reason for reason, _words in attention._meta.get_field('reason').choices}
    waiting = order_model.objects.exclude(attention_reason='', on_hold_at=None)
    for order in waiting.iterator():
        reasons = {order.on_hold_reason: order.on_hold_at, order.attention_reason: order.attention_at}
        for reason, at in reasons.items():
            if reason in known:
                attention.objects.create(
                    order=order, reason=reason, opened_at=at or order.created_at,
                    holds_order=order.on_hold_at is not None and reason == order.on_hold_reason,
                )


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0013_agreed_texts_of_orders'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Attention',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(choices=[('mismatch', "Stripe's amount, currency or order differ from ours"), ('tries', 'work failed again and again'), ('capture', 'the hold of the money ended before the code was found'), ('paid_late', 'paid after the order had ended; the payment is being undone'), ('no_answer', 'Stripe has not done what we ask for a long time'), ('refused', 'Stripe refuses to open a payment page for this order'), ('refund_failed', 'a refund failed: the customer does not have the money'), ('refund_waits', 'a refund has been on its way for more than a day'), ('dispute', "the customer's bank disputes the payment"), ('dispute_lost', 'a dispute was lost: the bank took the money back'), ('fraud', 'Stripe warns of fraud'), ('refunded', "money was returned in Stripe's Dashboard"), ('two_payments', 'paid twice; the second payment is being undone'), ('mail', 'a mail could not be delivered'), ('complaint', "the customer's mail provider was told that our mail is spam"), ('other_code', 'another code than before for this serial'), ('bad_code', 'a source gave a code of the wrong shape'), ('unknown_state', 'Stripe reports a state that we do not know'), ('blocked', 'the serial or the address is on the block-list'), ('velocity', 'one buyer orders many different serials')], max_length=20)),
                ('holds_order', models.BooleanField(default=False)),
                ('opened_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('settled_at', models.DateTimeField(blank=True, null=True)),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attentions', to='orders.order')),
                ('settled_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'attention',
                'ordering': ['pk'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled_at', None)), fields=('order', 'reason'), name='one_open_attention')],
            },
        ),
        migrations.RunPython(copy_open_reasons, migrations.RunPython.noop),
    ]
