import django.contrib.postgres.indexes
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Trigrams for the search. SQLite makes plain indexes of these, which nothing uses."""

    dependencies = [("guides", "0001_initial")]

    operations = [
        TrigramExtension(),
        migrations.AddIndex(
            model_name="carmodel",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["slug"], name="car_model_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
        migrations.AddIndex(
            model_name="generation",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name"], name="generation_trigrams", opclasses=["gin_trgm_ops"]
            ),
        ),
    ]
