"""New charges, with what each way to pay says of itself."""

from typing import Any

from sandbox.stripe.cards import find_card
from sandbox.stripe.ids import letters, new_id
from sandbox.stripe.objects import Payer, address, nothing
from sandbox.stripe.store import Json

# of the ways to pay that tell nothing which the shop could use
FIELDS = {
    "klarna": "payer_details payment_method_category preferred_locale",
    "ideal": (
        "bank bic generated_sepa_debit generated_sepa_debit_mandate iban_last4 transaction_id"
        " verified_name"
    ),
    "bancontact": (
        "bank_code bank_name bic generated_sepa_debit generated_sepa_debit_mandate iban_last4"
        " preferred_language verified_name"
    ),
}


def new_charge(intent: Json, payer: Payer, now: int, *, authenticated: bool) -> Json:
    return {
        **nothing(
            "application application_fee application_fee_amount balance_transaction customer"
            " failure_balance_transaction failure_code failure_message on_behalf_of receipt_email"
            " receipt_number receipt_url review shipping source source_transfer"
            " statement_descriptor statement_descriptor_suffix transfer_data transfer_group"
        ),
        "id": new_id("ch" if payer.method == "card" else "py"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "billing_details": {
            **nothing("phone tax_id"),
            "address": address(payer.country),
            "email": payer.email,
            "name": payer.name,
        },
        "calculated_statement_descriptor": "TEST SHOP",
        "captured": False,
        "created": now,
        "currency": intent["currency"],
        "description": intent["description"],
        "disputed": False,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "outcome": {
            **nothing("advice_code network_advice_code network_decline_code reason"),
            "network_status": "approved_by_network",
            "risk_level": "normal",
            "risk_score": 20,
            "seller_message": "Payment complete.",
            "type": "authorized",
        },
        "paid": True,
        "payment_intent": intent["id"],
        "payment_method": new_id("pm"),
        "payment_method_details": {
            "type": payer.method,
            payer.method: _method_details(payer, intent["amount"], authenticated),
        },
        "refunded": False,
        "status": "succeeded",
    }


def _method_details(payer: Payer, amount: int, authenticated: bool) -> Json:
    if payer.method == "card":
        return _card_details(payer, amount, authenticated)
    if payer.method == "paypal":
        return {
            "country": payer.country,
            "payer_email": payer.email,
            "payer_id": letters(13).upper(),
            "payer_name": payer.name,
            "seller_protection": None,
            "transaction_id": letters(17).upper(),
        }
    if payer.method == "sepa_debit":
        return {**nothing("bank_code branch_code country fingerprint mandate"), "last4": "3000"}
    if payer.method == "link":
        return {"country": payer.country}
    return nothing(FIELDS.get(payer.method, ""))


def _card_details(payer: Payer, amount: int, authenticated: bool) -> Json:
    brand = find_card(payer.number).brand
    secure: Any = None
    if authenticated:
        secure = {
            **nothing("exemption_indicator result_reason"),
            "authentication_flow": "challenge",
            "electronic_commerce_indicator": "05",
            "result": "authenticated",
            "transaction_id": letters(16),
            "version": "2.2.0",
        }
    return {
        **nothing(
            "authorization_code electronic_commerce_indicator installments mandate"
            " network_transaction_id transaction_link_id wallet"
        ),
        "amount_authorized": amount,
        "brand": brand,
        "checks": {**nothing("address_line1_check address_postal_code_check"), "cvc_check": "pass"},
        "country": "US",
        "exp_month": payer.exp_month,
        "exp_year": payer.exp_year,
        "fingerprint": payer.number[-8:] + "FINGERPR",
        "funding": "credit",
        "last4": payer.number[-4:],
        "network": brand,
        "regulated_status": "unregulated",
        "three_d_secure": secure,
    }
