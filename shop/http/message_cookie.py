"""Django's storage of messages, with a cookie that a browser takes from this host alone, over TLS.
Which one is used stands in MESSAGE_STORAGE."""

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    cookie_name = "__Host-messages"


class HostStorage(FallbackStorage):
    storage_classes = (HostCookieStorage, SessionStorage)
