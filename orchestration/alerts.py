"""Alerts to a webhook and by e-mail: off until the environment names a receiver.

Secrets (the webhook's address, the mail server's password) come from the environment only and are
never logged.
"""

import json
import os
import smtplib
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage

TRIES = 3
TIMEOUT_SECONDS = 10


class AlertSettingsError(Exception):
    """A setting of the alerts that cannot be used; the message names it."""


@dataclass(frozen=True)
class AlertSettings:
    """Where alerts go; an empty `webhook` or `mail_host` turns that way off."""

    webhook: str = ""
    mail_host: str = ""
    mail_port: int = 587
    mail_user: str = ""
    mail_password: str = ""
    mail_security: str = "starttls"
    mail_from: str = ""
    mail_to: str = ""


def read_alert_settings(environment: Mapping[str, str] | None = None) -> AlertSettings:
    """The settings in the environment; raises AlertSettingsError for one that cannot be used."""
    known = os.environ if environment is None else environment
    port, security = known.get("ALERT_SMTP_PORT") or "587", known.get("ALERT_SMTP_SECURITY")
    if not port.isdecimal():
        raise AlertSettingsError(f"ALERT_SMTP_PORT {port}: not a port")
    if security not in (None, "", "starttls", "tls", "none"):
        raise AlertSettingsError(f"ALERT_SMTP_SECURITY {security}: write starttls, tls or none")
    settings = AlertSettings(
        webhook=known.get("ALERT_WEBHOOK_URL", ""),
        mail_host=known.get("ALERT_SMTP_HOST", ""),
        mail_port=int(port),
        mail_user=known.get("ALERT_SMTP_USER", ""),
        mail_password=known.get("ALERT_SMTP_PASSWORD", ""),
        mail_security=security or "starttls",
        mail_from=known.get("ALERT_MAIL_FROM", ""),
        mail_to=known.get("ALERT_MAIL_TO", ""),
    )
    if settings.webhook and not settings.webhook.startswith(("https://", "http://")):
        raise AlertSettingsError("ALERT_WEBHOOK_URL: not an http address")
    if settings.mail_host and not (settings.mail_from and settings.mail_to):
        raise AlertSettingsError("ALERT_SMTP_HOST needs ALERT_MAIL_FROM and ALERT_MAIL_TO")
    return settings


def post(settings: AlertSettings, subject: str, text: str) -> None:
    """Post the alert as JSON: `text` as chat services read it, subject and details apart."""
    body = {"text": f"{subject}\n{text}", "subject": subject, "details": text}
    request = urllib.request.Request(
        settings.webhook,
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method="POST",
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
        answer.read()


def mail(settings: AlertSettings, subject: str, text: str) -> None:
    """Send the alert as a plain e-mail."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        subject,
        settings.mail_from,
        settings.mail_to,
    )
    message.set_content(text)
    context = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.mail_security == "tls":
        server = smtplib.SMTP_SSL(
            settings.mail_host, settings.mail_port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=TIMEOUT_SECONDS)
    with server:
        if settings.mail_security == "starttls":
            server.starttls(context=context)
        if settings.mail_user:
            server.login(settings.mail_user, settings.mail_password)
        server.send_message(message)


def send_alert(
    settings: AlertSettings,
    subject: str,
    text: str,
    pause: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Send on every way that is on, each tried three times; what could not be sent, in words.

    Never raises for a receiver that is away: an alert must not break what it tells of.
    """
    ways = [("webhook", post)] if settings.webhook else []
    ways += [("e-mail", mail)] if settings.mail_host else []
    problems = []
    for name, deliver in ways:
        for attempt in range(1, TRIES + 1):
            try:
                deliver(settings, subject, text)
                break
            except Exception as error:  # A bad address, an odd answer: its text may hold a secret.
                if attempt == TRIES:
                    problems.append(f"alert by {name}: not sent ({type(error).__name__})")
                else:
                    pause(2.0**attempt)
    return problems
