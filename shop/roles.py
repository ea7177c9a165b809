"""Roles of staff, as groups with rights. docs/operations.md says what each is for."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

SECRET = ("view_code", "view_blocked")  # to be seen by those who need it
READ = Q(content_type__app_label__in=["orders", "guides"], codename__startswith="view_") & ~Q(
    codename__in=SECRET
)
DESK = [
    "view_code", "enter_code", "correct_serial", "correct_email", "change_order", "change_email",
    "add_block", "view_blocked", "add_codebookentry", "change_readysentence",
    "change_message",
]  # fmt: skip
REFUNDS = ["change_order", "return_money", "send_evidence"]
CONTENT = Q(content_type__app_label="guides") | Q(content_type__model="readysentence")
ACCOUNTS = ["add_user", "change_user", "view_user", "view_group"]

ROLES = {
    "Reader": READ,
    "Desk": READ | Q(content_type__app_label="orders", codename__in=DESK),
    "Refunds": READ | Q(content_type__app_label="orders", codename__in=REFUNDS),
    "Content": READ | CONTENT | Q(content_type__model="notaserial"),
    "Owner": Q(content_type__app_label__in=["orders", "guides"])
    | Q(content_type__app_label="auth", codename__in=ACCOUNTS),
}


def rights_of(role: str) -> QuerySet[Permission]:
    return Permission.objects.filter(ROLES[role])


def make_roles() -> dict[str, int]:
    """Add the groups and rights that are missing; returns how many rights each group was given.

    What staff gave a group besides stays. What they took away comes back.
    """
    added = {}
    for role in ROLES:
        group, _is_new = Group.objects.get_or_create(name=role)
        missing = rights_of(role).exclude(group=group)
        added[role] = missing.count()
        group.permissions.add(*missing)
    return added
