"""New objects with every field that Stripe's schema requires."""

from dataclasses import asdict, dataclass

from sandbox.stripe import methods, tax
from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.store import Json


@dataclass(frozen=True)
class Payer:
    """What the customer typed. The security code is looked at and not kept."""

    method: str = "card"
    number: str = "4242424242424242"
    exp_month: int = 12
    exp_year: int = 2034
    email: str | None = None
    name: str | None = "Test Customer"
    country: str | None = "GB"
    agreed: bool = True

    def as_json(self) -> Json:
        return asdict(self)


def nothing(names: str) -> Json:
    return dict.fromkeys(names.split())


def address(country: str | None) -> Json:
    return {**nothing("city line1 line2 postal_code state"), "country": country}


def new_session(params: Json, amount: int, currency: str, now: int, url: str) -> Json:
    session: Json = nothing(
        "after_expiration allow_promotion_codes allowed_payment_method_types"
        " billing_address_collection cancel_url client_reference_id client_secret"
        " collected_information consent consent_collection currency_conversion customer"
        " customer_account customer_creation customer_details customer_email discounts"
        " integration_identifier invoice locale managed_payments origin_context payment_intent"
        " payment_link payment_method_collection permissions recovered_from"
        " saved_payment_method_options setup_intent shipping_address_collection shipping_cost"
        " submit_type subscription success_url wallet_options"
    )
    simple = (
        "allow_promotion_codes allowed_payment_method_types billing_address_collection cancel_url"
        " client_reference_id customer_email integration_identifier locale origin_context"
        " submit_type success_url excluded_payment_method_types"
    )
    session |= {name: params[name] for name in simple.split() if name in params}
    session |= {
        "id": new_id("cs"),
        "object": "checkout.session",
        "adaptive_pricing": {"enabled": params.get("adaptive_pricing", {}).get("enabled", True)},
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": tax.before_payment(params),
        "created": now,
        "currency": currency,
        "custom_fields": [],
        "custom_text": _custom_text(params.get("custom_text", {})),
        "customer_creation": params.get("customer_creation", "if_required"),
        "expires_at": params["expires_at"],
        "invoice_creation": {"enabled": False, "invoice_data": _no_invoice()},
        "livemode": False,
        "metadata": params["metadata"],
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_configuration_details": None,
        "payment_method_options": _method_options(params),
        "payment_method_types": method_types(params, currency),
        "payment_status": "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
    }
    if wanted := params.get("consent_collection"):
        empty = nothing("payment_method_reuse_agreement promotions terms_of_service")
        session["consent_collection"] = {**empty, **wanted}
    session["url"] = f"{url}/c/pay/{session['id']}"
    return session


def _custom_text(given: Json) -> Json:
    places = "after_submit shipping_address submit terms_of_service_acceptance"
    return {place: given.get(place) or None for place in places.split()}


def _no_invoice() -> Json:
    return {
        **nothing("account_tax_ids custom_fields description footer issuer rendering_options"),
        "metadata": {},
    }


def _method_options(params: Json) -> Json:
    options: Json = {kind: dict(o) for kind, o in params.get("payment_method_options", {}).items()}
    options["card"] = {"request_three_d_secure": "automatic", **options.get("card", {})}
    if "paypal" in options:
        options["paypal"] = {"preferred_locale": None, "reference": None, **options["paypal"]}
    return options


def method_types(params: Json, currency: str) -> list[str]:
    data = params.get("payment_intent_data", {})
    return methods.offered(
        currency,
        allowed=params.get("allowed_payment_method_types"),
        excluded=params.get("excluded_payment_method_types") or [],
        must_authorize=data.get("capture_method") == "manual",
    )


def new_intent(session: Json, params: Json, now: int) -> Json:
    data = params.get("payment_intent_data", {})
    intent_id = new_id("pi")
    return {
        **nothing(
            "allowed_payment_method_types application application_fee_amount"
            " automatic_payment_methods canceled_at cancellation_reason customer customer_account"
            " description excluded_payment_method_types last_payment_error latest_charge"
            " managed_payments next_action on_behalf_of payment_method"
            " payment_method_configuration_details payment_record processing receipt_email review"
            " setup_future_usage shipping source statement_descriptor statement_descriptor_suffix"
            " transfer_data transfer_group"
        ),
        "id": intent_id,
        "object": "payment_intent",
        "amount": session["amount_total"],
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": data.get("capture_method", "automatic_async"),
        "client_secret": f"{intent_id}_secret_{letters(25)}",
        "confirmation_method": "automatic",
        "created": now,
        "currency": session["currency"],
        "livemode": False,
        "metadata": data.get("metadata", {}),
        "payment_method_options": _intent_options(session),
        "payment_method_types": session["payment_method_types"],
        "status": "requires_payment_method",
        **{k: data[k] for k in _COPIED if k in data},
    }


_COPIED = (
    "description",
    "receipt_email",
    "statement_descriptor",
    "statement_descriptor_suffix",
    "transfer_group",
)
_INTENT_OPTIONS: dict[str, Json] = {
    "card": {**nothing("installments mandate_options network"), "request_three_d_secure": None},
    "link": {"persistent_token": None},
    "paypal": {"preferred_locale": None, "reference": None},
    "klarna": {"preferred_locale": None},
    "bancontact": {"preferred_language": "en"},
}


def _intent_options(session: Json) -> Json:
    kept = ("capture_method", "request_three_d_secure", "setup_future_usage")
    options: Json = {}
    for kind in session["payment_method_types"]:
        given = session["payment_method_options"].get(kind, {})
        chosen = {name: given[name] for name in kept if name in given}
        options[kind] = {**_INTENT_OPTIONS.get(kind, {}), **chosen}
    return options


def customer_details(payer: Payer) -> Json:
    return {
        **nothing("business_name individual_name phone"),
        "address": address(payer.country),
        "email": payer.email,
        "name": payer.name,
        "tax_exempt": "none",
        "tax_ids": [],
    }
