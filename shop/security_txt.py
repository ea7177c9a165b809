"""/.well-known/security.txt: where to report a vulnerability (RFC 9116)."""

from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from guides.page_cache import public_page

VALID_FOR = timedelta(days=180)  # the RFC wants less than a year


@require_safe
@public_page
def security_txt(request: HttpRequest) -> HttpResponse:
    last_day = (timezone.now() + VALID_FOR).astimezone(UTC).date()
    expires = datetime.combine(last_day, time(), UTC)
    lines = [
        *(f"Contact: {contact}" for contact in contacts()),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        f"Preferred-Languages: {settings.LANGUAGE_CODE}",
        f"Canonical: {settings.SITE_URL}{reverse('security_txt')}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def contacts() -> list[str]:
    """Return the contacts in the order to try them, bare addresses as links."""
    chosen = settings.SECURITY_CONTACT or [settings.SELLER["email"]]
    return [each if ":" in each else f"mailto:{each}" for each in chosen]
