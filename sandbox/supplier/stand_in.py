"""The stand-in as a whole, for tests and for the command line."""

from flask import Flask, Response

from sandbox.server import HttpServer
from sandbox.supplier import api, pages
from sandbox.supplier.world import World

PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"


class SupplierStandIn(World):
    """with SupplierStandIn() as supplier: ask at supplier.url with supplier.api_key."""

    def __init__(
        self, *, api_key: str = "TEST-TEST-TEST-TEST", host: str = "127.0.0.1", port: int = 0
    ) -> None:
        super().__init__(api_key)
        self._server = HttpServer(create_app(self), host, port)

    def start(self) -> "SupplierStandIn":
        self._server.start()
        return self

    def stop(self) -> None:
        self.stopping.set()
        self._server.stop()

    def __enter__(self) -> "SupplierStandIn":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def page(self) -> str:
        return self._server.url

    @property
    def url(self) -> str:
        return self.page + api.PATH


def create_app(world: World) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.register_blueprint(api.blueprint(world))
    app.register_blueprint(pages.blueprint(world))

    @app.after_request
    def keep_to_ourselves(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Content-Security-Policy"] = PAGE_POLICY
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app
