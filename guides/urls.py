from django.urls import path

from guides import views

# Last of the shop's addresses: these take any slug.
urlpatterns = [
    path("accessibility/", views.legal, {"slug": "accessibility"}, name="accessibility"),
    path("terms/", views.legal, {"slug": "terms"}, name="terms"),
    path("privacy/", views.legal, {"slug": "privacy"}, name="privacy"),
    path("refunds/", views.legal, {"slug": "refunds"}, name="refunds"),
    path("contact/", views.legal, {"slug": "contact"}, name="contact"),
    path("<slug:brand>/", views.brand, name="brand"),
    path("<slug:brand>/<slug:car_model>/", views.guide, name="guide"),
    path("<slug:brand>/<slug:car_model>/<slug:generation>/", views.guide, name="guide_generation"),
]
