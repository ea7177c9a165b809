from django.contrib.admin.apps import AdminConfig


class ShopAdminConfig(AdminConfig):
    """In INSTALLED_APPS instead of django.contrib.admin."""

    default = False
    default_site = "shop.sign_in.site.ShopAdminSite"
