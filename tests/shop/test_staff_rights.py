"""Nobody raises their own rights, and nobody signs in as who has more of them."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import Client

from tests.steps.factories import make_staff

pytestmark = pytest.mark.django_db

CLERK = ["add_user", "change_user", "delete_user", "view_user", "add_group", "change_group",
         "delete_group", "view_group"]  # fmt: skip


@pytest.fixture
def clerk(client: Client) -> User:
    user = make_staff("carl", *CLERK)
    client.force_login(user)
    return user


def page_of(user: User, below: str = "change/") -> str:
    return f"/admin/auth/user/{user.pk}/{below}"


def sent(user: User, **values: Any) -> dict[str, Any]:
    own = {"username": user.username, "is_active": "on", "is_staff": "on"}
    return own | {"date_joined_0": "2026-11-01", "date_joined_1": "10:00:00"} | values


def code_right() -> Permission:
    return Permission.objects.filter(codename="view_code")[0]


@pytest.mark.parametrize("asked", ["is_superuser", "user_permissions", "groups"])
def test_no_right_is_taken_or_given(client: Client, clerk: User, asked: str) -> None:
    group = Group.objects.create(name="Codes")
    group.permissions.add(code_right())
    values = {"is_superuser": "on", "user_permissions": code_right().pk, "groups": group.pk}
    for user in (clerk, make_staff("otto")):
        answer = client.post(page_of(user), sent(user, **{asked: values[asked]}, first_name="X"))
        user = User.objects.get(pk=user.pk)
        assert (answer.status_code, user.first_name) == (302, "X")
        assert not user.is_superuser and not user.has_perm("orders.view_code")


def test_a_new_account_has_no_rights(client: Client, clerk: User) -> None:
    values = {"username": "nora", "password1": "a-long-one-7", "password2": "a-long-one-7",
              "usable_password": "true", "is_superuser": "on", "is_staff": "on"}  # fmt: skip
    assert client.post("/admin/auth/user/add/", values).status_code == 302
    nora = User.objects.get(username="nora")
    assert not nora.is_superuser and not nora.get_all_permissions()


@pytest.mark.parametrize("through", ["superuser", "own right", "group", "inactive"])
@pytest.mark.parametrize("below", ["change/", "password/", "delete/"])
def test_who_has_more_rights_is_left_alone(
    client: Client, clerk: User, through: str, below: str
) -> None:
    other = make_staff("root", *(["view_code"] if through in ("own right", "inactive") else []))
    group = Group.objects.create(name="Codes")
    group.permissions.add(code_right())
    if through == "group":
        other.groups.add(group)
    other.is_superuser, other.is_active = through == "superuser", through != "inactive"
    other.save()
    values = sent(other, username="mine", post="yes", password1="mine-now-77",
                  password2="mine-now-77", usable_password="true")  # fmt: skip
    assert client.post(page_of(other, below), values).status_code == 403
    after = User.objects.get(pk=other.pk)
    assert (after.username, after.check_password("secret")) == ("root", True)


def test_nor_deleted_among_others(client: Client, clerk: User) -> None:
    root = User.objects.create_superuser("root")
    chosen = {"action": "delete_selected", "_selected_action": [root.pk], "post": "yes"}
    client.post("/admin/auth/user/", chosen)
    assert User.objects.filter(pk=root.pk).exists()


def test_accounts_with_fewer_rights_are_looked_after(client: Client, clerk: User) -> None:
    otto = make_staff("otto", "view_user")
    values = {"password1": "another-77", "password2": "another-77", "usable_password": "true"}
    assert client.post(page_of(otto, "password/"), values).status_code == 302
    assert User.objects.get(pk=otto.pk).check_password("another-77")
    assert client.post(page_of(otto, "delete/"), {"post": "yes"}).status_code == 302


def test_groups_are_for_superusers(client: Client, clerk: User) -> None:
    group = Group.objects.create(name="Desk")
    clerk.groups.add(group)
    values = {"name": "Desk", "permissions": code_right().pk, "post": "yes"}
    for below in (f"{group.pk}/change/", f"{group.pk}/delete/", "add/"):
        assert client.post(f"/admin/auth/group/{below}", values).status_code == 403
    assert not group.permissions.exists()
    assert client.get(f"/admin/auth/group/{group.pk}/change/").status_code == 200


def test_a_superuser_gives_rights(admin_client: Client) -> None:
    otto = make_staff("otto")
    values = sent(otto, user_permissions=code_right().pk)
    admin_client.post(page_of(otto), values)
    assert User.objects.get(pk=otto.pk).has_perm("orders.view_code")
