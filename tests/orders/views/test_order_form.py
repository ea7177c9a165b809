import re
from copy import deepcopy
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from guides.models import CarModel, Shows, Symptom
from orders.models import Need, Order, Payment
from orders.models.consent import TEXTS
from orders.serials import Kind
from tests.steps.factories import SERIAL, make_car_model, make_radio
from tests.steps.order_form import URL, answers, hidden_fields
from tests.steps.stripe import Stripe

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(on_sale: None) -> None:
    make_car_model()


@pytest.mark.also_on_sqlite
def test_a_good_form_leads_to_the_payment_page(client: Client, stripe: Stripe) -> None:
    response = client.post(URL, answers())
    assert response.status_code == 303
    assert response["Location"] == Payment.objects.get().checkout_url


def test_the_order_keeps_what_the_customer_saw_and_agreed_to(
    client: Client, stripe: Stripe
) -> None:
    client.post(URL, answers())
    order = Order.objects.get()
    assert (order.status, order.price, order.currency) == ("pending", 1499, "eur")
    assert set(order.consents.values_list("kind", flat=True)) == set(TEXTS)
    assert all(c.text and c.version and c.given_at for c in order.consents.all())


def test_the_serial_is_stored_encrypted_only(client: Client, stripe: Stripe) -> None:
    client.post(URL, answers(serial="bp 1234-5678 9012"))
    order = Order.objects.get()
    assert order.serial == SERIAL
    assert SERIAL not in str(Order.objects.values().get())


def test_the_guide_fills_in_the_model(client: Client) -> None:
    page = client.get(URL + "?model=micra").content.decode()
    assert '<option value="micra" selected>' in page


def test_nothing_is_said_of_the_display_before_it_is_chosen(client: Client) -> None:
    guide = make_car_model().guide
    Symptom.objects.create(guide=guide, title="CODE OK", answer="It was taken.", position=1)
    assert "CODE OK" not in client.get(URL + "?model=micra").content.decode()


def test_boxes_are_not_ticked_for_the_customer(client: Client) -> None:
    assert "checked" not in client.get(URL).content.decode()


def test_the_button_says_what_it_does(client: Client) -> None:
    assert "Pay €14.99 now" in client.get(URL).content.decode()


def test_beside_the_button_stands_what_the_law_wants(client: Client, settings: Any) -> None:
    settings.VAT_RATE = 19.0
    settings.SELLER = settings.SELLER | {"name": "Encore Ltd", "address": "1 Example Street"}
    page = client.get(URL + "?serial=" + SERIAL).content.decode()
    beside = " ".join(page.partition('id="what-you-buy"')[2].partition("</form>")[0].split())
    for words in (
        "€14.99 incl. 19 % VAT",
        "Encore Ltd, 1 Example Street",
        "Nissan radio with a serial starting BP",
        "for your serial number only",
        "within 24 hours",
        "the right to withdraw ends",
        "Stripe",
        "Apple Pay or Google Pay",
        'href="/terms/"',
        'href="/refunds/"',
        'href="/privacy/"',
    ):
        assert words in beside


@pytest.mark.parametrize(
    ("rate", "by_stripe", "says"),
    [
        (0.0, False, "no VAT is charged"),
        (5.5, False, "incl. 5.5 % VAT"),
        (0.0, True, "VAT included"),
    ],
)
def test_no_tax_is_said_that_is_not_there(
    client: Client, settings: Any, rate: float, by_stripe: bool, says: str
) -> None:
    settings.VAT_RATE, settings.STRIPE_TAX = rate, by_stripe
    assert says in client.get(URL).content.decode()


@pytest.mark.parametrize("missing", ["shows", "serial", "email", "is_owner", "consent"])
def test_what_is_missing_is_said_and_nothing_is_stored(client: Client, missing: str) -> None:
    response = client.post(URL, answers(**{missing: None}))
    assert response.status_code == 422
    assert missing in response.context["form"].errors
    assert "This field is required" not in response.text
    assert not Order.objects.exists()


def test_the_summary_of_problems_has_the_focus_and_leads_to_each(client: Client) -> None:
    page = client.post(URL, answers(serial="", email="")).content.decode()
    [focused] = re.findall(r"<[^>]*\bautofocus\b[^>]*>", page)
    assert 'id="errors"' in focused
    summary = page.partition('id="errors"')[2].partition("</ul>")[0]
    assert re.findall(r'href="#(\w+)"', summary) == ["id_serial", "id_email"]


def test_what_was_typed_stays(client: Client) -> None:
    response = client.post(URL, answers(serial="BP12", email="anna@", car="micra"))
    page = response.content.decode()
    for typed in ('value="BP12"', 'value="anna@"', '<option value="micra" selected>'):
        assert typed in page


NO_CODE_HELPS = ["secure", "new", "unpaired", "final"]


@pytest.mark.parametrize("shows", NO_CODE_HELPS)
def test_where_no_code_can_help_none_is_sold(client: Client, shows: str) -> None:
    response = client.post(URL, answers(shows=shows))
    assert response.status_code == 422
    assert "No code can help" in response.content.decode()


@pytest.mark.parametrize("shows", [s for s in Shows.values if s not in NO_CODE_HELPS])
def test_where_a_code_may_help_it_is_sold(client: Client, stripe: Stripe, shows: str) -> None:
    assert client.post(URL, answers(shows=shows)).status_code == 303


def test_a_part_number_is_explained_and_refused_even_if_sent_again(client: Client) -> None:
    for seen in ("", "7612830042"):
        response = client.post(URL, answers(serial="7612830042", serial_seen=seen))
        assert response.status_code == 422
        assert "part number" in str(response.context["form"].errors["serial"])


@pytest.mark.parametrize(
    ("serial", "kind"), [("BP12345678901O", Kind.DOUBTFUL), ("BP12345678", Kind.INCOMPLETE)]
)
def test_a_doubtful_serial_is_questioned_once_and_then_for_a_person(
    client: Client, stripe: Stripe, serial: str, kind: Kind
) -> None:
    response = client.post(URL, answers(serial=serial))
    assert response.status_code == 422
    assert response.context["reading"].kind == kind
    response = client.post(URL, answers(serial=serial, serial_seen=serial))
    assert response.status_code == 303
    assert Order.objects.get().radio.is_fallback


def test_an_unknown_shape_is_questioned_once_and_goes_to_the_desk(
    client: Client, stripe: Stripe
) -> None:
    assert client.post(URL, answers(serial="ZZ99QQ88WW77")).status_code == 422
    sent_again = answers(serial="ZZ99QQ88WW77", serial_seen="ZZ99QQ88WW77")
    assert client.post(URL, sent_again).status_code == 303
    assert Order.objects.get().radio.sources == ["desk"]


def test_what_else_a_radio_needs_is_asked_for(client: Client, stripe: Stripe) -> None:
    make_radio(
        key="clarion_cl", pattern=r"^CL\d{4}[\dX]\d{7}$", prefix="CL", needs=["second_number"],
        second_number_pattern="^C7[0-9A-Z]{2,18}$",
        second_number_label="Number on the second sticker",
    )  # fmt: skip
    response = client.post(URL, answers(serial="CL123456789012"))
    assert "second_number" in response.context["form"].errors
    assert "Number on the second sticker" in response.content.decode()
    sent = answers(serial="CL123456789012", second_number="c7 12ab")
    assert client.post(URL, sent).status_code == 303
    assert Order.objects.get().second_number == "C712AB"


@pytest.mark.parametrize(
    ("need", "shape", "words"),
    [
        ("second_number", "it starts with D4", "like the second number: it starts with D4."),
        ("second_number", "", "like the second number."),
        ("device_number", "eight digits", "like a device number: eight digits."),
        ("device_number", "", "like a device number."),
    ],
)
def test_a_number_that_does_not_fit_is_refused_with_the_rule_of_this_radio(
    client: Client, need: str, shape: str, words: str
) -> None:
    rule = {f"{need}_pattern": r"^D4\d{6}$", f"{need}_shape": shape}
    make_radio(key="d", pattern=r"^CL\d{12}$", needs=[need], **rule)
    sent = answers(serial="CL123456789012", **{need: "C712AB"})
    [error] = client.post(URL, sent).context["form"].errors[need]
    assert error.endswith(words)


def test_one_field_has_the_cars_grouped_by_model(client: Client) -> None:
    make_car_model(slug="juke", name="Juke")
    page = client.get(URL).text
    assert re.findall(r'<optgroup label="(\w+)"', page) == ["Juke", "Micra"]
    assert "Micra, K12 (2002–2010)" in page and "Add the car" in page


@pytest.mark.parametrize("asked", ["?model=micra", "?model=micra&generation=k12"])
def test_a_guide_filters_the_cars_and_names_its_own(client: Client, asked: str) -> None:
    make_car_model(slug="juke", name="Juke")
    page = " ".join(client.get(URL + asked).text.split())
    assert "Juke" not in page
    assert "Order your Nissan Micra radio code" in page.partition("<h1>")[2].partition("</h1>")[0]
    assert ("Nissan Micra, K12 (2002–2010) ·" in page) == ("k12" in asked)


def test_a_brand_without_cars_has_no_field_for_them(client: Client) -> None:
    CarModel.objects.all().delete()
    assert "Add the car" not in client.get(URL).text


def test_a_car_that_is_unknown_stops_no_order(client: Client, stripe: Stripe) -> None:
    assert client.post(URL, answers(car="no/such")).status_code == 303
    assert Order.objects.get().car_model is None


@pytest.mark.parametrize("field", ["car", "car_model"])  # the second is of the last version
def test_the_order_keeps_its_car(client: Client, stripe: Stripe, field: str) -> None:
    generation = make_car_model().generations.get()
    value = "micra/k12" if field == "car" else "micra"
    client.post(URL, answers(**({"car": None} | {field: value})))
    order = Order.objects.get()
    assert order.car_model == generation.car_model
    assert order.generation == (generation if field == "car" else None)


def test_a_fresh_form_asks_five_things(client: Client) -> None:
    """The rest is folded away, asked only of radios that need it, or spares the typing."""
    page = client.get(URL + "?model=micra").text
    shown = re.sub(r"<details.*?</details>", "", page.partition("<main")[2], flags=re.S)
    fields = re.findall(r'<(?:input|select)(?![^>]*type="hidden")[^>]*\bname="(\w+)"', shown)
    fields = [name for name in fields if name not in {*Need.values, "label_photo"}]
    assert fields == ["shows", "serial", "email", "is_owner", "consent"]


@pytest.mark.parametrize("typed", ["anna@gmial.com", "anna@gmail.con"])
def test_a_slip_in_an_address_is_questioned_once(
    client: Client, stripe: Stripe, typed: str
) -> None:
    page = client.post(URL, answers(email=typed)).text
    assert "Did you mean anna@gmail.com?" in page
    seen = hidden_fields(page)["email_seen"]
    assert client.post(URL, answers(email=typed, email_seen=seen)).status_code == 303
    assert Order.objects.get().email == typed


def test_the_likely_address_is_taken_with_one_tap(client: Client) -> None:
    sent = answers(email="anna@gmial.com", use_email="anna@gmail.com")
    response = client.post(URL, sent)
    assert (response.status_code, response.context["form"].errors) == (200, {})
    assert 'value="anna@gmail.com"' in response.text and response.text.count("checked") == 2
    assert not Order.objects.exists()


def test_a_message_stands_once_at_its_field_and_once_on_top(client: Client) -> None:
    page = client.post(URL, answers(serial="7612830042", shows="secure")).text
    for name, [error] in (
        client.post(URL, answers(serial="7612830042")).context["form"].errors.items()
    ):
        assert (name, page.count(error)) == (name, 2)


@pytest.mark.also_on_sqlite
def test_sent_twice_it_is_one_order_and_one_payment(client: Client, stripe: Stripe) -> None:
    form = answers()
    first, second = client.post(URL, form), client.post(URL, form)
    assert first["Location"] == second["Location"]
    assert (Order.objects.count(), Payment.objects.count()) == (1, 1)


def opened(client: Client) -> dict[str, Any]:
    """A form that this browser was given, filled in."""
    page = client.get(URL).content.decode()
    return answers(form_key=hidden_fields(page)["form_key"])


def test_a_form_whose_answer_was_lost_can_be_sent_again(client: Client, stripe: Stripe) -> None:
    form, before = opened(client), deepcopy(client.cookies)
    first = client.post(URL, form)
    client.cookies = before  # the answer, and the cookie in it, never arrived
    assert client.post(URL, form)["Location"] == first["Location"]
    assert Order.objects.count() == 1


def test_forms_open_in_several_tabs_can_each_be_sent_again(client: Client, stripe: Stripe) -> None:
    first, _second, before = opened(client), opened(client), deepcopy(client.cookies)
    client.post(URL, first)
    client.cookies = before
    client.post(URL, first)
    assert Order.objects.count() == 1


@pytest.mark.parametrize("status", ["pending", "placed", "ready"])
@pytest.mark.parametrize("cookie", [None, "forged", "of another browser"])
def test_the_same_form_from_another_browser_leads_to_find_my_order(
    client: Client, stripe: Stripe, status: str, cookie: str | None
) -> None:
    form, other = opened(client), Client()
    client.post(URL, form)
    order = Order.objects.get()
    Order.objects.update(status=status)
    if cookie == "of another browser":
        other.post(URL, opened(other) | {"email": "otto@example.com"})
    elif cookie:
        other.cookies[settings.LAST_ORDER_COOKIE_NAME] = f"{order.number}.{order.form_key}:1a:xyz"
    response = other.post(URL, form, follow=True)
    assert response.redirect_chain == [("/orders/find/", 303)]
    page = response.content.decode()
    assert "We already have an order from this form" in page
    assert order.token not in page and order.number not in page
    assert not Payment.objects.filter(checkout_url__in=page.split('"')).exists()


def test_a_cookie_is_given_for_no_key_but_the_shops_own(client: Client, stripe: Stripe) -> None:
    form, other = opened(client), Client()
    client.post(URL, form)
    other.post(URL, form | {"shows": ""})  # comes back to be corrected
    other.post(URL, form | {"email": "otto@example.com"})  # another order
    assert other.post(URL, form)["Location"] == "/orders/find/"


def test_sent_again_with_another_address_it_is_a_new_order(client: Client, stripe: Stripe) -> None:
    form = answers()
    client.post(URL, form)
    for _ in range(2):
        client.post(URL, form | {"email": "anne@example.com"})
    assert sorted(Order.objects.values_list("email", flat=True)) == [
        "anna@example.com",
        "anne@example.com",
    ]


@pytest.mark.also_on_sqlite
def test_a_fresh_form_with_the_same_answers_is_the_same_order(
    client: Client, stripe: Stripe
) -> None:
    first = client.post(URL, answers())
    second = client.post(URL, answers())  # went back: the form has another key
    assert first["Location"] == second["Location"]
    assert Order.objects.count() == 1


def test_another_browser_with_the_same_answers_is_another_order(
    client: Client, stripe: Stripe
) -> None:
    client.post(URL, answers())
    Client().post(URL, answers())
    assert Order.objects.count() == 2


@pytest.mark.also_on_sqlite
def test_after_the_end_the_same_form_is_a_new_order(client: Client, stripe: Stripe) -> None:
    form = answers()
    client.post(URL, form)
    Order.objects.update(status="released", ended_because="no_code")
    client.post(URL, form)
    assert Order.objects.count() == 2


def test_sent_again_after_paying_it_leads_to_the_order(client: Client, stripe: Stripe) -> None:
    form = answers()
    client.post(URL, form)
    Order.objects.update(status="placed")
    response = client.post(URL, form)
    assert response["Location"] == Order.objects.get().secret_link()


def test_stripe_away_is_said_kindly_and_the_order_kept(client: Client, stripe: Stripe) -> None:
    stripe.fail("down", times=None)
    response = client.post(URL, answers(), follow=True)
    page = response.content.decode()
    assert "Nothing was charged" in page
    assert "Pay €14.99 now" in page


def test_a_brand_that_is_not_sold_has_no_form(client: Client) -> None:
    assert client.get("/order/lada/").status_code == 404


def test_the_live_check_reads_the_serial(client: Client) -> None:
    page = client.post(URL + "serial/", {"serial": "bp1234 56789012"}).content.decode()
    assert "14.99" in page


def test_the_live_check_stores_nothing_and_needs_a_post(client: Client) -> None:
    client.post(URL + "serial/", {"serial": SERIAL})
    assert not Order.objects.exists()
    assert client.get(URL + "serial/").status_code == 405


def test_a_questioned_serial_sent_again_from_the_page_is_accepted(
    client: Client, stripe: Stripe
) -> None:
    first = client.post(URL, answers(serial="BP12345678901O"))
    hidden = hidden_fields(first.content.decode())
    assert hidden["serial_seen"] == "BP12345678901O"
    again = answers(serial="BP12345678901O", serial_seen=hidden["serial_seen"])
    assert client.post(URL, again).status_code == 303


def test_after_cancelling_the_same_answers_are_a_new_order(client: Client, stripe: Stripe) -> None:
    client.post(URL, answers())
    Order.objects.update(status="ending", ended_because="withdrawn")
    client.post(URL, answers())
    assert Order.objects.count() == 2


@pytest.mark.parametrize("typed", ["A" * 100_000, "\ufdfa" * 30_000])
def test_an_endless_serial_is_not_read_to_its_end(client: Client, typed: str) -> None:
    answer = client.post(URL + "serial/", {"serial": typed, "shows": "code"})
    assert len(answer.content) < 20_000


NUL_IN_ADDRESS = ["/order/nissan/?model=%00", "/orders/RC-%00/abc/", "/orders/find/?x=%00", "/%00/"]


@pytest.mark.parametrize("path", NUL_IN_ADDRESS)
def test_a_nul_in_an_address_is_a_bad_request(client: Client, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("field", ["form_key", "shows", "serial", "car", "email"])
def test_a_nul_in_a_form_is_a_bad_request(client: Client, field: str) -> None:
    for url in (URL, URL + "serial/"):
        assert client.post(url, answers(**{field: "a\x00"})).status_code == 400
