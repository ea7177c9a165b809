"""The groups that `make_roles` makes, and what their members may open."""

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.test import Client

from shop.roles import ROLES, make_roles

pytestmark = pytest.mark.django_db


def test_roles_are_made_once_and_rights_given_by_hand_stay() -> None:
    call_command("make_roles", verbosity=0)
    reader = Group.objects.get(name="Reader")
    by_hand = Permission.objects.get(codename="view_code", content_type__model="order")
    reader.permissions.add(by_hand)
    assert set(make_roles().values()) == {0}
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(ROLES)
    assert by_hand in reader.permissions.all()


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("Reader", "view_order", ["view_code", "enter_code", "change_order", "view_blocked"]),
        ("Desk", "enter_code", ["return_money", "change_radio", "change_guide"]),
        ("Refunds", "return_money", ["view_code", "enter_code", "change_guide"]),
        ("Content", "change_guide", ["change_radio", "view_code", "change_order"]),
        ("Owner", "change_radio", ["delete_user", "change_group"]),
    ],
)
def test_a_role_may_do_its_work_and_no_more(role: str, may: str, may_not: list[str]) -> None:
    make_roles()
    rights = set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))
    assert may in rights
    assert rights.isdisjoint(may_not)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_the_start_page_and_the_orders(client: Client, role: str) -> None:
    make_roles()
    user = User.objects.create_user("otto", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    pages = [client.get(f"/admin/{page}").status_code for page in ("", "orders/order/")]
    assert pages == [200, 200]
