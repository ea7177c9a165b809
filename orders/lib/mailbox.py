"""One mailbox, one spelling: addresses as they are mailed, and as they are compared.

`Anna@müller.de` and `anna@xn--mller-kva.de` with a mark of direction behind it are one mailbox. The
domain is stored in ASCII: Django would encode it by the older IDNA, which makes strasse.de of
straße.de, another domain.
"""

import unicodedata
from email.errors import MessageError
from email.utils import parseaddr

import idna
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from orders.lib.text import is_unseen, trim

LONGEST = 254  # characters of an address, and
LONGEST_NAME = 64  # of the part before the @: RFC 5321, and Stripe
has_form = EmailValidator(allowlist=[])  # Stripe takes no user@localhost


def canonical(address: str) -> str:
    """Return the one spelling that is compared. Never raises, whatever the address is."""
    name, at, domain = unicodedata.normalize("NFKC", address).rpartition("@")
    kept = "".join(char for char in name if not is_unseen(char))
    return f"{kept}{at}{_to_ascii(domain)}".lower()


def is_same(address: str, other: str) -> bool:
    return canonical(address) == canonical(other)


def domain_of(address: str) -> str:
    """Return the domain of "Shop <help@example.com>" in ASCII, as headers take it."""
    return canonical(parseaddr(address)[1]).rpartition("@")[2]


def cleaned(typed: str) -> str:
    """Return the address to store and to mail. Raises ValidationError for what cannot be mailed.

    Its canonical form differs from it by upper and lower case alone.
    """
    text = trim(unicodedata.normalize("NFKC", typed[: 4 * LONGEST]))
    if any(map(is_unseen, text)):
        words = _("There is a space or an invisible character within this address. Type it again.")
        raise ValidationError(words, code="unseen")
    name, at, domain = text.rpartition("@")
    domain = _to_ascii(domain).lower()
    address = f"{name}{at}{domain}"
    if not address:
        return ""
    if not name.isascii():
        odd = "".join(sorted({char for char in name if not char.isascii()}))
        words = _("We cannot send e-mails to an address with “%s” before the @.") % odd
        raise ValidationError(words, code="name")
    if len(name) > LONGEST_NAME:
        words = _("An e-mail address has at most %d characters before the @.") % LONGEST_NAME
        raise ValidationError(words, code="name")
    is_named = domain.isascii() and not domain.rpartition(".")[2].isdigit() and "[" not in domain
    if '"' in name or len(address) > LONGEST or not (is_named and _is_writable(address)):
        raise ValidationError(has_form.message, code="invalid")
    has_form(address)
    return address


def _to_ascii(domain: str) -> str:
    seen = "".join(char for char in domain if not is_unseen(char))
    try:
        return seen if seen.isascii() else idna.encode(seen, uts46=True).decode()
    except UnicodeError:  # no domain
        return seen


def _is_writable(address: str) -> bool:
    """Compose a mail to it, as Django does before any mail server or provider is asked."""
    try:
        EmailMessage(to=[address], from_email="shop@example.com").message()
    except (ValueError, MessageError):
        return False
    return True
