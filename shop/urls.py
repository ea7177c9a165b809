from django.conf import settings
from django.contrib import admin
from django.contrib.sitemaps.views import sitemap
from django.urls import include, path
from django.views.decorators.http import require_safe

from guides.page_cache import public_page
from shop import battery, views
from shop.http import health
from shop.security_txt import security_txt
from shop.sitemaps import SITEMAPS

urlpatterns = [
    path("", views.home, name="home"),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("search/", views.search, name="search"),
    path("start/", views.start, name="start"),
    path("before-the-battery/", battery.battery, name="battery"),
    path("before-the-battery/reminder.ics", battery.reminder, name="battery_reminder"),
    path("card.png", views.card, name="card"),
    path("<slug:brand>/card.png", views.cards_of_pages, name="brand_card"),
    path("<slug:brand>/<slug:car_model>/card.png", views.cards_of_pages, name="guide_card"),
    path("robots.txt", views.robots, name="robots"),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path(
        "sitemap.xml",
        require_safe(public_page(sitemap)),
        {"sitemaps": SITEMAPS},
        name="django.contrib.sitemaps.views.sitemap",
    ),
    path("static/<path:url>", views.static_file, name="static_file"),
    path("healthz/", health.healthz, name="healthz"),
    path("readyz/", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("orders.urls")),
    path("", include("guides.urls")),  # last: these take any slug
]
handler400 = "shop.views.bad_request"
handler403 = "shop.views.forbidden"
handler404 = "shop.views.not_found"
handler500 = "shop.views.server_error"
