"""The secret link of an order: its token's keyed hash finds it, and mails decrypt the token."""

import secrets
from typing import Any

from django.db import models
from django.utils.crypto import constant_time_compare

from orders.lib import crypto


def new_token() -> str:
    return secrets.token_urlsafe(24)


class SecretLink(models.Model):
    """Of an order: all who have the link see the code.

    Version 1.0 reads and writes the token in clear. While orders have it in clear, such processes
    may run beside this one: that column counts then, and new orders get it too. The command
    `finish_update` ends that (docs/decisions/order-links.md).
    """

    token_hash = models.CharField(
        max_length=64, blank=True, default="", db_default="", editable=False
    )
    token_encrypted = models.TextField(blank=True, default="", db_default="", editable=False)
    token_clear = models.CharField(
        max_length=40, blank=True, default="", db_column="token", editable=False
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and not self.token:
            for column, value in self.new_link().items():
                setattr(self, column, value)
        super().save(*args, **kwargs)

    @property
    def token(self) -> str:
        """The secret part of the link; empty if the order is anonymised."""
        if self.token_clear or not self.token_encrypted:
            return self.token_clear
        return crypto.decrypt(self.token_encrypted)

    def has_token(self, token: str) -> bool:
        if self.token_clear:
            return constant_time_compare(self.token_clear, token)
        hashes = crypto.hashes_of_value("link", token)
        return any(constant_time_compare(self.token_hash, each) for each in hashes)

    # ------------------------------------------------------------------ what is stored
    @classmethod
    def new_link(cls) -> dict[str, str]:
        """Return the columns of another link. The former one ends when they are stored."""
        token = new_token()
        return cls.in_clear(token) if cls.links_are_in_clear() else cls.sealed(token)

    @classmethod
    def no_link(cls) -> str:
        """Return the clear column of an order that no link opens any more."""
        return new_token() if cls.links_are_in_clear() else ""

    @classmethod
    def links_are_in_clear(cls) -> bool:
        """Whether version 1.0 may still run: the oldest order's link is sealed first of all."""
        oldest = cls._base_manager.order_by("pk").values_list("token_clear", flat=True)
        return bool(oldest.first())

    @staticmethod
    def sealed(token: str) -> dict[str, str]:
        return {
            "token_clear": "",
            "token_hash": crypto.hash_value("link", token),
            "token_encrypted": crypto.encrypt(token),
        }

    @staticmethod
    def in_clear(token: str) -> dict[str, str]:
        return {"token_clear": token, "token_hash": "", "token_encrypted": ""}
