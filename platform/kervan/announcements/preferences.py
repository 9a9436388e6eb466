"""How a person hears of events: at once, weekly or not at all; whether they are counted; and their consent to mails."""

import msgspec

from kervan import audit
from kervan.announcements.letter import PURPOSE
from kervan.db import fetch, transaction
from kervan.errors import Invalid
from kervan.privacy import consents
from kervan.privacy.queries import has_consent
from kervan.trade.errors import N_

FREQUENCIES = ("AT_ONCE", "WEEKLY", "NEVER")

_SAVE = """
INSERT INTO event_news (person, frequency, count_opens) VALUES ($1, $2, $3)
ON CONFLICT (person) DO UPDATE SET frequency = excluded.frequency, count_opens = excluded.count_opens,
    told_until = CASE WHEN event_news.frequency <> 'WEEKLY' AND excluded.frequency = 'WEEKLY' THEN now()
        ELSE event_news.told_until END
"""


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose, or what holds for who never chose: under the bell, at once, without being counted."""

    frequency: str = "AT_ONCE"
    count_opens: bool = False
    consent: bool = False


async def of(person: int) -> Preference:
    """What holds for a person (person.id) now."""
    rows = await fetch("SELECT frequency, count_opens FROM event_news WHERE person = $1", person)
    chosen = dict(rows[0]) if rows else {}
    return Preference(consent=await has_consent(person, PURPOSE), **chosen)


async def save(person: int, wanted: Preference, language: str, version: str, where: str) -> None:
    """Keeps what a person chose; `version` names the text of the consent that was read on the page.

    The weekly mail is a mail: whoever chooses it without agreeing to mails gets Invalid beside `consent`.
    """
    if wanted.frequency not in FREQUENCIES:
        raise Invalid(fields={"frequency": N_("Please choose one.")})
    if wanted.frequency == "WEEKLY" and not wanted.consent:
        raise Invalid(fields={"consent": N_("The weekly mail needs your consent to mails about events.")})
    async with transaction() as tx:
        conn = tx.connection
        await conn.execute(_SAVE, person, wanted.frequency, wanted.count_opens and wanted.consent)
        if wanted.consent and wanted.frequency == "WEEKLY":
            # Who agreed to an older text agreed to fewer mails than these.
            await consents.renew(conn, person, PURPOSE, language, where, version)
        elif wanted.consent:
            await consents.give(conn, person, (PURPOSE,), language, where, version)
        else:
            await consents.withdraw(conn, person, PURPOSE, where)
        await audit.record(
            f"user:{person}", "person.event_news", "person", person,
            after={"frequency": wanted.frequency, "count_opens": wanted.count_opens},
        )  # fmt: skip
