"""Run with `python -m sandbox.stripe`; every flag can also be set by an environment variable."""

import argparse
import os

from sandbox.server import run_until_signalled
from sandbox.stripe.settings import Settings
from sandbox.stripe.stand_in import StripeStandIn


def arguments() -> argparse.Namespace:
    env = os.environ.get
    parser = argparse.ArgumentParser(prog="python -m sandbox.stripe", description=__doc__)
    parser.add_argument("--host", default=env("SANDBOX_STRIPE_HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(env("SANDBOX_STRIPE_PORT", "8420")))
    parser.add_argument("--webhook-url", default=env("SANDBOX_STRIPE_WEBHOOK_URL"))
    parser.add_argument(
        "--webhook-secret", default=env("SANDBOX_STRIPE_WEBHOOK_SECRET", "whsec_sandbox")
    )
    parser.add_argument("--secret-key", default=env("SANDBOX_STRIPE_SECRET_KEY", "sk_test_sandbox"))
    parser.add_argument("--data", default=env("SANDBOX_STRIPE_DATA"), help="SQLite file")
    parser.add_argument(
        "--public-url",
        default=env("SANDBOX_STRIPE_PUBLIC_URL"),
        help="where browsers reach the hosted page",
    )
    return parser.parse_args()


def main() -> None:
    given = arguments()
    stand_in = StripeStandIn(
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        api_key=given.secret_key,
        host=given.host,
        port=given.port,
        data=given.data,
        public_url=given.public_url,
        retry_delays=Settings.retry_delays,
    )
    print(f"Stripe stand-in on {stand_in.url}", flush=True)
    run_until_signalled(stand_in)


if __name__ == "__main__":
    main()
