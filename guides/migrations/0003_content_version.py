from django.db import migrations, models


def note_published(apps, schema_editor):
    guides = apps.get_model("guides", "Guide").objects
    guides.filter(is_published=True).update(published_at=models.F("updated_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('guides', '0002_search'),
    ]

    operations = [
        migrations.AddField(
            model_name='guide',
            name='published_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(note_published, migrations.RunPython.noop, elidable=True),
        migrations.CreateModel(
            name='ContentVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.UUIDField()),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='one_content_version')],
            },
        ),
    ]
