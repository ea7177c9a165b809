from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from guides import views as guides
from shop import views

urlpatterns = [
    path("", views.home, name="home"),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("healthz/", views.healthz, name="healthz"),
    path("readyz/", views.readyz, name="readyz"),
    path("", include("orders.urls")),
    # last: these take any slug
    path("<slug:brand>/", guides.brand, name="brand"),
    path("<slug:brand>/<slug:car_model>/", guides.guide, name="guide"),
]
handler404 = "shop.views.not_found"
handler500 = "shop.views.server_error"
