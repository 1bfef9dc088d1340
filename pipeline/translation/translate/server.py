"""A page in the browser and a JSON endpoint, on this machine alone.

It answers requests to names of this machine only (another site's name can be made to point here).
No page of another site may send it requests or read its answers, and its own page loads nothing
from elsewhere.
"""

import errno
import logging
from importlib import resources
from typing import Any

import waitress
from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import BadRequest, Forbidden, HTTPException, UnsupportedMediaType

from langs.errors import InputError
from langs.registry import Language
from pipeline.stages.progress import say
from pipeline.translation.translate.output_formats import as_json
from pipeline.translation.translate.service import WAITING, BusyError, Service

HOST, NAMES = "127.0.0.1", ["127.0.0.1", "localhost"]
BODY_BYTES = 2**16
_BUFFERED_BYTES = 2**24  # of a body that is refused as JSON; beyond that by waitress itself
_IDLE_SECONDS, _CONNECTIONS = 30, 100
_EXAMPLE = 'send a JSON object such as {"text": "Hello", "target": "fr"}'
_FIELDS = ("text", "source", "target")
_ASSETS = {"/": "page.html", "/page.css": "page.css", "/page.js": "page.js"}
_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def serve(service: Service, port: int) -> None:
    """Serve until interrupted. Raises InputError for a port that cannot be used."""
    logging.getLogger("waitress").setLevel(logging.ERROR)
    try:
        server = waitress.create_server(
            make_app(service),
            host=HOST,
            port=port,
            threads=WAITING + 2,  # two are left for requests that need no model
            max_request_body_size=_BUFFERED_BYTES,
            channel_timeout=_IDLE_SECONDS,
            connection_limit=_CONNECTIONS,
            ident=None,
        )
    except (OSError, OverflowError, ValueError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = "is taken" if taken else f"cannot be had ({error})"
        raise InputError(f"port {port} {reason}; give another one: --serve PORT") from error
    say(f"Translating at http://{HOST}:{server.effective_port}/ (Ctrl-C ends)")
    server.run()


def make_app(service: Service) -> Flask:
    """The application: the page at / with its files, GET /languages and POST /translate."""
    app = Flask("mswitch", static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=BODY_BYTES, TRUSTED_HOSTS=NAMES)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    for path, name in _ASSETS.items():
        app.add_url_rule(path, name, _asset(name))
    app.add_url_rule("/languages", "languages", lambda: _languages(service))
    app.add_url_rule("/translate", "translate", lambda: _translated(service), methods=["POST"])
    app.before_request(_own_page_only)
    app.register_error_handler(Exception, _refusal)
    app.after_request(_secured)
    return app


def _own_page_only() -> None:
    """Raises Forbidden for a request that a browser makes for a page from elsewhere.

    Other clients send neither header; a link to the page from elsewhere does no harm.
    """
    origin = request.headers.get("Origin", request.host_url)
    fetched = request.method != "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site"
    if fetched or origin.rstrip("/") != request.host_url.rstrip("/"):
        raise Forbidden("only the page of this server may ask it")


def _asset(name: str) -> Any:
    content = (
        resources.files("pipeline.translation.translate").joinpath("assets", name).read_bytes()
    )
    mimetype = _TYPES[name.rpartition(".")[2]]
    return lambda: Response(content, content_type=f"{mimetype}; charset=utf-8")


def _languages(service: Service) -> Response:
    def described(language: Language) -> dict[str, str]:
        names = ("code", "name", "own_name", "direction")
        return {name: getattr(language, name) for name in names}

    return jsonify(
        source=service.source,
        target=service.target,
        sources=[described(language) for language in service.sources],
        targets=[described(language) for language in service.targets],
    )


def _translated(service: Service) -> Response:
    text, source, target = _request()
    lines = service.translate(text, source or service.source, target or service.target)
    return jsonify(
        translation="\n".join(line.translations[0].text for line in lines),
        lines=[as_json(line) for line in lines],
    )


def _request() -> tuple[str, str | None, str | None]:
    """The text, source and target of a request. Raises HTTPException for anything else in it."""
    try:
        body = request.get_json()
    except RecursionError:
        raise BadRequest("the JSON is nested too deeply") from None
    except BadRequest:
        raise BadRequest(f"the body is no JSON; {_EXAMPLE}") from None
    if not isinstance(body, dict) or not isinstance(body.get("text"), str):
        raise BadRequest(_EXAMPLE)
    for name, value in body.items():
        if name not in _FIELDS:
            raise BadRequest(f"unknown field {name[:40]!r}; there are {', '.join(_FIELDS)}")
        if not isinstance(value, str):
            raise BadRequest(f"{name} must be a string")
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise BadRequest(f"{name} holds half a surrogate pair, which is no text")
    return body["text"], body.get("source"), body.get("target")


def _refusal(error: Exception) -> tuple[Response, int]:
    """An error as JSON, with its status; an unexpected one without its details."""
    if isinstance(error, UnsupportedMediaType):
        return jsonify(error="send JSON, with Content-Type: application/json"), 415
    if isinstance(error, HTTPException):
        return jsonify(error=error.description), error.code or 500
    if isinstance(error, InputError):
        return jsonify(error=str(error)), 400
    if isinstance(error, BusyError):
        return jsonify(error=str(error)), 503
    logging.getLogger("mswitch").exception("a request failed")
    return jsonify(error="something went wrong here; see the terminal"), 500


def _secured(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response
