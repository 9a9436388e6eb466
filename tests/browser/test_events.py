"""Events in a browser, on a demo of their own: announced, told, registered for, entered, and met in."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import agreeing
import convening
import dealing
import gathering
import pytest
import spreading
import wanting
from agreeing import Slot
from browsing import PHONE, WIDE, Enter
from convening import ISTANBUL, Event
from dealing import Diary
from playwright.sync_api import expect
from serving import Demo
from spreading import Announcement
from walker import walker


def _in(days: int, clock: str) -> datetime:
    """A moment so many days from today, on the clocks of Istanbul."""
    day = datetime.now(ISTANBUL).date() + timedelta(days=days)
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ISTANBUL).astimezone(UTC)


MISSION = Event(
    kind="BUYING_MISSION",
    title="Terry and bed linen buyers in Denizli",
    baslik="Havlu ve nevresim alım heyeti Denizli'de",
    summary="Buyers of hotel textiles meet the weavers of Denizli at their looms for two days.",
    ozet="Otel tekstili alıcıları iki gün boyunca Denizli dokumacılarıyla tezgâh başında buluşuyor.",
    starts_at=_in(30, "09:00"),
    ends_at=_in(31, "17:00"),
    importers="1",
    exporters="20",
)
NEWS = Announcement(
    name="Buyers from Germany",
    subject="{event}",
    text="Dear {name},\n\nwe have kept places for buyers from Germany: [the programme](event).",
    countries="Germany",
)
DAY = "Makers meet hotel buyers"
TRAINING = Event(
    kind="TRAINING",
    title="Labels and tests for towels",
    baslik="Havlularda etiket ve testler",
    summary="What a label has to say in the EU, and which tests buyers ask for.",
    ozet="AB'de etikette ne yazmalı, alıcılar hangi testleri istiyor.",
    starts_at=datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=3),
    ends_at=datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=8),
)


@pytest.fixture
def stations(tmp_path: Path) -> Path:
    """Where pictures of the way are kept."""
    folder = tmp_path / "stations"
    folder.mkdir()
    return folder


def test_a_mission_is_announced_joined_and_met_in(enter: Enter, own_demo: Demo, stations: Path) -> None:
    """From the first draft to the agenda of an importer who came by the waiting list; pictures at both widths."""
    desk, mobile = Diary(stations, axe=True, widths=(PHONE,)), Diary(stations, axe=True, widths=(WIDE,))
    organiser = convening.staff(enter(), "association")
    me = organiser.walker
    event = convening.draft(organiser, MISSION)
    convening.add_session(organiser, MISSION, "Welcome and hall plan", "Gülay Çınaroğlu, DENİB")
    desk.station(me, "programme")
    convening.add_question(organiser, "How many rooms do your hotels have?", "Up to 200", "More than 200")
    desk.station(me, "questions")
    me.open(f"/en/staff/events/{event}")
    desk.station(me, "draft")
    convening.take_step(organiser, event, "Send to the Ministry", "The event is before the Ministry.")
    ministry = convening.staff(enter(), "admin")
    ministry.walker.go(MISSION.title, "link")
    desk.station(ministry.walker, "ministry")
    ministry.walker.go("Approve")
    ministry.said("The event is approved.")
    convening.take_step(organiser, event, "Publish", "The event is announced.")
    path = convening.public_page(organiser, event)
    desk.station(me, "published")

    first = dealing.came_in(enter(), "verified")
    held = convening.register(first, path, answer="Up to 200")
    first.said("You are registered.")
    desk.station(first.walker, "confirmed")

    second = dealing.came_in(enter(PHONE), "importer")
    spreading.stay_awake(second.walker)
    announcement = spreading.write(organiser, event, NEWS)
    spreading.choose_audience(organiser, NEWS, reached=1, without_consent=1)
    desk.station(me, "audience")
    me.open(f"/en/staff/announcements/{announcement}/preview")
    expect(me.page.locator(".ann-plain")).to_contain_text("Dear Gülay Çınaroğlu")
    desk.station(me, "preview")
    spreading.take_step(organiser, announcement, "Send for approval", "Sent for approval.")
    expect(me.page.get_by_role("button", name="Approve", exact=True)).to_have_count(0)
    colleague = convening.staff(enter(), "second-reviewer")
    colleague.walker.open("/en/staff/announcements?tab=approve")
    colleague.walker.go(NEWS.name, "link")
    colleague.walker.go("Approve")
    colleague.said("Approved.")
    spreading.send_now(colleague, announcement)
    spreading.is_through(colleague, announcement, sent=1)
    desk.station(colleague.walker, "sent")

    mail = wanting.letter(second, MISSION.title, "announcement")
    assert "Dear Lena Hartwig" in mail.text
    assert "/unsubscribe/" in mail.headers
    assert "List-Unsubscribe=One-Click" in mail.headers
    visitor = second.walker
    visitor.open(mail.link(event))
    expect(visitor.page.locator("main")).to_contain_text("Full: there is a waiting list")
    mobile.station(visitor, "from-the-mail")
    waiting = convening.register(second, path, answer="More than 200", meetings=True)
    second.said("You are on the waiting list.")
    mobile.station(visitor, "waiting")
    wanting.letter(second, "You are on the waiting list", "registration_step")
    convening.give_up(first, held)
    assert agreeing.invitation(own_demo, first, "is cancelled", "registration_step").method == "CANCEL"

    offer = wanting.letter(second, "A place is free for you", "registration_step")
    visitor.open(offer.link(waiting))
    mobile.station(visitor, "offered")
    visitor.go("Take the place")
    expect(visitor.page.locator(".desk-lead .badge")).to_have_text("Confirmed")
    [ticket] = convening.tickets(second, waiting).values()
    visitor.open(ticket)
    mobile.station(visitor, "ticket")
    invited = agreeing.invitation(own_demo, second, "You have a place", "registration_step")
    assert (invited.method, invited.attendees) == ("REQUEST", {"importer@kervan.example"})
    assert (invited.starts_at, invited.ends_at) == (MISSION.starts_at, MISSION.ends_at)
    visitor.open(path)
    public = agreeing.entry(agreeing.downloaded(visitor.page, f"{path}.ics"))
    assert (public.starts_at, public.summary) == (MISSION.starts_at, MISSION.title)
    me.open(f"/en/staff/events/{event}/registrations")
    desk.station(me, "registrations")

    seller, quiet = wanting.came_in(enter(), "orders"), wanting.came_in(enter(), "cem")
    for firm in (seller, quiet):
        convening.register(firm, path, meetings=True)
        firm.said("You are registered.")
    day = gathering.make(organiser, event, DAY, until="12:00")
    desk.station(me, "day-draft")
    gathering.open_for_wishes(organiser, day)
    asked = wanting.letter(second, DAY, "meeting_day")
    visitor.open(asked.link(day))
    gathering.keep_times(second, day, "10:00")
    gathering.wish(second, "Çürüksu Ev")
    gathering.wish(second, "Pamukova Tekstil")
    mobile.station(visitor, "wishes")
    gathering.keep_times(seller, day)
    gathering.wish(seller, "Hartwig & Lindau")
    desk.station(seller.walker, "wishes-seller")
    gathering.plan(organiser, day)
    desk.station(me, "plan")
    gathering.publish(organiser, day)

    agenda = wanting.letter(second, DAY, "meeting_agenda")
    visitor.open(agenda.link("/meetings"))
    lines = visitor.page.locator(".meet-line")
    expect(lines.filter(has_text=DAY)).to_contain_text("Pamukova Tekstil")
    expect(lines.filter(has_text=MISSION.title).first).to_contain_text("You have a place")
    mobile.station(visitor, "agenda")
    visitor.press(f".meet-line:has-text('{DAY}') .meet-title a")
    mobile.station(visitor, "meeting")
    with visitor.page.expect_download() as file:
        visitor.page.get_by_role("link", name="For your calendar").click()
    mine = agreeing.entry(Path(file.value.path()).read_bytes())
    sent = agreeing.invitation(own_demo, second, DAY, "meeting_agenda")
    other = agreeing.invitation(own_demo, seller, DAY, "meeting_agenda")
    assert mine.uid == sent.uid == other.uid
    assert (
        mine.starts_at
        == sent.starts_at
        == other.starts_at
        == MISSION.starts_at + timedelta(hours=1, minutes=30)
    )
    assert mine.sequence == sent.sequence
    second.open(f"/meeting-days/{day}")
    expect(visitor.page.locator("main")).to_contain_text("Wishes that could not be met")
    expect(visitor.page.locator("main")).to_contain_text("Çürüksu Ev")
    mobile.station(visitor, "reasons")


def test_two_firms_agree_on_a_time_and_call_it_off(enter: Enter, own_demo: Demo, stations: Path) -> None:
    """Asked with two times, another one proposed, taken; only then they know each other, and calendars hear of all."""
    diary = Diary(stations, axe=True)
    buyer = dealing.came_in(enter(PHONE), "verified")
    seller = wanting.came_in(enter(), "orders")
    topic = "Bath mats for two hotels"
    day = date.today() + timedelta(days=9)
    buyer.open("/meetings")
    diary.station(buyer.walker, "agenda-empty")
    buyer.walker.open("/en/exporters/pamukova-tekstil")
    meeting = agreeing.ask(
        buyer,
        "pamukova-tekstil",
        topic,
        "Call me at +31 30 555 0142.",
        (Slot(day, "09:00"), Slot(day, "14:30")),
    )
    expect(buyer.walker.page.locator("main")).not_to_contain_text("555 0142")
    diary.station(buyer.walker, "asked")

    asked = wanting.letter(seller, "", "meeting_step")
    assert "Dijkhuis Wonen" in asked.text
    assert "Marijke" not in asked.text
    seller.walker.open(asked.link(f"/meetings/{meeting}"))
    page = seller.walker.page
    expect(page.locator("input[name=time]")).to_have_count(2)
    expect(page.locator("main")).not_to_contain_text("Marijke")
    diary.station(seller.walker, "answering")
    agreeing.offer_other(seller, (Slot(day + timedelta(days=1), "11:15"),))

    wanting.letter(buyer, "", "meeting_step")
    buyer.walker.page.reload()
    expect(buyer.walker.page.locator("main")).not_to_contain_text("Selin")
    agreeing.agree(buyer)
    expect(buyer.walker.page.locator("main")).to_contain_text("Selin Akduman")
    expect(buyer.walker.page.locator("main")).to_contain_text("orders@kervan.example")
    diary.station(buyer.walker, "agreed")
    seller.walker.page.reload()
    expect(page.locator("main")).to_contain_text("Marijke Dijkhuis")
    diary.station(seller.walker, "agreed-seller")

    invited = [agreeing.invitation(own_demo, party, "") for party in (buyer, seller)]
    file = agreeing.entry(
        agreeing.downloaded(buyer.walker.page, f"/en/desk/{buyer.org}/meetings/{meeting}.ics")
    )
    for one in invited:
        assert one.method == "REQUEST"
        assert one.attendees == {"verified@kervan.example", "orders@kervan.example"}
        assert (one.uid, one.starts_at, one.sequence) == (file.uid, file.starts_at, file.sequence)
    assert file.ends_at - file.starts_at == timedelta(minutes=45)

    agreeing.call_off(buyer, "Our house is being rebuilt: we come in spring.")
    diary.station(buyer.walker, "called-off")
    for party, before in zip((buyer, seller), invited, strict=True):
        ended = agreeing.invitation(own_demo, party, "")
        assert ended.method == "CANCEL"
        assert ended.status == "CANCELLED"
        assert ended.uid == before.uid
        assert ended.sequence > before.sequence


def test_the_door_needs_no_line(enter: Enter, stations: Path) -> None:
    """On a phone: two people are scanned while the line is down; when it is back each scan is sent once."""
    diary = Diary(stations, axe=True)
    organiser = convening.staff(enter(), "attache")
    event = convening.draft(organiser, TRAINING)
    convening.take_step(organiser, event, "Publish", "The event is announced.")
    path = convening.public_page(organiser, event)
    firm = wanting.came_in(enter(PHONE), "orders")
    registration = convening.register(firm, path, "Nurten Sarıoğlu")
    buyer = dealing.came_in(enter(PHONE), "importer")
    theirs = convening.register(buyer, path)
    found = {**convening.tickets(firm, registration), **convening.tickets(buyer, theirs)}
    assert set(found) == {"Selin Akduman", "Nurten Sarıoğlu", "Lena Hartwig"}
    codes = {name: convening.code_of(firm.walker, link) for name, link in found.items()}
    diary.station(firm.walker, "ticket")

    phone = enter(PHONE)
    door = convening.staff(phone, "second-admin").walker
    page = door.page
    door.open(f"/en/staff/events/{event}/door")
    expect(page.locator("[data-count]")).to_contain_text("0 of 3")
    diary.station(door, "door")
    sent: list[str] = []
    answered: list[dict[str, object]] = []
    page.on("request", lambda asked: sent.append(asked.url) if asked.url.endswith("/scans") else None)
    page.on(
        "response",
        lambda got: answered.extend(got.json()["scans"]) if got.url.endswith("/scans") else None,
    )
    phone.set_offline(True)
    for name in ("Selin Akduman", "Lena Hartwig"):
        door.write("code", codes[name])
        page.keyboard.press("Enter")
        expect(page.locator("[data-said]")).to_contain_text(name)
        expect(page.locator("[data-said]")).to_contain_text("Checked in")
    expect(page.locator("[data-count]")).to_contain_text("2 of 3")
    expect(page.locator("[data-unsent]")).to_contain_text("2")
    assert not answered
    diary.station(door, "without-a-line")
    tried = len(sent)
    phone.set_offline(False)
    expect(page.locator("[data-unsent]")).to_be_hidden(timeout=20_000)
    page.wait_for_timeout(300)
    assert [one["result"] for one in answered] == ["in", "in"]
    assert {one["name"] for one in answered} == {"Selin Akduman", "Lena Hartwig"}
    assert len(sent) - tried <= 2
    page.reload()
    expect(page.locator("[data-count]")).to_contain_text("2 of 3")
    diary.station(door, "line-back")
    door.write("code", codes["Selin Akduman"])
    page.keyboard.press("Enter")
    expect(page.locator("[data-said]")).to_contain_text("Was checked in before")

    organiser.walker.open(f"/en/staff/events/{event}/registrations")
    expect(organiser.walker.page.locator("main")).to_contain_text("Was there")
    diary.station(organiser.walker, "who-came")


def test_a_visitor_on_a_phone_finds_an_event_and_asks_to_be_invited(enter: Enter, stations: Path) -> None:
    """Without scripts: by a facet and the calendar of its month, into the own calendar, and without an account."""
    diary = Diary(stations, axe=False)
    me = walker(enter(PHONE, scripts=False))
    page = me.page
    me.open("/en/events")
    every = convening.count_of(page)
    assert every >= 25
    diary.station(me, "list")
    page.locator(".pill").first.click()
    kind = page.locator("input[name=kind][value=BUYING_MISSION]")
    expected = int(kind.locator("xpath=ancestor::label").locator(".num").inner_text())
    kind.check()
    me.press(".filters-foot button")
    assert convening.count_of(page) == expected < every
    expect(page.locator(".chosen")).to_contain_text("Buying mission")
    diary.station(me, "narrowed")
    feed = agreeing.entries(agreeing.downloaded(page, convening.feed(page)))
    titles = set(page.locator(".result-title").all_inner_texts())
    assert titles <= {one.summary for one in feed}

    title = page.locator(".result-title").first.inner_text()
    me.press(".result-title a")
    event = agreeing.entry(agreeing.downloaded(page, convening.calendar_file(page)))
    assert event.summary == title
    path = page.url
    me.open(f"/en/events/calendar/{event.starts_at:%Y-%m}")
    expect(page.locator("h1")).to_contain_text(f"{event.starts_at:%B %Y}")
    expect(page.locator(".month-list")).to_contain_text(title)
    diary.station(me, "month")
    me.press(f".month-list a:has-text({title!r})")
    assert page.url == path
    diary.station(me, "event")

    me.go("Ask for an invitation without an account", "link")
    me.go("Ask to be invited")
    expect(page.locator(".is-wrong")).to_have_count(4)
    diary.station(me, "refused")
    for name, text in (
        ("name", "Solveig Ytterdal"),
        ("email", "solveig@ytterdal.example"),
        ("firm", "Ytterdal AS"),
    ):
        me.write(name, text)
    me.choose("country", "NO")
    me.go("Ask to be invited")
    expect(page.locator("h1")).to_have_text("Thank you")
    diary.station(me, "asked")
