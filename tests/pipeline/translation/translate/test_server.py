"""The endpoint as a friend and as an enemy would ask it."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import waitress
from flask.testing import FlaskClient

from langs.errors import InputError
from models.generation.text_model import load
from models.generation.translation import Search
from pipeline.translation.translate import server, service
from pipeline.translation.translate.server import make_app, serve
from pipeline.translation.translate.service import BusyError, Service
from pipeline.translation.translate.translator import Translator

GOOD = {"text": "born free\n\nRechten", "source": "en", "target": "de"}


def make_service(checkpoint: Path, prefix: str | None = None) -> Service:
    search = Search(2, n_best=2, max_length=8, scores=True)
    return Service(Translator(load(checkpoint), search, 128, prefix), None, None)


@pytest.fixture(scope="module")
def client(tagged: Path) -> FlaskClient:
    return make_app(make_service(tagged)).test_client()


def test_lines_with_their_translations(client: FlaskClient) -> None:
    answer = client.post("/translate", json=GOOD)
    assert answer.status_code == 200
    lines = answer.json["lines"]
    assert [line["source"] for line in lines] == GOOD["text"].split("\n")
    assert [len(line["translations"]) for line in lines] == [2, 1, 2]
    best = [line["translations"][0]["text"] for line in lines]
    assert answer.json["translation"] == "\n".join(best)
    assert best[1] == ""
    assert lines[0]["translations"][0]["score"] > lines[0]["translations"][1]["score"]


def test_what_the_page_needs(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.content_type == "text/html; charset=utf-8"
    assert b"//" not in page.data  # nothing from elsewhere
    assert client.get("/page.css").content_type.startswith("text/css")
    assert client.get("/page.js").content_type.startswith("text/javascript")
    known = client.get("/languages").json
    assert [language["code"] for language in known["targets"]] == ["de", "en", "zh"]
    assert len(known["sources"]) == 107
    assert (known["source"], known["target"]) == ("en", "de")
    assert {"name": "German", "own_name": "Deutsch", "direction": "ltr", "code": "de"} in known[
        "targets"
    ]


@pytest.mark.parametrize("path", ["/", "/translate", "/no/such"])
def test_every_answer_is_closed_to_others(client: FlaskClient, path: str) -> None:
    headers = client.get(path, headers={"Origin": "http://evil.example"}).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize(
    ("status", "words", "request_"),
    [
        (400, "did you mean 'fr'", {"json": {**GOOD, "target": "french"}}),
        (400, "does not translate into French", {"json": {**GOOD, "target": "fr"}}),
        (400, "unknown language code", {"json": {**GOOD, "source": "../../etc/passwd"}}),
        (400, "send a JSON object", {"json": {"text": 7}}),
        (400, "send a JSON object", {"json": ["text"]}),
        (400, "send a JSON object", {"data": "null", "content_type": "application/json"}),
        (400, "target must be a string", {"json": {**GOOD, "target": ["de"]}}),
        (400, "unknown field 'beams'", {"json": {**GOOD, "beams": 10**9}}),
        (400, "more than 200 sentences", {"json": {**GOOD, "text": "a\n" * 201}}),
        (400, "surrogate", {"data": '{"text": "\\ud800"}', "content_type": "application/json"}),
        (403, "only the page of", {"json": GOOD, "headers": {"Origin": "http://evil.example"}}),
        (403, "only the page of", {"json": GOOD, "headers": {"Origin": "null"}}),
        (403, "only the page of", {"json": GOOD, "headers": {"Origin": "http://localhost:81"}}),
        (403, "only the page of", {"json": GOOD, "headers": {"Sec-Fetch-Site": "cross-site"}}),
        (400, "the body is no JSON; send", {"data": "{", "content_type": "application/json"}),
        (400, "", {"data": b"\xff\xfe", "content_type": "application/json"}),
        (400, "nested", {"data": "[" * 60000, "content_type": "application/json"}),
        (415, "application/json", {"data": json.dumps(GOOD), "content_type": "text/plain"}),
        (415, "application/json", {"data": GOOD}),
        (413, "", {"json": {**GOOD, "text": "a" * 2**17}}),
        (400, "", {"json": GOOD, "headers": {"Host": "evil.example"}}),
        (400, "", {"json": GOOD, "headers": {"Host": "127.0.0.1.evil.example:8000"}}),
    ],
)
def test_hostile_requests(
    client: FlaskClient, status: int, words: str, request_: dict[str, Any]
) -> None:
    answer = client.post("/translate", **request_)
    assert answer.status_code == status, answer.data
    assert words in answer.json["error"]


@pytest.mark.parametrize(
    "path", ["/../etc/passwd", "/page.js/../../x", "/%2e%2e/%2e%2e/etc/passwd"]
)
def test_no_path_leads_out(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert "error" in answer.json


def test_the_own_page_may_ask_and_others_may_link_to_it(client: FlaskClient) -> None:
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert client.post("/translate", json=GOOD, headers=own).status_code == 200
    assert client.get("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_methods(client: FlaskClient) -> None:
    assert client.get("/translate").status_code == 405
    assert client.post("/").status_code == 405


def test_faults_of_ours_tell_no_details(tagged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_service(tagged)
    monkeypatch.setattr(made, "translate", lambda *_: 1 / 0)
    answer = make_app(made).test_client().post("/translate", json=GOOD)
    assert (answer.status_code, answer.json) == (
        500,
        {"error": "something went wrong here; see the terminal"},
    )


def test_a_model_without_tags(untagged: Path) -> None:
    client = make_app(make_service(untagged, "translate: ")).test_client()
    assert client.get("/languages").json["targets"] == []
    assert client.post("/translate", json={"text": "free"}).status_code == 200
    with pytest.raises(InputError, match="give --prefix"):
        make_service(untagged)


def test_no_request_takes_for_ever(tagged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "SECONDS", -1.0)
    made = make_service(tagged)
    with pytest.raises(BusyError, match="shorter text"):
        made.translate("free", "en", "de")
    answer = make_app(made).test_client().post("/translate", json=GOOD)
    assert answer.status_code == 503
    monkeypatch.setattr(service, "SECONDS", 60.0)
    assert made.translate("free", "en", "de")  # the model is free again


def test_one_at_a_time_and_few_that_wait(tagged: Path) -> None:
    made = make_service(tagged)
    for _ in range(service.WAITING):
        made._places.acquire()
    with pytest.raises(BusyError, match="too many"):
        made.translate("free", "en", "de")


@pytest.fixture
def port(tagged: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Of a real server."""
    made: list[Any] = []
    create: Callable[..., Any] = waitress.create_server

    def remembered(*words: Any, **options: Any) -> Any:
        made.append(create(*words, **options))
        return made[0]

    monkeypatch.setattr(server.waitress, "create_server", remembered)
    thread = threading.Thread(target=serve, args=(make_service(tagged), 0), daemon=True)
    thread.start()
    while not made or not made[0].effective_port:
        thread.join(0.01)
    yield made[0].effective_port
    made[0].close()


def test_over_the_wire(port: int) -> None:
    def asked(body: bytes, **headers: str) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/translate", body, headers)
        return connection.getresponse()

    json_type = {"Content-Type": "application/json"}
    good = asked(json.dumps(GOOD).encode(), **json_type)
    assert (good.status, good.headers["Server"]) == (200, None)
    assert asked(b" " * 2**20, **json_type).status == 413
    assert asked(b"{}", Host="evil.example", **json_type).status == 400
    raw = socket.create_connection(("127.0.0.1", port), timeout=30)
    raw.sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
    assert b"400 Bad Request" in raw.recv(1000)
    with pytest.raises(InputError, match=f"port {port} is taken"):
        serve(None, port)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="refused"):  # bound to one address alone
        socket.create_connection(("127.0.0.2", port), timeout=5)
