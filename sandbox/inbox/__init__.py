"""A mailbox for everything the shop sends: an SMTP server, and pages to read what came."""

from sandbox.inbox.inbox import Inbox
from sandbox.inbox.mail import Mail

__all__ = ["Inbox", "Mail"]
