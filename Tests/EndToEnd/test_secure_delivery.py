"""Delivery over TLS: e-mail to a real SMTP server, signed in, and never otherwise; and webhooks."""

import json
import ssl

import pytest
from conftest import check_ledger
from mail_server import PASSWORD, USER, MailServer, make_certificates

COLUMNS = ("alert_id", "incident", "status", "title", "message")
SCHEMA = {"type": "record", "name": "row", "fields": [
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    *({"name": name, "type": "string"} for name in COLUMNS)]}
PIPELINE = """
pipeline: mailing
sources:
  rows: { file: { path: in.ndjson }, schema: row.avsc, event_time: { column: at } }
sinks:
  mails:
    from: rows
    email:
      server: "${SERVER}"
      user: martlet
      password: "${PASSWORD}"
      from: alerts@brand.example
      to: [ann@brand.example, bob@brand.example]
      allow_private: true
      rate: 100
      digest: 0
      give_up_after: 2s
"""
ROWS = [
    ("alert_1", "incident_1", "open", "Kräftig: 3 × über dem Üblichen ☂ " + "und weiter " * 9, "Zeile\n.\n.ü am Anfang\n..\n"),
    ("alert_2", "incident_1", "resolve", ".", "plain"),
    ("a\r\nX-Evil: 1", "i\r\nX-Evil: 2\r\n\r\nbody", "open", "t\r\nBcc: eve@evil.example\r\n\r\nbody", "m\r\n.\r\nQUIT"),
]


# Without TLS of its own layer the server warns; that it is told nothing is what is tried.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return make_certificates(tmp_path_factory.mktemp("certificates"))


def write_rows(folder, rows):
    (folder / "row.avsc").write_text(json.dumps(SCHEMA))
    (folder / "in.ndjson").write_text(
        "\n".join(json.dumps({"at": 1_780_000_000_000} | dict(zip(COLUMNS, row))) for row in rows))


@pytest.fixture
def send(martlet):
    """Sends the rows to a server; returns the run."""
    def send(server, password=PASSWORD.decode(), authority=None, status=0, rows=ROWS[:1]):
        write_rows(martlet.folder, rows)
        file = martlet.folder / "mailing.yaml"
        file.write_text(PIPELINE + (f"      ca_file: {authority}\n" if authority else ""))
        try:
            run = martlet.pipeline(file, "--until-end", SERVER=server.url, PASSWORD=password)
        finally:
            server.stop()
        assert run.status == status, run.err
        assert password not in run.err
        if status == 0:
            check_ledger(run.summary)
        return run
    return send


def text(message):
    return message.get_content().replace("\r\n", "\n")


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
def test_delivered(send, certificates, implicit):
    """Over TLS and signed in, messages arrive as they were written, and nothing in a row becomes a header."""
    authority, certificate, key = certificates
    server = MailServer(certificate, key, implicit)
    run = send(server, authority=authority, rows=ROWS)
    assert run.parked == [] and set(server.sign_ins) == {(USER, PASSWORD)}
    assert server.envelopes == [("alerts@brand.example", ["ann@brand.example", "bob@brand.example"])] * 3
    first, second, third = server.messages
    assert first["Subject"] == ROWS[0][3] and "\nZeile\n.\n.ü am Anfang\n..\n" in "\n" + text(first)
    assert second["Subject"] == "." and second["References"] == first["Message-ID"] == "<incident_1@martlet>"
    assert second["Message-ID"] == "<alert_2@martlet>" and text(second).startswith("plain\n")
    assert third["Subject"] == "t  Bcc: eve@evil.example    body" and third["To"] == first["To"]
    assert third["Bcc"] is None and third["X-Evil"] is None and text(third).startswith("m\n.\nQUIT\n")
    assert all(not message.defects for message in server.messages)


def given_up(run, reason):
    """Whether the row waits among the refused ones with the reason, of which the log tells as well."""
    assert "[webhook.failing]" in run.err and reason in run.err
    assert [letter["code"] for letter in run.parked] == ["webhook.given_up"]
    assert reason in run.parked[0]["reason"], run.parked


def test_wrong_password(send, certificates):
    """The server's refusal is in the log and with the row; a password may be mended, so it was tried again."""
    authority, certificate, key = certificates
    server = MailServer(certificate, key)
    run = send(server, "not-the-password", authority)
    assert server.messages == [] and len(server.sign_ins) > 1
    given_up(run, "SMTP 535")


def test_no_encryption(send):
    """A server without STARTTLS is told nothing: no password, no message."""
    server = MailServer()
    run = send(server)
    assert server.messages == [] and server.sign_ins == []
    given_up(run, "STARTTLS")


@pytest.mark.parametrize("implicit", [False, True], ids=["starttls", "implicit"])
def test_certificate_that_nobody_vouches_for(send, certificates, implicit):
    """It is never accepted, and the reason says what to do."""
    _, certificate, key = certificates
    server = MailServer(certificate, key, implicit)
    run = send(server)
    assert server.messages == [] and server.sign_ins == []
    given_up(run, "`ca_file` names other authorities to trust")


def test_authorities_that_cannot_be_read(send, certificates, martlet):
    """A file without certificates ends the run before anything is sent."""
    _, certificate, key = certificates
    run = send(MailServer(certificate, key), authority="row.avsc", status=1)
    assert "[webhook.ca_file]" in run.err


@pytest.mark.parametrize("trusted", [True, False])
def test_webhook(receiver, certificates, martlet, trusted):
    """A webhook's certificate is judged as a mail server's is."""
    authority, certificate, key = certificates
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    receiver.server.socket = context.wrap_socket(receiver.server.socket, server_side=True)
    write_rows(martlet.folder, ROWS[:1])
    file = martlet.folder / "posting.yaml"
    file.write_text(PIPELINE.split("  mails:")[0] + "  hook: { from: rows, webhook: { url: '%s', %s } }" % (
        receiver.url.replace("http:", "https:"),
        "allow_private: true, give_up_after: 2s" + (f", ca_file: {authority}" if trusted else "")))
    run = martlet.pipeline(file, "--until-end")
    assert run.status == 0, run.err
    check_ledger(run.summary)
    if trusted:
        assert run.parked == [] and json.loads(receiver.requests[0][2])["data"]["title"] == ROWS[0][3]
    else:
        assert receiver.requests == []
        given_up(run, "`ca_file` names other authorities to trust")
