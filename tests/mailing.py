"""Helpers of tests about mails: a value for everything a mail may say, and a real SMTP server that can refuse."""

import asyncio
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from kervan.db import execute, fetch, transaction
from kervan.mail import service
from kervan.mail.letters import LETTERS

with warnings.catch_warnings():
    # aiosmtpd still asks for a module that Python 3.11 deprecates.
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

# One value for every key that a mail may need.
CONTEXT: Mapping[str, Any] = {
    "name": "Ayşe <Işık> & Kızı",
    "token": "tOkEn-0123456789_abcdefghijklmnopqrstuvwxyz0",
    "kind": "Limits of the law",
    "legal_ref": "Resmî Gazete 40000 <Seri No 7>",
    "since": date(2027, 1, 5),
    "orders": ["KV26-7H4K-92XQ", "KV26-8J5M-93XQ"],
    "inquiries": ["RFQ26-7H4K-92XQ"],
    "old": "ayse@eski.example",
    "new": "ayse@yeni.example",
    "on": True,
    "device": "Firefox, Linux",
    "at": datetime(2026, 3, 4, 5, 6, tzinfo=UTC),
    "inviter": "Can Öz",
    "organisation": "Pamukova & Söhne <Ltd>",
    "role": "editor",
    "side": "EXPORTER",
    "again": False,
    "label": "warehouse",
    "labels": ["warehouse", "web shop"],
    "country": "NG",
    "until": date(2027, 3, 4),
    "count": 3,
    "received": True,
    "by": "Zoe Admin",
    "who": "Ayşe Işık",
    "right": "admin",
    "reason": "The tax plate is from 2019.\nPlease send this year's.",
    "days": 14,
    "accepted": False,
    "association": "Denizli Exporters",
    "company": "Pamukova",
    "counts": {"new": 1200, "changed": 3, "unchanged": 0, "refused": 2},
    "when": "12 Mar 2026, 09:30 – 17:00 (Istanbul)",
    "closes": "4 Mar 2026, 18:00 (Istanbul)",
    "place": "Fair hall <2>, Denizli, Türkiye",
    "answer": "10 Mar 2026, 12:00 (Istanbul)",
    "stage": "1H",
    "online": "https://meet.example.com/r/4711",
    "invited": True,
    "register": "/events/fair-a8d3f6h2j5kx/register",
    "paragraphs": [
        [
            {"kind": "TEXT", "text": "Dear <Ayşe>, look at "},
            {"kind": "LINK", "text": "the <programme>"},
            {"kind": "BREAK", "text": ""},
            {"kind": "TEXT", "text": "& come."},
        ]
    ],
    "facts": [["When", "12 Mar 2026"], ["Where", "Fair hall <2>, Denizli"]],
    "organiser": "DENİB & <friends>",
    "go": "/events/towels-h4k7m2p9q3rs",
    "test": True,
    "events": [
        {
            "title": "Towels <days>",
            "path": "/events/towels-h4k7m2p9q3rs",
            "when": "12 Mar 2026",
            "where": "Denizli",
        }
    ],
    "file": "products.xlsx",
    "number": "RFQ26-7H4K-92XQ",
    "text": "Is the towel also there in red?\nWe need 400.",
    "files": 2,
    "what": "Combed cotton <towel>",
    "cause": "decided",
    "action": "counter",
    "state": "COUNTERED",
    "other": "Nordlicht & Söhne <GmbH>",
    "total": "1240.50",
    "currency": "EUR",
    "quote": "Q26-7H4K-92XQ",
    "became": "KV26-7H4K-92XQ",
    "order": True,
    "by_post": False,
    "answer_by": datetime(2026, 3, 6, 7, 8, tzinfo=UTC),
    "title": "White <towels> & sheets",
    "summary": "A hotel looks for 400 <white> towels.",
    "code": "630260",
    "changed": False,
    "post": "Trade counsellor's office DE",
    "frequency": "DAILY",
    "requests": [
        {
            "title": "White <towels>",
            "country": "DE",
            "path": "/requests/white-towels-h4k7m2p9q3rs",
            "day": "4 Mar 2027",
        }
    ],
    "more": 2,
    "by_self": False,
    "topic": "Towels for <spring>",
    "times": ["4 Mar 2027, 09:30 – 10:00 (Istanbul)", "5 Mar 2027, 14:00 – 14:30 (Istanbul)"],
    "zone": "Europe/Istanbul",
    "room": "https://meet.example.org/kervan-abc",
    "table": 7,
    "contact": ["Jonas Petersen", "jonas@nordlicht.example", "+49 40 555 0101"],
    "meetings": [
        {
            "when": "4 Mar 2027, 09:30 – 10:00 (Istanbul)",
            "other": "Nordlicht & Söhne <GmbH>",
            "contact": "Jonas Petersen",
            "table": 7,
            "room": "https://meet.example.org/kervan-abc",
        }
    ],
    "alerts": [{"name": "Towels <all>", "path": "/alerts/h4k7m2p9q3rs", "stop": "/alerts/stop/h4k7.abc"}],
}


class Server:
    """A mail server that keeps what it takes. `refusals` maps a receiver to what is said instead of 250."""

    def __init__(self) -> None:
        self.port = 0
        self.letters: list[tuple[list[str], EmailMessage]] = []
        self.refusals: dict[str, str] = {}
        self.data_answer = "250 OK"
        self.connections = 0
        self.pause = 0.0
        self.hangs_up = False
        """Whether it breaks the line once it has a letter, without a word."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def to(self, address: str) -> list[EmailMessage]:
        return [letter for receivers, letter in self.letters if receivers == [address]]

    async def handle_EHLO(
        self, server: Any, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(
        self, server: Any, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.refusals.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.pause)
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, EmailMessage, policy=policy.default)
            self.letters.append((list(envelope.rcpt_tos), letter))
        if self.hangs_up:
            server.transport.close()
        return self.data_answer


@asynccontextmanager
async def listening(password: str | None = None) -> AsyncIterator[Server]:
    """A mail server on a free port until the body ends; with a password it takes nothing from strangers."""
    found = Server()
    loop = asyncio.get_running_loop()

    def knows(
        _server: object, _session: object, _envelope: object, _how: str, given: LoginPassword
    ) -> AuthResult:
        return AuthResult(success=given.password == (password or "").encode())

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a password without encryption: only here
            return SMTP(
                found,
                loop=loop,
                authenticator=knows,
                auth_required=password is not None,
                auth_require_tls=False,
            )

    server = await loop.create_server(protocol, host="127.0.0.1", port=0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        await server.wait_closed()


async def the_mail() -> Mapping[str, Any]:
    """The one mail of the database."""
    [row] = await fetch("SELECT * FROM mail")
    return dict(row)


async def later() -> None:
    """Time passes: everything that waits is due."""
    await execute("UPDATE mail SET next_try_at = now()")
    await execute("UPDATE outbox SET next_try_at = now()")


async def send(template: str = "confirm_email", to: str = "ayse@example.com", **more: Any) -> str:
    """Puts a letter with the values of CONTEXT, and `more` instead of some of them, into the queue; its public id."""
    context = {key: CONTEXT[key] for key in LETTERS[template]}
    async with transaction():
        return await service.send(template, to, more.pop("language", "en"), **{**context, **more})
