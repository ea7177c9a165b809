"""How one stand-in is set up: addresses, keys, and how strictly it checks itself."""

from dataclasses import dataclass


@dataclass
class Settings:
    """`strict` checks every answer and event against the contract."""

    api_key: str = "sk_test_sandbox"
    webhook_url: str | None = None
    webhook_secret: str = "whsec_sandbox"
    public_url: str = ""
    retry_delays: tuple[float, ...] = (1, 2, 4, 8, 15, 30, 60, 120, 300)
    strict: bool = True
