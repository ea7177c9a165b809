from django.db import migrations


class Migration(migrations.Migration):
    """The search looks in memory. Processes of 0.9.0 use the indexes and the extension, so both
    stay in the database one version longer.
    """

    dependencies = [("guides", "0004_editions")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("carmodel", "car_model_trigrams"),
                migrations.RemoveIndex("generation", "generation_trigrams"),
            ]
        ),
    ]
