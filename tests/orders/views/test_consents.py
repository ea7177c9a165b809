"""What the customer agreed to is kept as it was said, with its version, the time and the place."""

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from guides.models import LegalText
from orders.legal import TERMS_APPLY, terms_of
from orders.models import AgreedText, Consent, Mail, Order, queue_mail
from orders.models.consent import TEXTS, VERSION
from tests.steps.factories import make_code, make_staff
from tests.steps.order_form import URL, answers, hidden_fields
from tests.steps.stripe import Stripe
from tests.steps.work import work_until_quiet

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def terms(on_sale: None) -> LegalText:
    return LegalText.objects.create(slug="terms", title="Terms of sale", body="The first ones.")


def order(client: Client, **changes: Any) -> Order:
    response = client.post(URL, answers(car="", **changes))
    assert response.status_code == 303
    return Order.objects.latest("pk")


def test_each_box_is_kept_with_its_words_and_version(client: Client, stripe: Stripe) -> None:
    ticked = order(client).consents.filter(kind__in=TEXTS)
    assert {row.kind: row.text for row in ticked} == {kind: str(TEXTS[kind]) for kind in TEXTS}
    assert {row.version for row in ticked} == {VERSION}


def test_the_place_is_kept_as_the_proxy_saw_it(
    client: Client, stripe: Stripe, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    client.defaults["HTTP_X_FORWARDED_FOR"] = "1.1.1.1, 2001:db8:1:2::7"
    kept = order(client)
    assert set(kept.consents.values_list("address", flat=True)) == {"2001:db8:1:2::7"}
    assert kept.network == "2001:db8:1:2::/64"


def test_the_terms_of_that_moment_are_kept(client: Client, stripe: Stripe) -> None:
    consent = order(client).consents.get(kind=Consent.Kind.TERMS)
    assert consent.agreed and consent.version == str(consent.agreed.pk)
    assert (consent.agreed.page, consent.text) == ("legal/terms", str(TERMS_APPLY))
    assert consent.agreed.text == "# Terms of sale\n\nThe first ones.\n"


def test_orders_that_agreed_to_the_same_terms_share_their_text(
    client: Client, stripe: Stripe
) -> None:
    for name in ("anna", "bert"):
        order(client, email=f"{name}@example.com")
    assert AgreedText.objects.count() == 1


def test_an_agreed_text_is_never_changed(client: Client, stripe: Stripe) -> None:
    agreed = order(client).consents.get(kind=Consent.Kind.TERMS).agreed
    assert agreed
    agreed.text = "Others."
    with pytest.raises(TypeError, match="never changed"):
        agreed.save()
    with pytest.raises(ProtectedError):
        agreed.delete()


def test_a_later_change_of_the_terms_leaves_the_order_its_own(
    client: Client, stripe: Stripe, terms: LegalText
) -> None:
    first = order(client)
    terms.body = "The second ones."
    terms.save()
    second = order(client, email="bert@example.com")
    texts = [terms_of(each) for each in (first, second)]
    assert texts[0] and "The first ones." in texts[0].text
    assert texts[1] and "The second ones." in texts[1].text


def test_terms_that_changed_meanwhile_are_shown_before_anything_is_ordered(
    client: Client, stripe: Stripe, terms: LegalText
) -> None:
    order(client, email="bert@example.com")
    seen = hidden_fields(client.get(URL).content.decode())["terms_seen"]
    terms.body = "The second ones."
    terms.save()
    response = client.post(URL, answers(car="", terms_seen=seen))
    assert response.status_code == 422
    page = response.content.decode()
    assert "Our terms of sale were changed" in page
    seen = hidden_fields(page)["terms_seen"]
    assert client.post(URL, answers(car="", terms_seen=seen)).status_code == 303


def test_staff_see_what_was_agreed_to_and_from_where(client: Client, stripe: Stripe) -> None:
    kept = order(client)
    client.force_login(make_staff("vera", "view_order"))
    page = client.get(f"/admin/orders/order/{kept.pk}/change/").content.decode()
    terms = kept.consents.get(kind="terms")
    assert "127.0.0.1" in page
    link = f"/admin/orders/agreedtext/{terms.agreed_id}/change/"
    assert link in page
    assert "The first ones." in client.get(link).content.decode()


def test_the_mail_with_the_code_repeats_it_and_brings_the_terms_of_that_day(
    client: Client, stripe: Stripe, terms: LegalText, mailoutbox: list[Any]
) -> None:
    kept = order(client)
    terms.body = "The second ones."
    terms.save()
    Order.objects.filter(pk=kept.pk).update(status="ready")
    make_code(kept)
    kept.refresh_from_db()
    queue_mail(kept, Mail.YOUR_CODE)
    work_until_quiet()
    mail = mailoutbox[-1]
    at = timezone.localtime(kept.consents.get(kind="immediate").given_at)
    for part in (mail.body, mail.alternatives[0][0]):
        words = " ".join(part.split())
        assert "I understand that I lose my right of withdrawal" in words
        assert words.count(f"You ticked this on {at.day} {at:%B %Y, %H:%M}") == 2
    [(name, text, _type)] = [each for each in mail.attachments if each[0].startswith("terms")]
    assert name == "terms-of-sale.txt" and "The first ones." in text
