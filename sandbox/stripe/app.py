"""The stand-in as one Flask application."""

from flask import Flask, Response

from sandbox.stripe import api, control_api, dashboard, hosted
from sandbox.stripe.controls import Controls
from sandbox.stripe.money import written
from sandbox.stripe.world import World


def create_app(world: World, controls: Controls) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.add_template_filter(written, "money")
    app.register_blueprint(api.blueprint(world))
    app.register_blueprint(control_api.blueprint(controls))
    app.register_blueprint(hosted.blueprint(world))
    app.register_blueprint(dashboard.blueprint(controls))

    @app.get("/_health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.after_request
    def keep_to_ourselves(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.headers["Cache-Control"] = "no-store"
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["Content-Security-Policy"] = (
                "default-src 'none'; style-src 'unsafe-inline'; img-src data:;"
                " frame-ancestors 'none'"
            )
        return response

    return app
