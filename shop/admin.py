# mypy: allow-subclassing-any
"""The admin's sidebar, users, groups and wrong sign-ins."""

from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from guides.admin.lookups import NamedLookupsMixin
from orders.admin.overview import count_needing_staff
from orders.admin.read_only import ReadOnlyAdmin
from orders.desk.waiting import to_do

admin.site.unregister(User)
admin.site.unregister(Group)


RIGHTS = ["is_superuser", "groups", "user_permissions"]


@admin.register(User)
class UserAdmin(NamedLookupsMixin, DjangoUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Superusers alone give rights; others change accounts with no more rights than their own.

    Who sets the password of an account, or its name, can sign in as its owner.
    """

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        return [] if is_superuser(request) else RIGHTS

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may: bool = super().has_change_permission(request, obj)
        return may and not has_more_rights(obj, request)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        may: bool = super().has_delete_permission(request, obj)
        return may and not has_more_rights(obj, request)


def has_more_rights(user: User | None, request: HttpRequest) -> bool:
    """Whether the user, active or not, has a right that the one who asks lacks."""
    if user is None or is_superuser(request):
        return False
    is_theirs = Q(user=user) | Q(group__user=user)
    theirs = Permission.objects.filter(is_theirs).values_list("content_type__app_label", "codename")
    return user.is_superuser or not all(
        request.user.has_perm(f"{app}.{codename}") for app, codename in theirs
    )


@admin.register(Group)
class GroupAdmin(NamedLookupsMixin, DjangoGroupAdmin, ModelAdmin):
    """Its members have its rights: superusers alone change it."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)


@admin.register(AccessAttempt)
class AccessAttemptAdmin(ReadOnlyAdmin):
    """Wrong sign-ins, for superusers. `manage.py axes_reset_username` unlocks a name."""

    list_display = ("attempt_time", "username", "ip_address", "failures_since_start", "user_agent")
    fields = list_display

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)


def is_superuser(request: HttpRequest) -> bool:
    return bool(request.user.is_active and request.user.is_superuser)


# with keys and recovery codes in clear; shop/sign_in has pages of its own
admin.site.unregister(TOTPDevice)
admin.site.unregister(StaticDevice)


def account(request: HttpRequest) -> list[dict[str, str]]:
    """Return the items of the menu at the user's own name."""
    return [{"title": _("Second factor"), "link": reverse("admin:second_factor")}]


def environment(request: HttpRequest) -> list[str] | None:
    return [_("Demo"), "warning"] if settings.DEMO else None


# ------------------------------------------------------------------ the sidebar
Item = dict[str, Any]


def item(title: str, icon: str, page: str, permission: str, **more: Any) -> Item:
    return {
        "title": title,
        "icon": icon,
        "link": reverse(f"admin:{page}"),
        "permission": lambda request: request.user.has_perm(permission),
    } | more


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar: work first, with the number of what waits."""
    groups = [
        ("", [{"title": _("Today"), "icon": "today", "link": reverse("admin:index")}]),
        (_("Work"), work(request)),
        (_("Money"), money()),
        (_("Codes"), codes()),
        (_("Guides"), guides()),
        (_("People"), people()),
    ]
    return [{"title": title, "items": items, "separator": bool(title)} for title, items in groups]


def work(request: HttpRequest) -> list[Item]:
    path = request.path
    is_desk, is_attention = "/desk/" in path, path.endswith("/attention/")
    is_order = path.startswith(reverse("admin:orders_order_changelist"))
    return [
        item(_("Desk"), "build", "orders_order_desk_list", "orders.enter_code",
             active=is_desk, **badge(to_do().count(), "warning")),
        item(_("Needs staff"), "person_alert", "orders_order_attention", "orders.view_order",
             active=is_attention, **badge(count_needing_staff(), "danger")),
        item(_("Orders"), "receipt_long", "orders_order_changelist", "orders.view_order",
             active=is_order and not is_desk and not is_attention),
        item(_("Messages"), "forum", "orders_message_changelist", "orders.view_message"),
        item(_("Mails"), "mail", "orders_email_changelist", "orders.view_email"),
        item(_("Ready-made sentences"), "format_quote", "orders_readysentence_changelist",
             "orders.view_readysentence"),
        item(_("Block-list"), "block", "orders_block_changelist", "orders.view_block"),
        item(_("Selling"), "storefront", "orders_selling_changelist", "orders.stop_selling"),
    ]  # fmt: skip


def badge(count: int, variant: str) -> Item:
    return {"badge": count, "badge_variant": variant} if count else {}


def money() -> list[Item]:
    return [
        item(_("Payments"), "payments", "orders_payment_changelist", "orders.view_payment"),
        item(_("Receipts"), "description", "orders_receipt_changelist", "orders.view_receipt"),
        item(_("Refunds"), "undo", "orders_refund_changelist", "orders.view_refund"),
        item(_("Disputes"), "balance", "orders_dispute_changelist", "orders.view_dispute"),
        item(_("Stripe's events"), "webhook", "orders_stripeevent_changelist",
             "orders.view_stripeevent"),
    ]  # fmt: skip


def codes() -> list[Item]:
    return [
        item(_("Code book"), "menu_book", "orders_codebookentry_changelist",
             "orders.view_codebookentry"),
        item(_("Lists of codes"), "upload_file", "orders_import_changelist", "orders.view_import"),
        item(_("Computed codes"), "calculate", "orders_codefamily_changelist",
             "orders.view_codefamily"),
        item(_("Radios"), "radio", "orders_radio_changelist", "orders.view_radio"),
        item(_("Numbers that are no serial"), "backspace", "orders_notaserial_changelist",
             "orders.view_notaserial"),
    ]  # fmt: skip


def guides() -> list[Item]:
    return [
        item(_("Brands"), "sell", "guides_brand_changelist", "guides.view_brand"),
        item(_("Car models"), "directions_car", "guides_carmodel_changelist",
             "guides.view_carmodel"),
        item(_("Guides"), "auto_stories", "guides_guide_changelist", "guides.view_guide"),
        item(_("Facts"), "verified", "guides_fact_changelist", "guides.view_fact"),
        item(_("Legal texts"), "gavel", "guides_legaltext_changelist", "guides.view_legaltext"),
    ]  # fmt: skip


def people() -> list[Item]:
    return [
        item(_("Users"), "person", "auth_user_changelist", "auth.view_user"),
        item(_("Groups"), "group", "auth_group_changelist", "auth.view_group"),
        item(_("Wrong sign-ins"), "lock", "axes_accessattempt_changelist", "")
        | {"permission": is_superuser},
        item(
            _("Customers' data"),
            "privacy_tip",
            "orders_datarequest_changelist",
            "orders.view_datarequest",
        ),
    ]
