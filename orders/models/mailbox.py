"""The canonical form of an e-mail address, in a column beside it."""

from typing import Any

from django.db import models

from orders.lib.mailbox import canonical


class MailboxField(models.CharField):  # type: ignore[type-arg]  # no generic at run time
    """The one spelling of the row's `email`, written whenever the row is saved.

    An update() of `email` must name it. Processes of version 1.0 do not know it; the sweep follows
    them (orders/privacy/mailboxes.py).
    """

    def __init__(self, **kwargs: Any) -> None:
        fixed = {"max_length": 254, "default": "", "db_default": "", "blank": True}
        super().__init__(**kwargs | fixed | {"editable": False})

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs

    def pre_save(self, model_instance: Any, add: bool) -> str:
        value = canonical(model_instance.email)
        setattr(model_instance, self.attname, value)
        return value
