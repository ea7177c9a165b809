from django.urls import path

from orders.mail.webhook import mail_webhook
from orders.payments.webhook import stripe_webhook
from orders.views import (
    answer,
    card,
    checkout,
    contact,
    email,
    find,
    order,
    payment_return,
    problem,
    receipt,
)

DOCUMENT = "orders/<str:number>/<str:token>/receipt"

urlpatterns = [
    path("order/<slug:brand_slug>/", checkout.order_form, name="order_form"),
    path("order/<slug:brand_slug>/filled/", checkout.order_form_filled, name="order_form_filled"),
    path("order/<slug:brand_slug>/serial/", checkout.serial_check, name="serial_check"),
    path("order/<slug:brand_slug>/photo/", checkout.label_photo, name="label_photo"),
    path("contact/write/", contact.contact_write, name="contact_write"),
    path("orders/find/", find.orders_find, name="orders_find"),
    path("orders/return/<uuid:uuid>/", payment_return.payment_return, name="payment_return"),
    path("orders/<str:number>/<str:token>/", order.order, name="order"),
    path("orders/<str:number>/<str:token>/status/", order.order_status, name="order_status"),
    path("orders/<str:number>/<str:token>/worked/", order.order_worked, name="order_worked"),
    path("orders/<str:number>/<str:token>/seen/", order.order_seen, name="order_seen"),
    path("orders/<str:number>/<str:token>/pay/", checkout.order_pay, name="order_pay"),
    path("orders/<str:number>/<str:token>/answer/", answer.order_answer, name="order_answer"),
    path("orders/<str:number>/<str:token>/problem/", problem.order_problem, name="order_problem"),
    path("orders/<str:number>/<str:token>/email/", email.order_email, name="order_email"),
    path("orders/<str:number>/<str:token>/resend/", email.order_resend, name="order_resend"),
    path("orders/<str:number>/<str:token>/withdraw/", order.order_withdraw, name="order_withdraw"),
    path("orders/<str:number>/<str:token>/card/", card.order_card, name="order_card"),
    path("orders/<str:number>/<str:token>/card.pdf", card.order_card_pdf, name="order_card_pdf"),
    path(f"{DOCUMENT}/", receipt.order_receipt, name="order_receipt"),
    path(f"{DOCUMENT}.pdf", receipt.order_receipt_pdf, name="order_receipt_pdf"),
    path(f"{DOCUMENT}/<str:printed>/", receipt.order_receipt, name="order_receipt"),
    path(f"{DOCUMENT}/<str:printed>.pdf", receipt.order_receipt_pdf, name="order_receipt_pdf"),
    path("mail/webhook/<slug:provider>/", mail_webhook, name="mail_webhook"),
    path("stripe/webhook/", stripe_webhook, name="stripe_webhook"),
]
