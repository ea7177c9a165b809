# mypy: allow-subclassing-any
from django_otp.plugins.otp_totp.models import TOTPDevice

from orders.key_rotation import phone_key


class Phone(TOTPDevice):
    """A staff member's authenticator app: django-otp's device, with an encrypted key."""

    class Meta:
        proxy = True
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        return phone_key(self.key)
