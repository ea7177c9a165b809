"""Stripe's refusals, with the bodies and statuses its API gives."""

from typing import Any


class Refused(Exception):
    """A request that Stripe answers with an error.

    `saved` says whether the answer is kept for the idempotency key: Stripe keeps what an endpoint
    that began to run has answered, and not what failed the checks before it. `misuse` says that the
    caller's program is wrong, whatever state its payment is in.
    """

    def __init__(
        self,
        message: str,
        code: str | None = None,
        param: str | None = None,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        saved: bool = False,
        misuse: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.saved = saved
        self.misuse = misuse
        self.fields = {"type": kind, "message": message, "code": code, "param": param, **more}

    def body(self, request_id: str) -> dict[str, Any]:
        error = {key: value for key, value in self.fields.items() if value is not None}
        log = f"https://dashboard.stripe.com/test/logs/{request_id}"
        error["request_log_url"] = log
        if "code" in error:
            page = str(error["code"]).replace("_", "-")
            error["doc_url"] = f"https://stripe.com/docs/error-codes/{page}"
        return {"error": error}


def no_such(kind: str, object_id: str, param: str = "id") -> Refused:
    message = f"No such {kind}: '{object_id}'"
    return Refused(message, "resource_missing", param, status=404, saved=True)


def unexpected_state(message: str, intent: dict[str, Any]) -> Refused:
    code = "payment_intent_unexpected_state"
    return Refused(message, code, saved=True, payment_intent=dict(intent))
