"""Handing letters over: to the SMTP server of the settings, or without one into files that can be looked at."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import aiosmtplib

from kervan.settings import Settings, SmtpServer, smtp_server

CONNECT_SECONDS = 10.0
KEPT_FILES = 500


class Trouble(Exception):
    """The letter was not taken now; later it may be."""


class Away(Trouble):
    """Nothing went over: the server is not there, or takes no letters of ours now. It is not about this letter."""


class Silence(Trouble):
    """The line broke after the letter itself began to go over: it may have been taken."""


class Refused(Exception):
    """The letter will never be taken. `address_is_bad`: because of whom it is for."""

    def __init__(self, reason: str, *, address_is_bad: bool) -> None:
        super().__init__(reason)
        self.address_is_bad = address_is_bad


@asynccontextmanager
async def post_office(settings: Settings) -> AsyncIterator[Callable[[EmailMessage, str], Awaitable[None]]]:
    """A way to hand letters over: deliver(letter, bare address). It raises Trouble or Refused."""
    if settings.smtp_url is None:
        folder = settings.data / "mail"

        async def kept(letter: EmailMessage, _: str) -> None:
            keep(folder, letter)

        yield kept
        return
    line = Line(smtp_server(settings.smtp_url), parseaddr(settings.mail_from)[1])
    try:
        yield line.deliver
    finally:
        await line.close()


class _Smtp(aiosmtplib.SMTP):
    """Knows whether the letter itself has begun to go over."""

    saying = False

    async def data(self, *args: Any, **kwargs: Any) -> aiosmtplib.SMTPResponse:
        self.saying = True
        return await super().data(*args, **kwargs)


class Line:
    """One connection for many letters, opened for the first. A server that is away is asked once, not per letter."""

    def __init__(self, server: SmtpServer, sender: str) -> None:
        self.server, self.sender = server, sender
        self.smtp: _Smtp | None = None
        self.away: str | None = None

    async def deliver(self, letter: EmailMessage, to: str) -> None:
        """Hands a letter over to a bare address. Raises Trouble or Refused."""
        await self.hand(letter.as_bytes(), to)

    async def hand(self, letter: bytes, to: str) -> None:
        """The same for a letter as it goes over the line."""
        if self.away is not None:
            raise Away(self.away)
        smtp: _Smtp | None = None
        try:
            smtp = await self._connected()
            smtp.saying = False
            await smtp.sendmail(self.sender, [to], letter)
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise _outcome(error.recipients[0], of_recipient=True) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise _outcome(error, of_recipient=False) from error
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            # Whatever else happens on the line happens to every letter: unreachable, not signed in, cut off.
            self.away = f"{type(error).__name__}: {error}"
            raise (Silence if smtp is not None and smtp.saying else Away)(self.away) from error

    async def _connected(self) -> "_Smtp":
        if self.smtp is None or not self.smtp.is_connected:
            server = self.server
            smtp = _Smtp(
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls,
                start_tls=server.starttls,
                # Else the library asks the name service, and the event loop waits for it.
                local_hostname=self.sender.rpartition("@")[2],
                timeout=CONNECT_SECONDS,
            )
            await smtp.connect()
            self.smtp = smtp
        return self.smtp

    async def close(self) -> None:
        """Says goodbye; a server that does not listen any more is no matter."""
        if self.smtp is not None and self.smtp.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError):
                await self.smtp.quit()


def _outcome(error: aiosmtplib.SMTPResponseException, *, of_recipient: bool) -> Trouble | Refused:
    """4xx may pass, 5xx does not (RFC 5321, 4.2.1).

    5.7.x speaks of policy (RFC 3463, 3.8): it is about us, not about the address.
    """
    said = " ".join(f"{error.code} {error.message}".split())
    if error.code < 500:
        return Trouble(said)
    policy = error.message.lstrip().startswith("5.7.")
    return Refused(said, address_is_bad=of_recipient and not policy)


def keep(folder: Path, letter: EmailMessage) -> None:
    """Writes the letter as an .eml file whose name sorts by time; the newest 500 are kept."""
    id = str(letter["Message-ID"]).strip("<>").partition("@")[0]
    keep_raw(folder, letter.as_bytes(), id, letter["X-Kervan-Mail"])


def keep_raw(folder: Path, letter: bytes, id: str, template: str) -> None:
    """The same for a letter as it goes over the line; `id` is 12 letters and digits."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{id}-{template}.eml"
    partial = folder / f".{name}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(letter)
    partial.replace(folder / name)
    for old in sorted(folder.glob("[0-9]*.eml"), reverse=True)[KEPT_FILES:]:
        old.unlink(missing_ok=True)
