from django.db import migrations, models

from orders.lib.index_building import AddIndexBesideWork


class Migration(migrations.Migration):
    """Begun again after an interruption, it goes through: the table comes last."""

    atomic = False
    dependencies = [("orders", "0001_initial")]

    operations = [
        AddIndexBesideWork(
            model_name="attempt",
            index=models.Index(fields=["started_at"], name="attempt_started"),
        ),
        AddIndexBesideWork(
            model_name="history",
            index=models.Index(fields=["at"], name="history_at"),
        ),
        migrations.CreateModel(
            name="LastRun",
            fields=[
                ("job", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
    ]
