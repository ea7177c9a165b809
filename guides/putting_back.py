"""Bringing a whole page to a text: an earlier edition for good, or a draft for a look."""

from pathlib import Path
from typing import Any

from django.db import transaction

from guides import editions
from guides.loading import ContentError, read_yaml_with_lines, sync_row
from guides.loading.exporting import LEGAL, file_name, give_keys
from guides.loading.guides import Loading
from guides.loading.legal import legal_values
from guides.loading.schema import BrandFile, CarModelFile
from guides.models import Brand, Edition, Guide, LegalText


def put_back(edition: Edition, by: Any) -> None:
    """Make the page what it was. What it was until now is kept too, so that this can be undone."""
    with transaction.atomic():
        editions.keep(edition.page, Edition.What.FOUND)
        set_page(edition.page, edition.text)
        editions.keep(edition.page, Edition.What.RESTORED, by)


def set_page(page: str, text: str) -> None:
    """Bring the page's rows to the text, wholly. ContentError, if it can no longer be read."""
    path = Path(file_name(page))
    with transaction.atomic():
        if page.startswith(LEGAL):
            values = legal_values(path, text)
            sync_row(LegalText, {"key": values["slug"]}, values, by_staff=True)
            return
        guide = Guide.objects.filter(key=page).select_related("brand", "car_model__brand").first()
        if guide:
            give_keys(guide)
        loading = Loading(by_staff=True)
        brand_key, _slash, of_car_model = page.partition("/")
        if not of_car_model:
            loading.load_brand_page(read_yaml_with_lines(path, BrandFile, text).content)
        elif brand := Brand.objects.filter(key=brand_key).first():
            loading.load_car_model(brand, read_yaml_with_lines(path, CarModelFile, text).content)
        else:
            raise ContentError([f"{page}: its brand is no longer there; put that back first"])
