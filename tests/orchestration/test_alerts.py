import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from orchestration.alerts import AlertSettings, AlertSettingsError, read_alert_settings, send_alert


@contextmanager
def serving(server: Any) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class Hook(BaseHTTPRequestHandler):
    """A webhook that refuses a number of times and then keeps what it gets."""

    refusals = 0
    bodies: list[dict[str, Any]] = []  # noqa: RUF012 (shared on purpose)

    def do_POST(self) -> None:
        """Refuse or keep the alert."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Hook.refusals > 0:
            Hook.refusals -= 1
            self.send_response(503)
        else:
            Hook.bodies.append(json.loads(body))
            self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as one message needs."""

    messages: list[str] = []  # noqa: RUF012 (shared on purpose)

    def handle(self) -> None:
        """Take one message."""
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            command = line.strip().upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                lines = []
                while (text := self.rfile.readline().strip()) != b".":
                    lines.append(text.decode())
                Mailbox.messages.append("\n".join(lines))
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 fine\r\n")
            if command == b"QUIT":
                return


def test_alerts_are_off_until_a_receiver_is_named() -> None:
    assert send_alert(read_alert_settings({}), "Not published", "why") == []


def test_a_webhook_that_fails_twice_is_tried_a_third_time() -> None:
    Hook.refusals, Hook.bodies = 2, []
    pauses: list[float] = []
    with serving(HTTPServer(("127.0.0.1", 0), Hook)) as port:
        settings = AlertSettings(webhook=f"http://127.0.0.1:{port}/secret")
        assert send_alert(settings, "Not published", "a check failed", pauses.append) == []
    assert [body["subject"] for body in Hook.bodies] == ["Not published"]
    assert Hook.bodies[0]["details"] == "a check failed"
    assert len(pauses) == 2


def test_a_receiver_that_is_away_is_said_without_the_secret_address() -> None:
    with serving(HTTPServer(("127.0.0.1", 0), Hook)) as port:
        pass
    settings = AlertSettings(webhook=f"http://127.0.0.1:{port}/secret")
    (problem,) = send_alert(settings, "Not published", "why", lambda _: None)
    assert problem.startswith("alert by webhook: not sent")
    assert "secret" not in problem


@pytest.mark.parametrize("place", ["127.0.0.1:1/a secret", "127.0.0.1:port/secret"])
def test_an_address_that_is_none_is_said_without_it(place: str) -> None:
    # Prevents: a traceback with the secret address in place of what the alert was to tell.
    problems = send_alert(AlertSettings(webhook=f"http://{place}"), "s", "t", lambda _: None)
    assert problems == ["alert by webhook: not sent (InvalidURL)"]


def test_an_alert_arrives_by_mail() -> None:
    Mailbox.messages = []
    with serving(socketserver.TCPServer(("127.0.0.1", 0), Mailbox)) as port:
        settings = read_alert_settings(
            {
                "ALERT_SMTP_HOST": "127.0.0.1",
                "ALERT_SMTP_PORT": str(port),
                "ALERT_SMTP_SECURITY": "none",
                "ALERT_MAIL_FROM": "marts@example.com",
                "ALERT_MAIL_TO": "team@example.com",
            }
        )
        assert send_alert(settings, "Not published", "a check failed") == []
    (message,) = Mailbox.messages
    assert "Subject: Not published" in message
    assert "a check failed" in message


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"ALERT_SMTP_PORT": "mail"}, "ALERT_SMTP_PORT mail"),
        ({"ALERT_SMTP_SECURITY": "yes"}, "write starttls, tls or none"),
        ({"ALERT_SMTP_HOST": "mail"}, "needs ALERT_MAIL_FROM and ALERT_MAIL_TO"),
        ({"ALERT_WEBHOOK_URL": "ftp://x"}, "not an http address"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(AlertSettingsError, match=message):
        read_alert_settings(environment)
