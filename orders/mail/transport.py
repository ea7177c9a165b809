"""Hands a mail over to a mail server by SMTP, or to a provider's API by django-anymail.

It is accepted, refused for good, or may be accepted later. A server's answer often repeats the
address, so only its number is kept or logged.
"""

import smtplib
from email.errors import MessageError

from anymail.exceptions import (
    AnymailError,
    AnymailInvalidAddress,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.core.mail import EmailMultiAlternatives

# django-anymail's names of those it can send through, as EMAIL_PROVIDER takes them
PROVIDERS = (
    "amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal",
    "postmark", "resend", "sendgrid", "sparkpost", "unisender_go",
)  # fmt: skip
# A provider's answers that are about this mail. The others are about the shop's account, its limits
# or the provider itself, and pass, or are put right.
ABOUT_THIS_MAIL = (400, 406, 413, 422)


# What Python and Django raise at an address, a header or a file's name that cannot be written.
UNWRITABLE = (ValueError, MessageError)


class RefusedError(Exception):
    """This mail is refused for good."""


class NotNowError(Exception):
    """The mail was not accepted, or that is unknown: send it again with the same Message-ID."""


def hand_over(message: EmailMultiAlternatives) -> str:
    """Return the provider's id, empty over SMTP. Raises RefusedError, NotNowError."""
    try:
        message.message()  # providers' APIs would take a header with a line break
        message.send()
    except smtplib.SMTPException as error:
        raise _sorted(*_answers(error)) from None
    except (AnymailRecipientsRefused, AnymailInvalidAddress):
        raise RefusedError("address refused by the provider") from None
    except (AnymailSerializationError, AnymailUnsupportedFeature) as error:
        raise cannot_be_written(error) from None
    except AnymailError as error:
        raise _by_status(error.status_code) from None
    except OSError as error:  # the network; TLS; what a library of a provider makes of them
        raise NotNowError(type(error).__name__) from None
    except UNWRITABLE as error:
        raise cannot_be_written(error) from None
    status = getattr(message, "anymail_status", None)
    return str(status.message_id or "") if status else ""


def cannot_be_written(error: Exception) -> RefusedError:
    """Return the refusal. The error's text is not kept: it repeats the address."""
    return RefusedError(f"the mail cannot be written: {type(error).__name__}")


def _answers(error: smtplib.SMTPException) -> tuple[str, int]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = max((code for code, _text in error.recipients.values()), default=0)
        return f"refused with {code}", code
    if isinstance(error, smtplib.SMTPDataError):
        return f"refused with {error.smtp_code}", error.smtp_code
    if isinstance(error, smtplib.SMTPResponseException):
        # the greeting, the password, TLS, us as sender: none of it is about this mail
        return f"the mail server refuses us with {error.smtp_code}", 0
    return type(error).__name__, 0


def _sorted(why: str, code: int) -> Exception:
    """Return the error's class: 5xx is final; greylisting or a lost connection may pass."""
    return RefusedError(why) if code >= 500 else NotNowError(why)


def _by_status(status: int | None) -> Exception:
    if status is None:
        return NotNowError("no answer from the provider")
    why = f"refused with {status}"
    return RefusedError(why) if status in ABOUT_THIS_MAIL else NotNowError(why)
