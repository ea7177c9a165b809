"""Staff are strangers too: which pages of the admin give a code or an order's link, and to whom."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client

from orders.mail.compose import compose
from orders.models import Email, Order, Payment
from tests.hostile.addresses import all_addresses, model_of
from tests.hostile.attacks import SLOW
from tests.hostile.town import MAIL
from tests.steps.factories import CODE, make_staff

MINE = "insider@evil.example"
# to who may see codes, a POST of these gives one, or a link
GIVES = {
    "orders_order_code",  # noted in the log
    "orders_codebookentry_code",
    "orders_datarequest_person",  # the copy for a customer
    "orders_order_address",  # mailed to an address that staff choose
}


# Django's own forms: what is sent to them comes back at most
DJANGOS = {"add", "change", "delete", "history", "changelist"}


@pytest.fixture
def secrets(root: User) -> re.Pattern[str]:
    """Tokens, and what leads to the link by other ways: Stripe's way back, the order form."""
    tokens = [re.escape(order.token) for order in Order.objects.all()]
    tokens += [str(key) for key in Order.objects.values_list("form_key", flat=True)]
    tokens += [str(uuid) for uuid in Payment.objects.values_list("uuid", flat=True)]
    in_no_example = rf"(?<!;)\b{CODE}\b"  # how to write a list of codes
    return re.compile("|".join([*tokens, in_no_example]))


def all_but_codes() -> User:
    user = make_staff("otto")
    user.user_permissions.set(Permission.objects.exclude(codename="view_code"))
    return user


def given_to(user: User, secrets: re.Pattern[str], names: set[str] | None = None) -> set[str]:
    """The pages that give the user a code or a link, in the answer or by a mail to their own."""
    client = Client()
    client.force_login(user)
    return {
        name
        for name, path in admin_pages()
        if names is None or name in names
        for sent in what_to_send(name)
        if secrets.search(answer_to(client, path, sent))
    }


def what_to_send(name: str) -> Iterator[dict[str, str] | None]:
    yield None
    if name.rpartition("_")[2] not in DJANGOS:
        yield {"email": MAIL if "person" in name else MINE, "copy": ""}


def admin_pages() -> Iterator[tuple[str, str]]:
    """Two rows of each kind; of orders, one whose code is out and one that is with staff."""
    orders = [Order.objects.filter(status=status)[0].pk for status in ("ready", "with_staff")]
    for address in all_addresses():
        if address.route.startswith("admin/") and address.name not in (SLOW, "logout"):
            paths = address.paths()
            if address.parts in (["pk"], ["object_id"]) and model_of(address.name) is Order:
                paths = [address.path({"pk": pk, "object_id": pk}) for pk in orders]
            yield from ((address.name, path) for path in paths[:2])


def answer_to(client: Client, path: str, sent: dict[str, str] | None) -> str:
    """Headers, body and mails; whatever the request changed is undone."""
    with transaction.atomic():
        answer: Any = client.get(path) if sent is None else client.post(path, sent)
        body = answer.getvalue().decode(errors="replace")
        mails = [str(compose(email).body) for email in Email.objects.filter(to=MINE)]
        transaction.set_rollback(True)
    return "\n".join([str(dict(answer.headers)), body, *mails])


def test_these_pages_give_a_code_or_a_link(root: User, secrets: re.Pattern[str]) -> None:
    assert given_to(root, secrets, GIVES) == GIVES


@pytest.mark.slow
def test_who_may_do_all_but_see_codes_gets_none(secrets: re.Pattern[str]) -> None:
    assert given_to(all_but_codes(), secrets) == set()


@pytest.mark.parametrize("name", sorted(GIVES - {"orders_datarequest_person"}))
def test_those_pages_are_closed_to_them(root: User, name: str) -> None:
    client = Client()
    client.force_login(all_but_codes())
    for path in [path for each, path in admin_pages() if each == name]:
        assert client.post(path, {"email": MINE}).status_code == 403
