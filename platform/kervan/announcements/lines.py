"""Several connections to the mail server that stay open between waves of letters, and what became of each letter."""

import asyncio
from collections.abc import Sequence
from email.utils import parseaddr

import msgspec

from kervan.announcements.tables import DeliveryState as S
from kervan.ids import new_public_id
from kervan.mail.delivery import Away, Line, Refused, Silence, Trouble, keep_raw
from kervan.mail.queries import masked
from kervan.settings import Settings, smtp_server

UNSURE = "nobody knows whether it arrived: the server had it when the answer was lost"


class Ready(msgspec.Struct, frozen=True):
    """A letter that is about to go over: event_delivery.id, to whom, and its bytes."""

    delivery: int
    address: str
    letter: bytes


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a letter. QUEUED: it may be tried again; `away`: the server took no letter at all."""

    delivery: int
    state: S
    detail: str | None = None
    bad_address: bool = False
    away: bool = False


class Lines:
    """The connections of one sender. Without a mail server letters become files that can be looked at."""

    def __init__(self, settings: Settings, count: int) -> None:
        self.settings, self.count = settings, count
        self.open: list[Line] = []

    async def carry(self, letters: Sequence[Ready]) -> list[Outcome]:
        """Hands the letters over, as many at a time as there are connections."""
        if self.settings.smtp_url is None:
            folder = self.settings.data / "mail"
            for ready in letters:
                keep_raw(folder, ready.letter, new_public_id(), "announcement")
            return [Outcome(delivery=ready.delivery, state=S.SENT) for ready in letters]
        while len(self.open) < min(self.count, len(letters)):
            self.open.append(self._line())
        waiting, found = list(reversed(letters)), list[Outcome]()
        await asyncio.gather(*(self._work(place, waiting, found) for place in range(len(self.open))))
        return found

    def _line(self) -> Line:
        assert self.settings.smtp_url is not None
        return Line(smtp_server(self.settings.smtp_url), parseaddr(self.settings.mail_from)[1])

    async def _work(self, place: int, waiting: list[Ready], found: list[Outcome]) -> None:
        while waiting:
            ready = waiting.pop()
            found.append(await self._hand(place, ready))

    async def _hand(self, place: int, ready: Ready) -> Outcome:
        line = self.open[place]
        try:
            await line.hand(ready.letter, ready.address)
        except Refused as refusal:
            state = S.BOUNCED if refusal.address_is_bad else S.FAILED
            return Outcome(
                delivery=ready.delivery, state=state, detail=_said(ready, refusal), bad_address=refusal.address_is_bad
            )  # fmt: skip
        except Silence as silence:
            await self._anew(place)
            return Outcome(
                delivery=ready.delivery, state=S.UNKNOWN, detail=f"{UNSURE} ({_said(ready, silence)})"
            )
        except Away as away:
            await self._anew(place)
            return Outcome(delivery=ready.delivery, state=S.QUEUED, detail=_said(ready, away), away=True)
        except Trouble as trouble:
            return Outcome(delivery=ready.delivery, state=S.QUEUED, detail=_said(ready, trouble))
        return Outcome(delivery=ready.delivery, state=S.SENT)

    async def _anew(self, place: int) -> None:
        """The next letter gets a new connection: this one is broken, or its server is away."""
        broken, self.open[place] = self.open[place], self._line()
        await broken.close()

    async def close(self) -> None:
        """Says goodbye on every connection."""
        lines, self.open = self.open, []
        await asyncio.gather(*(line.close() for line in lines))


def _said(ready: Ready, error: Exception) -> str:
    """What the server said, without the address it may have repeated."""
    return str(error).replace(ready.address, masked(ready.address))[:300]
