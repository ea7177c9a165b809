import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")


class Utf8Request(WSGIRequest):
    """Reads every request as UTF-8: see docs/decisions/request-charset.md."""

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        given = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        self.content_type, self.content_params = given


class ShopHandler(WSGIHandler):
    request_class = Utf8Request


django.setup(set_prefix=False)
application = ShopHandler()
