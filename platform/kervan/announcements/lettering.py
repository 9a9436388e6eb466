"""The letters that a sender needs at the moment: read and composed once for each announcement and language."""

from time import monotonic

from asyncpg import Connection

from kervan.announcements import queries
from kervan.announcements.letter import Letter, compose_letter
from kervan.announcements.structs import About, Words
from kervan.settings import Settings
from kervan.web.templates import Templates

FRESH_SECONDS = 15.0
"""An event can move while its announcement is under way: later letters say the new time."""

_WORDS = """
SELECT language, subject, text FROM announcement_text WHERE announcement = $1
ORDER BY language = $2 DESC, language = 'en' DESC, id LIMIT 1
"""


class Letters:
    """Letters by announcement, edition and language."""

    def __init__(self, settings: Settings, templates: Templates) -> None:
        self.settings, self.templates = settings, templates
        self._kept: dict[tuple[int, int, str], tuple[float, Letter]] = {}

    async def of(self, conn: Connection, announcement: int, edition: int, language: str) -> Letter:
        """The letter for readers of a language: that text, else the English one. Raises LookupError without any."""
        key = announcement, edition, language
        kept = self._kept.get(key)
        if kept is not None and monotonic() - kept[0] < FRESH_SECONDS:
            return kept[1]
        about, words = await _read(conn, announcement, language)
        letter = compose_letter(self.settings, self.templates, about, words)
        self._kept = {k: v for k, v in self._kept.items() if monotonic() - v[0] < FRESH_SECONDS}
        self._kept[key] = monotonic(), letter
        return letter


async def _read(conn: Connection, announcement: int, language: str) -> tuple[About, Words]:
    row = await conn.fetchrow(_WORDS, announcement, language)
    if row is None:
        raise LookupError(f"announcement {announcement} says nothing")
    event = await conn.fetchval("SELECT event FROM event_announcement WHERE id = $1", announcement)
    return await queries.about(conn, event), Words(**row)
