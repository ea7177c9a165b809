"""What became of a page: an edition is kept after each change, by whomever and however.

One text a page instead of a shadow table for each kind of row: it shows what a reader saw, with
rows that came, went and moved; it is compared line by line; and it is put back by the code that
loads files. What was changed behind its back (a shell, a bulk update) is noticed with the next
edition and kept as "found changed".
"""

from typing import Any

from django.utils import timezone

from guides.loading.exporting import LEGAL, give_keys, legal_text, page_text
from guides.models import Edition, Guide, LegalText

What = Edition.What


def keep(page: str, what: What, by: Any = None) -> Edition | None:
    """Keep an edition of the page, if it is another than the last one kept."""
    text = text_of(page)
    if text is None:
        return None
    last = Edition.objects.filter(page=page).first()
    if last and last.text == text:
        return None
    return Edition.objects.create(page=page, text=text, what=what, by=by)


def text_of(page: str) -> str | None:
    """The page as it stands; None if there is none."""
    if page.startswith(LEGAL):
        legal = LegalText.objects.filter(slug=page.removeprefix(LEGAL)).first()
        return legal_text(legal) if legal else None
    guide = Guide.objects.filter(key=page).select_related("brand", "car_model__brand").first()
    return page_text(guide) if guide else None


def page_of(row: Guide | LegalText) -> str:
    """The name of a page, which is its file's. A guide that staff made is given its name here."""
    if isinstance(row, LegalText):
        return f"{LEGAL}{row.slug}"
    give_keys(row)
    return row.key


def review(guide: Guide, by: Any) -> None:
    """Somebody read the page through and found it right."""
    page = page_of(guide)
    keep(page, What.FOUND)
    guide.last_reviewed = timezone.localdate()
    guide.save(update_fields=["last_reviewed", "updated_at"])
    keep(page, What.EDITED, by)
