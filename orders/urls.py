from django.urls import path

from orders import answer_views, mail_views, receipt_views, views
from orders.mail import webhook
from orders.payments import webhook

PAPER = "orders/<str:number>/<str:token>/receipt"

urlpatterns = [
    path("order/<slug:brand_slug>/", views.order_form, name="order_form"),
    path("order/<slug:brand_slug>/serial/", views.serial_check, name="serial_check"),
    path("orders/find/", views.orders_find, name="orders_find"),
    path("orders/return/<uuid:uuid>/", views.payment_return, name="payment_return"),
    path("orders/<str:number>/<str:token>/", views.order, name="order"),
    path("orders/<str:number>/<str:token>/status/", views.order_status, name="order_status"),
    path("orders/<str:number>/<str:token>/pay/", views.order_pay, name="order_pay"),
    path("orders/<str:number>/<str:token>/answer/", answer_views.order_answer, name="order_answer"),
    path("orders/<str:number>/<str:token>/email/", mail_views.order_email, name="order_email"),
    path("orders/<str:number>/<str:token>/resend/", mail_views.order_resend, name="order_resend"),
    path("orders/<str:number>/<str:token>/withdraw/", views.order_withdraw, name="order_withdraw"),
    path(f"{PAPER}/", receipt_views.order_receipt, name="order_receipt"),
    path(f"{PAPER}.pdf", receipt_views.order_receipt_pdf, name="order_receipt_pdf"),
    path(f"{PAPER}/<str:printed>/", receipt_views.order_receipt, name="order_receipt"),
    path(f"{PAPER}/<str:printed>.pdf", receipt_views.order_receipt_pdf, name="order_receipt_pdf"),
    path("mail/webhook/<slug:provider>/", webhook.mail_webhook, name="mail_webhook"),
    path("stripe/webhook/", webhook.stripe, name="stripe_webhook"),
]
