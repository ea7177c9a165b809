import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """The tables stay for one version more: processes of version 0.9.0 write them, the first load
    after the update reads the editions, and `export_drafts` the drafts. What deletes users and
    guides does not know them any more, so that their constraints go."""

    dependencies = [
        ("guides", "0006_history"),
        ("orders", "0013_agreed_texts_of_orders"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="edition",
            name="by",
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name="draft",
            name="by",
            field=models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL),
        ),
        migrations.AlterField(
            model_name="draft",
            name="guide",
            field=models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name="draft", to="guides.guide"),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Draft"),
                migrations.DeleteModel(name="Edition"),
            ]
        ),
    ]
