from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.urls import reverse

from orders.payments.events import SUBSCRIBED
from orders.stripe_api import StripeRefusedError, StripeTroubleError
from orders.stripe_api.webhook_endpoints import (
    WebhookEndpoint,
    create_webhook_endpoint,
    disable_webhook_endpoint,
    list_webhook_endpoints,
    set_webhook_events,
)

# the one setting that is not known before this command has run
NOT_KNOWN_YET = "shop.E013"


class Command(BaseCommand):
    help = "Create the webhook endpoint at Stripe, or put right the one that there is"
    requires_system_checks = []  # below, all but one

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="say what is wrong, change nothing"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        stop_unless_configured()
        url = settings.SITE_URL + reverse("stripe_webhook")
        mode = "live" if settings.STRIPE_LIVE else "test"
        self.stdout.write(f"Stripe, {mode} mode: {url}")
        try:
            ours = [each for each in list_webhook_endpoints() if each.url == url]
            wrong = list(what_is_wrong(ours))
            for words in wrong:
                self.stdout.write(f"- {words}")
            if check and wrong:
                raise CommandError("Run it without --check to put this right.")
            if not check:
                self.put_right(ours, url)
        except (StripeTroubleError, StripeRefusedError) as error:
            words = f"Stripe refused: {error}. Has the key the right to write webhook endpoints?"
            raise CommandError(words, returncode=2) from error
        self.stdout.write("Stripe sends what the shop listens to.")

    def put_right(self, ours: list[WebhookEndpoint], url: str) -> None:
        """What is of the right version is changed in place. What is not can only be replaced, and
        stays on until the new one's secret is known to the shop: then run this again."""
        current = [each for each in ours if is_of_our_version(each)]
        if not current:
            self.show_secret(create_webhook_endpoint(url, SUBSCRIBED))
            return
        for endpoint in current:
            if set(faults(endpoint)):
                set_webhook_events(endpoint.id, SUBSCRIBED)
                self.stdout.write(f"{endpoint.id} is put right.")
        for endpoint in ours:
            if endpoint not in current and endpoint.is_enabled:
                disable_webhook_endpoint(endpoint.id)
                self.stdout.write(f"{endpoint.id}, of another API version, is switched off.")

    def show_secret(self, created: WebhookEndpoint) -> None:
        self.stdout.write(
            f"{created.id} is created. Stripe tells its secret this once:\n\n"
            f"    STRIPE_WEBHOOK_SECRET={created.secret}\n\n"
            "Put it into the environment of web, worker and beat (before an older one, with a "
            "comma between, until that one's endpoint is switched off) and restart them."
        )


def stop_unless_configured() -> None:
    wrong = [each for each in run_checks() if each.level >= ERROR and each.id != NOT_KNOWN_YET]
    if wrong:
        raise CommandError("\n".join(f"{each.id}: {each.msg} {each.hint}" for each in wrong))


def what_is_wrong(ours: list[WebhookEndpoint]) -> Iterator[str]:
    if not any(is_of_our_version(each) for each in ours):
        yield f"no endpoint of API version {settings.STRIPE_API_VERSION} for this address"
    for endpoint in ours:
        if is_of_our_version(endpoint):
            yield from (f"{endpoint.id} {fault}" for fault in faults(endpoint))
        elif endpoint.is_enabled:
            yield f"{endpoint.id} speaks API version {endpoint.api_version or '(the account’s)'}"


def is_of_our_version(endpoint: WebhookEndpoint) -> bool:
    return endpoint.api_version == settings.STRIPE_API_VERSION


def faults(endpoint: WebhookEndpoint) -> Iterator[str]:
    if not endpoint.is_enabled:
        yield "is switched off"
    if missing := SUBSCRIBED - endpoint.events:
        yield f"lacks {', '.join(sorted(missing))}"
    if needless := endpoint.events - SUBSCRIBED:
        yield f"sends what nobody listens to: {', '.join(sorted(needless))}"
