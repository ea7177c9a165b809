from hashlib import sha256

from django.db import migrations, models

from orders.lib.batches import ranges
from orders.lib.index_building import AddIndexBesideWork


def copy_agreed_texts(apps, schema_editor):
    """Copies every edition that a consent names, and the newest terms; points the consents to them."""
    Edition = apps.get_model("guides", "Edition")
    AgreedText = apps.get_model("orders", "AgreedText")
    Consent = apps.get_model("orders", "Consent")
    consents = Consent.objects.filter(kind="terms", agreed=None)
    named = set(consents.order_by().values_list("version", flat=True).distinct())
    editions = Edition.objects.in_bulk([int(each) for each in named if each.isdecimal()])
    missing = sorted(named - {str(number) for number in editions})
    if missing:
        numbers = consents.filter(version__in=missing).values_list("order__number", flat=True)[:10]
        raise RuntimeError(
            f"Orders agreed to terms whose text is not there: no row {', '.join(missing)} of the "
            f"table guides_edition (orders {', '.join(numbers)}). Put these rows back from a "
            "backup, then migrate again. Nothing was copied."
        )
    newest = Edition.objects.filter(page="legal/terms").order_by("-pk").first()
    agreed = {}
    for edition in sorted(editions.values(), key=lambda each: each.pk) + ([newest] if newest else []):
        digest = sha256(edition.text.encode()).hexdigest()
        values = {"id": edition.pk, "page": edition.page, "text": edition.text}
        agreed[str(edition.pk)], _ = AgreedText.objects.get_or_create(digest=digest, defaults=values)
    for part in ranges(Consent):
        for version in named:
            consents.filter(part, version=version).update(agreed=agreed[version])


class Migration(migrations.Migration):
    """Begun again after an interruption, it goes through."""

    atomic = False
    dependencies = [
        ("guides", "0004_editions"),
        ("orders", "0012_agreed_texts"),
    ]

    operations = [
        migrations.RunPython(copy_agreed_texts, migrations.RunPython.noop, elidable=True),
        AddIndexBesideWork(
            model_name="consent",
            index=models.Index(condition=models.Q(("agreed", None), ("kind", "terms")), fields=["id"], name="consent_without_its_text"),
        ),
    ]
