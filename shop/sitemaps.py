"""The sitemap lists each public page that helps, with the time it last changed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.urls import reverse
from django.utils.text import slugify

from guides.models import Guide, LegalText


class OwnSitemap(Sitemap):  # type: ignore[type-arg]
    """Builds addresses from SITE_URL, whatever host was asked."""

    def get_domain(self, site: Any = None) -> str:
        return str(urlsplit(settings.SITE_URL).netloc)

    def get_protocol(self, protocol: str | None = None) -> str:
        return str(urlsplit(settings.SITE_URL).scheme)


class Home(OwnSitemap):
    def items(self) -> list[str]:
        return ["home"]

    def location(self, item: str) -> str:
        return reverse(item)

    def lastmod(self, item: str) -> datetime | None:
        last: datetime | None = Guide.objects.aggregate(last=Max("updated_at"))["last"]
        return last


class Battery(OwnSitemap):
    def items(self) -> list[str]:
        return ["battery"]

    def location(self, item: str) -> str:
        return reverse(item)


class Guides(OwnSitemap):
    """A car model's page also changes with its brand's page, whose rows it shows."""

    def items(self) -> QuerySet[Guide]:
        brands_page = Guide.objects.filter(
            brand=OuterRef("brand"), car_model=None, is_published=True
        )
        brands_change = Coalesce(Subquery(brands_page.values("updated_at")[:1]), "updated_at")
        return (
            Guide.objects.filter(is_published=True, is_thin=False)
            .select_related("brand", "car_model__brand")
            .annotate(changed_at=Greatest("updated_at", brands_change))
            .order_by("brand__position", "brand__name", "car_model__position", "car_model__name")
        )

    def lastmod(self, guide: Any) -> datetime:
        changed_at: datetime = guide.changed_at
        return changed_at


class Models(OwnSitemap):
    """Car models without a page of their own: their places on the brands' pages."""

    def items(self) -> list[tuple[Guide, str]]:
        pages = Guide.objects.filter(car_model=None, is_published=True).select_related("brand")
        ordered = pages.order_by("brand__position", "brand__name")
        return [(page, name) for page in ordered for name in page.brand.model_names]

    def location(self, item: tuple[Guide, str]) -> str:
        page, name = item
        return f"{page.get_absolute_url()}#{slugify(name)}"

    def lastmod(self, item: tuple[Guide, str]) -> datetime:
        return item[0].updated_at


class LegalTexts(OwnSitemap):
    def items(self) -> QuerySet[LegalText]:
        return LegalText.objects.order_by("slug")

    def location(self, text: LegalText) -> str:
        return reverse(text.slug)

    def lastmod(self, text: LegalText) -> datetime:
        return text.updated_at


SITEMAPS = {
    "home": Home,
    "battery": Battery,
    "guides": Guides,
    "models": Models,
    "texts": LegalTexts,
}
