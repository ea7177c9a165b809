"""The stand-in as a whole: books, server and courier, for tests and for the command line."""

from types import TracebackType

from sandbox.server import HttpServer
from sandbox.stripe import courier, deliveries
from sandbox.stripe.app import create_app
from sandbox.stripe.controls import Controls
from sandbox.stripe.settings import Settings
from sandbox.stripe.store import Json, Store
from sandbox.stripe.world import World

QUICK = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


class StripeStandIn(Controls):
    """A Stripe account on a port of its own.

    with StripeStandIn() as stripe:
        client = StripeClient(stripe.api_key, base_addresses={"api": stripe.url})

    Leaving the block raises if anything was sent that Stripe's contract does not allow.
    """

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        webhook_secret: str = "whsec_sandbox",
        api_key: str = "sk_test_sandbox",
        host: str = "127.0.0.1",
        port: int = 0,
        data: str | None = None,
        public_url: str | None = None,
        retry_delays: tuple[float, ...] = QUICK,
        strict: bool = True,
    ) -> None:
        settings = Settings(
            api_key=api_key,
            webhook_url=webhook_url,
            webhook_secret=webhook_secret,
            retry_delays=retry_delays,
            strict=strict,
        )
        super().__init__(World(settings, Store(data)))
        self._server = HttpServer(create_app(self.world, self), host, port)
        self._courier = courier.Courier(self.world)
        settings.public_url = (public_url or self.url).rstrip("/")

    def start(self) -> "StripeStandIn":
        self._courier.start()
        self._server.start()
        return self

    def stop(self) -> None:
        self.world.stopping.set()
        self._server.stop()
        self._courier.stop()
        with self.world.lock:
            self.world.store.commit()
            self.world.store.close()

    def __enter__(self) -> "StripeStandIn":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None and self.violations:
            raise AssertionError("not as Stripe's contract says: " + "; ".join(self.violations))

    @property
    def url(self) -> str:
        return self._server.url

    @property
    def api_key(self) -> str:
        return self.world.settings.api_key

    @property
    def webhook_secret(self) -> str:
        return self.world.settings.webhook_secret

    @webhook_secret.setter
    def webhook_secret(self, secret: str) -> None:
        self.world.settings.webhook_secret = secret

    @property
    def webhook_url(self) -> str | None:
        return self.world.settings.webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self.world.settings.webhook_url = url

    @property
    def violations(self) -> list[str]:
        return self.world.violations

    @property
    def misuses(self) -> list[str]:
        """Requests that no version of the shop should ever send; tests of the shop want none."""
        return self.world.misuses

    @property
    def deliveries(self) -> list[Json]:
        return self.books().get("delivery", [])

    def events(self, type: str | None = None) -> list[Json]:
        """Oldest first, whether or not they were delivered."""
        found = self.books().get("event", [])
        return [event for event in found if type in (None, event["type"])]

    def signed(
        self, event: Json, *, secret: str | None = None, timestamp: int | None = None
    ) -> tuple[bytes, str]:
        """Body and Stripe-Signature header, to post an event without the courier."""
        body = deliveries.payload(event)
        return body, deliveries.signature(body, secret or self.webhook_secret, timestamp)

    def settle(self, timeout: float = 5.0) -> bool:
        """Wait until no webhook is under way; False if some still are after the time-out."""
        return courier.wait_until_settled(self.world, timeout)
