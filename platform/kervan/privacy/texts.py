"""The dated texts that people read before they agree: consents by purpose, and the privacy notice.

A text is never edited: a new wording is a new file, since consents name the version that was read.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import cache

import msgspec

from kervan.privacy.tables import Purpose
from kervan.resources import fixtures_dir
from kervan.trade.errors import N_

CHANGED = N_("The texts below have changed. Read them again before you tick them.")


class ConsentText(msgspec.Struct, frozen=True):
    """What somebody agrees to: what it covers and who sends it, and how often at most."""

    title: str
    text: str
    often: str


class ConsentTexts(msgspec.Struct, frozen=True):
    """The texts of all purposes in one language, and the sentence on how to stop."""

    events: ConsentText
    alerts: ConsentText
    newsletter: ConsentText
    stop: str

    def of(self, purpose: str) -> ConsentText:
        """The text of one purpose."""
        found: ConsentText = getattr(self, Purpose(purpose))
        return found


class Consents(msgspec.Struct, frozen=True):
    """One version of the consent texts."""

    version: str
    in_force: date
    languages: Mapping[str, ConsentTexts]
    weekly_events: bool = False
    """Whether the text on mails about events covers a mail every week; the first one says two a month."""


class NoticePurpose(msgspec.Struct, frozen=True):
    """Why data are kept: which, on what legal basis, for how long."""

    title: str
    data: str
    basis: str
    kept: str


class NoticeText(msgspec.Struct, frozen=True):
    """The privacy notice in one language."""

    lead: str
    who: tuple[str, ...]
    purposes: tuple[NoticePurpose, ...]
    receivers: tuple[str, ...]
    rights: tuple[str, ...]


class Notice(msgspec.Struct, frozen=True):
    """One version of the privacy notice (KVKK Art. 10, GDPR Art. 13)."""

    version: str
    in_force: date
    languages: Mapping[str, NoticeText]


@cache
def consent_versions() -> Mapping[str, Consents]:
    """Every version of the consent texts by its name, the oldest first."""
    files = sorted((fixtures_dir() / "consents").glob("*.json"))
    return {file.stem: msgspec.json.decode(file.read_bytes(), type=Consents) for file in files}


@cache
def _notices() -> tuple[Notice, ...]:
    files = sorted((fixtures_dir() / "notices").glob("*.json"))
    return tuple(msgspec.json.decode(file.read_bytes(), type=Notice) for file in files)


def consents(today: date | None = None) -> Consents:
    """The consent texts in force."""
    day = today or datetime.now(UTC).date()
    return [version for version in consent_versions().values() if version.in_force <= day][-1]


def notice(today: date | None = None) -> Notice:
    """The privacy notice in force."""
    day = today or datetime.now(UTC).date()
    return [version for version in _notices() if version.in_force <= day][-1]
