"""Announcements of the demo's events: one that goes out when the demo starts, one before approval, one draft."""

from kervan.accounts.callers import Caller
from kervan.announcements import access, queries, service
from kervan.announcements.audience import Audience
from kervan.announcements.structs import Words
from kervan.db import fetchval
from kervan.demo.cast import Cast
from kervan.events.structs import EventShown

_TEXTS = {
    "en": (
        "{event}: would you like to come?",
        "Dear {name},\n\nmakers of what you look for meet buyers {when} in {where}. The day is planned for you: "
        "say whom you want to meet, and you get an agenda.\n\nPlaces are few, so tell us soon.",
    ),
    "tr": (
        "{event}: gelmek ister misiniz?",
        "Sayın {name},\n\naradığınız ürünlerin üreticileri {when} {where} alıcılarla buluşuyor. Gününüz sizin için "
        "planlanır: kimlerle görüşmek istediğinizi yazın, takviminizi hazırlayalım.\n\nYerler sınırlı, lütfen "
        "yakında bildirin.",
    ),
}


async def announce(cast: Cast, event: EventShown, writer: Caller) -> None:
    """All three, written by the event's organiser; those that are there stay as they are."""
    if await fetchval("SELECT EXISTS (SELECT FROM event_announcement)"):
        return
    about = await access.announceable(writer, event.public_id)
    texts = [Words(language=code, subject=subject, text=text) for code, (subject, text) in _TEXTS.items()]
    for number, (name, audience) in enumerate(
        (
            ("Davet: hedef ülkelerdeki alıcılar", Audience(countries=event.content.target_countries)),
            ("Hatırlatma: henüz kaydolmayanlar", Audience(here="NOT_REGISTERED")),
            ("Teşekkür: gelenlere", Audience(here="REGISTERED")),
        )
    ):
        public_id = await service.create(writer, about, name, texts)
        seat = await access.handled(writer, public_id)
        await service.choose(writer, seat, audience, await _version(seat.id))
        if number == 2:
            continue
        await service.submit(writer, seat, await _version(seat.id))
        if number == 1:
            continue
        reviewer = await cast.caller("reviewer")
        other = await access.handled(reviewer, public_id)
        await service.approve(reviewer, other, await _version(seat.id))
        await service.schedule(writer, seat, await _version(seat.id), None)


async def _version(announcement: int) -> int:
    return (await queries.one(announcement)).version
