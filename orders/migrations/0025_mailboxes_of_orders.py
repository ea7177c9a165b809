from django.core.exceptions import ValidationError
from django.db import migrations, models
from django.db.models.functions import Lower

from orders.lib import crypto
from orders.lib.index_building import AddIndexBesideWork
from orders.lib.mailbox import canonical, cleaned

BEYOND_ASCII = r'[^ -~]'
WINDOW = 20_000  # primary keys that one statement looks through


def fill(apps, schema_editor):
    """Of an address in ASCII the canonical form is its lower case."""
    order_model = apps.get_model('orders', 'Order')
    last = order_model.objects.aggregate(last=models.Max('pk'))['last'] or 0
    for start in range(0, last + 1, WINDOW):
        orders = order_model.objects.filter(pk__gte=start, pk__lt=start + WINDOW, mailbox='')
        orders.exclude(email__regex=BEYOND_ASCII).update(mailbox=Lower('email'))
        for order in orders.filter(email__regex=BEYOND_ASCII):
            clean(order)


def clean(order):
    """A mail to an address with a mark of direction could not be written."""
    former = order.email
    try:
        address = cleaned(former)
    except ValidationError:
        address = former
    order.emails.filter(to=former).update(to=address)
    # not if the customer has corrected it meanwhile
    type(order).objects.filter(pk=order.pk, email=former).update(
        email=address, mailbox=canonical(address)
    )


def hash_blocks(apps, schema_editor):
    """An address on the block-list is found by the hash of its canonical form."""
    block_model = apps.get_model('orders', 'Block')
    for block in block_model.objects.filter(kind='email'):
        try:
            value = crypto.decrypt(block.value_encrypted)
        except crypto.UnreadableError:
            continue
        mailbox = canonical(value)
        if mailbox == value:
            continue
        hashed = crypto.hash_value('email', mailbox)
        if block_model.objects.filter(kind='email', value_hash=hashed).exists():
            block.delete()
        else:
            block.value_encrypted, block.value_hash = crypto.encrypt(mailbox), hashed
            block.save(update_fields=['value_encrypted', 'value_hash'])


class Migration(migrations.Migration):
    """Begun again after an interruption, it goes through."""

    atomic = False
    dependencies = [
        ('orders', '0024_mailboxes'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunPython(hash_blocks, migrations.RunPython.noop),
        AddIndexBesideWork(
            model_name='order',
            index=models.Index(fields=['mailbox', 'created_at'], name='order_mailbox'),
        ),
        AddIndexBesideWork(
            model_name='order',
            index=models.Index(
                condition=models.Q(('mailbox', Lower('email')), _negated=True),
                fields=['id'],
                name='order_mailbox_differs',
            ),
        ),
    ]
