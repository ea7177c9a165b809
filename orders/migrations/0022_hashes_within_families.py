from django.db import migrations, models

from orders.family_hashes import add_to_all
from orders.lib.index_building import AddIndexBesideWork, no_limits


def add_hashes(apps, schema_editor):
    names = ("Order", "Code", "Attempt", "CodeBookEntry", "Radio")
    models = [apps.get_model("orders", name) for name in names]
    if schema_editor.connection.vendor == "postgresql":
        with no_limits(schema_editor):
            add_to_all(*models)
    else:
        add_to_all(*models)


class Migration(migrations.Migration):
    """Begun again after an interruption, it goes through."""

    atomic = False
    dependencies = [("orders", "0021_families_of_codes")]

    operations = [
        AddIndexBesideWork(
            model_name='code',
            index=models.Index(fields=['family_hash', 'serial_hash'], name='code_family'),
        ),
        AddIndexBesideWork(
            model_name='codebookentry',
            index=models.Index(fields=['family_hash', 'serial_hash'], name='code_book_family'),
        ),
        AddIndexBesideWork(
            model_name='order',
            index=models.Index(fields=['family_hash', 'serial_hash'], name='order_family'),
        ),
        migrations.RunPython(add_hashes, migrations.RunPython.noop),
    ]
