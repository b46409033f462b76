"""Nobody says of himself who he is: not in a header, over HTTP nor over a websocket."""

import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dashboard.served import Dashboard, Dashboards, stamping, waited
from dashboard.websocket import drawn, kinds_until, opened
from render.snapshots import snapshot
from streamlit.proto.BackMsg_pb2 import BackMsg

from secours import places
from secours.engine.store.store import Store

HOW = "Composer le 4711, code sur la fiche"
NOTE = "Le maire est prévenu"
CLOSED = "Cette page est réservée"
PLAN = "channels: {calls: {}}\naccess: {allowed_hosts: [crisis.example]}\n"
ELSEWHERE = ("Host", "crisis.example:8501")
FILE = (
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--b--'
)
TRUSTED = {"SECOURS_TRUSTED_PROXY": "192.0.2.10/32", "SECOURS_USER_HEADER": "X-User"}
CLAIMS = [
    [ELSEWHERE],
    [ELSEWHERE, ("X-Secours-Viewer", "local:")],
    [ELSEWHERE, ("x-secours-viewer", "known:Anne")],
    [ELSEWHERE, ("X_Secours_Viewer", "known:Anne")],
    [ELSEWHERE, ("X-User", "Anne")],
    [("X-User", "Anne"), ("X-Forwarded-For", "192.0.2.10")],
    [("X-User", "Anne"), ("X-Forwarded-For", "127.0.0.1")],
    [("X-User", "Anne"), ("X-Real-IP", "192.0.2.10")],
    [("Forwarded", "for=127.0.0.1;host=127.0.0.1")],
    [("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Host", "127.0.0.1")],
]


@pytest.fixture(autouse=True)
def _published(common_rooms: Path) -> Iterator[None]:
    (common_rooms / "probes.yaml").write_text(PLAN, "utf-8")
    with closing(Store(places.data_dir())) as store:
        store.note(datetime.now(UTC), "Bram", "note", NOTE)
        assert store.wait_written(60.0)
    with stamping(snapshot("xooo"), max_age_s=15.0):
        yield


@pytest.fixture(params=[{}, TRUSTED], ids=["no proxy", "a proxy elsewhere"])
def server(
    processes: None, dashboards: Dashboards, request: pytest.FixtureRequest
) -> Dashboard:
    return dashboards.get(SECOURS_SUPERVISED="1", **request.param)


def told(server: Dashboard, path: str, headers: list[tuple[str, str]]) -> str:
    asked = urllib.request.Request(f"{server.url}/{path}", headers=dict(headers))
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return str(answer.read().decode())


def test_a_claim_opens_no_page_and_tells_no_more(server: Dashboard) -> None:
    for claim in CLAIMS:
        journal = drawn(server, "journal", "", claim)
        now = drawn(server, "now", "", claim)
        plain = [told(server, path, claim) for path in ("lite", "paper")]
        known = told(server, "api/v1/snapshot", claim)

        assert CLOSED in journal, claim
        assert NOTE not in journal, claim
        assert "Appels vocaux" in now, claim
        for said in (now, known, *plain):
            assert HOW not in said, claim


@pytest.mark.parametrize("claim", [[], [ELSEWHERE]], ids=["here", "elsewhere"])
def test_server_keeps_no_file_of_who_has_a_page(
    server: Dashboard, claim: list[tuple[str, str]]
) -> None:
    with opened(server, dict(claim)) as (_, session):
        path = f"{server.url}/_stcore/upload_file/{session}/1"
        asked = urllib.request.Request(path, FILE, dict(claim), method="PUT")
        for name, text in of_our_page(server, dict(claim)).items():
            asked.add_header(name, text)
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(asked, timeout=60)

    with refused.value as answer:
        assert answer.code == 404


def test_message_that_no_page_of_ours_sends_is_dropped(server: Dashboard) -> None:
    names, operation, alive = BackMsg(), BackMsg(), BackMsg()
    names.file_urls_request.file_names.extend([""] * 1000)
    operation.backend_operation_request.request_id = "x"
    alive.app_heartbeat = True

    with opened(server, dict([ELSEWHERE])) as (socket, _):
        for asked in (names, operation, alive):
            socket.send(asked.SerializeToString())
        kinds = kinds_until(socket, "heartbeat_ack")

    assert not {"file_urls_response", "backend_operation_response"} & {*kinds}


def test_stranger_writes_no_line_of_the_log(server: Dashboard) -> None:
    asked = BackMsg()
    asked.rerun_script.page_name = "now"
    asked.rerun_script.fragment_id = "\nCRITICAL secours: ended \x1b[31m\u202e"
    before = len(server.log())

    with opened(server, dict([ELSEWHERE])) as (socket, _):
        kinds_until(socket, "script_finished")
        for each in (asked.SerializeToString(), b"no message"):
            socket.send(each)
        waited(lambda: "deserializing" in server.log()[before:])
    said = server.log()[before:].splitlines()

    assert not [line for line in said if line.startswith(("CRITICAL", "INFO"))]
    assert all(line.isprintable() for line in said)


def of_our_page(server: Dashboard, claim: dict[str, str]) -> dict[str, str]:
    """Return the headers with which a page of ours sends a file."""
    asked = urllib.request.Request(f"{server.url}/_stcore/health", headers=claim)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        name, _, mark = answer.headers["Set-Cookie"].partition(";")[0].partition("=")
    return {
        "Origin": f"http://{claim.get('Host', server.url.removeprefix('http://'))}",
        "Content-Type": "multipart/form-data; boundary=b",
        "X-Xsrftoken": mark,
        "Cookie": f"{name}={mark}",
    }


def test_who_sits_here_sees_all_of_it(server: Dashboard) -> None:
    journal, now = (drawn(server, path, "", []) for path in ("journal", "now"))

    assert NOTE in journal
    assert CLOSED not in journal
    assert HOW in now
    assert HOW in told(server, "api/v1/snapshot", [])
    assert HOW in told(server, "paper", [])
