import os

import django
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils.http import parse_header_parameters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")


class Utf8Request(WSGIRequest):
    """What comes is UTF-8, whatever a request says of its charset. Django would read the address in
    that encoding while the request is made, when nobody can answer yet for what is wrong with it.
    """

    def _set_content_type_params(self, meta: dict[str, str]) -> None:
        given = parse_header_parameters(meta.get("CONTENT_TYPE", ""))
        self.content_type, self.content_params = given


class ShopHandler(WSGIHandler):
    request_class = Utf8Request


django.setup(set_prefix=False)
application = ShopHandler()
