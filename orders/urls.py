from django.urls import path

from orders import views, webhooks

urlpatterns = [
    path("order/<slug:brand_slug>/", views.order_form, name="order_form"),
    path("order/<slug:brand_slug>/serial/", views.serial_check, name="serial_check"),
    path("orders/find/", views.orders_find, name="orders_find"),
    path("orders/<str:number>/<str:token>/", views.order, name="order"),
    path("orders/<str:number>/<str:token>/status/", views.order_status, name="order_status"),
    path("orders/<str:number>/<str:token>/pay/", views.order_pay, name="order_pay"),
    path("orders/<str:number>/<str:token>/withdraw/", views.order_withdraw, name="order_withdraw"),
    path("stripe/webhook/", webhooks.stripe, name="stripe_webhook"),
]
