"""The web side: a list, one mail in three views, and the same as JSON."""

import time

from flask import (
    Blueprint,
    Flask,
    Response,
    abort,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
)

from sandbox.inbox.faults import Fault, Faults
from sandbox.inbox.mail import Box, Mail

# A mail may style itself and draw, and do nothing else.
MAIL_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data: 'self'"
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"


def create_app(box: Box, faults: Faults) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.add_template_filter(_when, "when")
    app.register_blueprint(_pages(box))
    app.register_blueprint(_api(box, faults))

    @app.after_request
    def keep_to_ourselves(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", PAGE_POLICY)
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return app


def _when(at: float) -> str:
    return time.strftime("%d %b %H:%M:%S", time.localtime(at))


def _find(box: Box, mail_id: int) -> Mail:
    return box.find(mail_id) or abort(404)


def _pages(box: Box) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def index() -> Response:
        still = "still" in request.args
        response = make_response(render_template("list.html", mails=box.all()[::-1], still=still))
        if not still:
            response.headers["Refresh"] = "5"
        return response

    @pages.get("/<int:mail_id>/")
    def show(mail_id: int) -> str:
        mails = box.all()
        mail = _find(box, mail_id)
        copies = [m.id for m in mails if m.message_id == mail.message_id and m.id != mail.id]
        return render_template("mail.html", mail=mail, copies=copies)

    @pages.get("/<int:mail_id>/html")
    def html(mail_id: int) -> Response:
        # Links leave the frame: the shop does not let itself be framed.
        body = '<base target="_top">' + _find(box, mail_id).html
        response = Response(body, mimetype="text/html")
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        return response

    @pages.get("/<int:mail_id>/raw")
    def raw(mail_id: int) -> Response:
        return Response(_find(box, mail_id).raw, mimetype="text/plain")

    @pages.post("/delete")
    def delete() -> Response:
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            abort(403)
        box.clear()
        return make_response(redirect("/", 303))

    @pages.get("/_health")
    def health() -> Response:
        return Response("ok\n", mimetype="text/plain")

    return pages


def _api(box: Box, faults: Faults) -> Blueprint:
    api = Blueprint("api", __name__)

    @api.get("/api/messages/")
    def messages() -> Response:
        """Newest first."""
        return jsonify([mail.as_json() for mail in box.all()[::-1]])

    @api.get("/api/messages/<int:mail_id>/")
    def message(mail_id: int) -> Response:
        return jsonify(_find(box, mail_id).as_json())

    @api.delete("/api/messages/")
    def clear() -> Response:
        box.clear()
        return jsonify([])

    @api.post("/_control/<name>")
    def control(name: str) -> tuple[Response, int]:
        arguments = request.get_json(silent=True)
        if name not in ("fail", "heal") or not isinstance(arguments, dict):
            return jsonify(error="fail or heal, with a JSON object"), 400
        try:
            faults.clear() if name == "heal" else faults.add(Fault(**arguments))
        except (TypeError, ValueError) as error:
            return jsonify(error=str(error)), 400
        return jsonify({}), 200

    return api
