"""The work on the demo's desks: registrations in every state, claims, member lists, importers, what people keep."""

import io
from typing import Any

import msgspec
from PIL import Image, ImageDraw

from kervan.accounts import sessions
from kervan.accounts.callers import Caller
from kervan.db import execute, fetch, fetchval, transaction
from kervan.demo import importers
from kervan.exporters import (
    access,
    claims,
    documents,
    enrolment,
    enrolment_lists,
    registration,
    review,
    rules,
)
from kervan.exporters.rules import Identity
from kervan.exporters.tables import Kind
from kervan.files.documents import accept
from kervan.staff import rights
from kervan.staff.rights import GIVE

Answers = dict[str, dict[str, Any]]
"""Columns of an exporter by the step of the registration that saves them."""

_ADDRESS = {
    "province": "20",
    "district": "Merkezefendi",
    "address": "Gümüşçay Mah. Dokumacılar Cad. No: 9",
    "postcode": "20020",
}

# Owner, number, legal name, short name. How far each came is told in tell().
_DRAFT = ("draft", "4819001374", "Akçabük Dokuma Sanayi Limited Şirketi", "Akçabük Dokuma")
_NEEDS_INFO = ("needs-info", "6721044587", "Honazaltı Bornoz Sanayi Limited Şirketi", "Honazaltı Bornoz")
_WAITING = ("nazan", "7302511968", "Kaklıkova Havlu Sanayi ve Ticaret Anonim Şirketi", "Kaklıkova Havlu")
_DOUBTED = ("volkan", "5590380426", "Serinhis Tekstil Pazarlama Limited Şirketi", "Serinhis Tekstil")

_MEMBERS = (
    "vkn;legal_name;kind;province;member_no;email;language\r\n"
    "6188203774;Çamlıbel Peştemal Sanayi Limited Şirketi;COMPANY;Denizli;2051177;camlibel@kervan.example;tr\r\n"
    "8455162090;Gölbaşı Nevresim Ticaret Anonim Şirketi;COMPANY;Denizli;2051204;golbasi@kervan.example;tr\r\n"
    "3901277480;Yatağan Ev Tekstili Limited Şirketi;COMPANY;Denizli;2051239;yatagan@kervan.example;en\r\n"
)


async def acting(person: int) -> Caller:
    """The person as a signed-in caller, with everything that they may do now; the session is over already."""
    async with transaction() as tx:
        token = await sessions.begin(
            tx.connection, person, whole=True, factor=True, device="Demo", address=""
        )
    found = await sessions.find(token)
    await sessions.end(token)
    if found is None:
        raise RuntimeError("A demo account cannot sign in.")
    return found.caller


async def tell(person: dict[str, int]) -> None:
    """Fills the desks. A story that was told before (a run that broke off) is left out."""
    await _queue(person)
    await _claims(person)
    await _member_list(person)
    await importers.tell(person, acting)
    await _rights(person)


async def _queue(person: dict[str, int]) -> None:
    """A draft, one sent back, one waiting, one whose rejection a second reviewer decides; and those of the fixtures."""
    await _firm(person, _DRAFT, steps=2)
    reviewer, reason = person["association"], "İmza sirküsünün süresi geçmiş. Güncel olanı ekleyin."
    if (seen := await _submitted(person, _NEEDS_INFO, reviewer)) is not None:
        await review.ask_more(await acting(reviewer), seen, reason)
    await _submitted(person, _WAITING, None)
    if (seen := await _submitted(person, _DOUBTED, reviewer)) is not None:
        reason = "Vergi levhasındaki unvan başka bir firmaya ait."
        await review.propose_rejection(await acting(reviewer), seen, reason)
    # Registrations of the fixtures came in during the last days: a queue has an age.
    await execute(
        """UPDATE exporter SET submitted_at = now() - make_interval(days => 2 + (id % 7)::int)
        WHERE submitted_at IS NULL AND verification IN ('SUBMITTED', 'UNDER_REVIEW')"""
    )
    await review.open_for_loaded()


async def _submitted(
    person: dict[str, int], firm: tuple[str, str, str, str], reviewer: int | None
) -> access.Seen | None:
    """A firm that was handed in and, when a reviewer is given, taken by them: as the reviewer sees it."""
    public_id = await _firm(person, firm, steps=len(rules.STEPS))
    if public_id is None:
        return None
    owner = await acting(person[firm[0]])
    await registration.submit(owner, await access.for_member(owner, public_id))
    if reviewer is None:
        return None
    caller = await acting(reviewer)
    await review.take(caller, await access.for_review(caller, public_id))
    return await access.for_review(caller, public_id)


async def _firm(person: dict[str, int], firm: tuple[str, str, str, str], steps: int) -> str | None:
    """Registers a firm as far as its first `steps` steps; None when it is there already."""
    owner, vkn, legal_name, trade_name = firm
    if await registration.held_by(Identity(Kind.COMPANY, vkn=vkn)) is not None:
        return None
    public_id = await registration.start(
        await acting(person[owner]), Identity(Kind.COMPANY, vkn=vkn), legal_name, trade_name
    )
    caller = await acting(person[owner])
    answers = _answers(caller, trade_name)
    for step in rules.STEPS[1:steps]:
        seen = await access.for_member(caller, public_id)
        if step == "documents":
            await _papers(caller, seen, legal_name, vkn)
        if step == "texts":
            about = f"{trade_name}, Denizli'de ev tekstili dokur ve paketler."
            await registration.save_texts(caller, seen, {"tr": about}, {})
        else:
            await registration.save_step(caller, seen, step, answers.get(step, {}))
    return public_id


def _answers(caller: Caller, trade_name: str) -> Answers:
    return {
        "company": {
            "tax_office": "Gökpınar",
            "business_model": "MANUFACTURER",
            "association": "DENİB",
            "employees_band": "10-49",
            "founded": 2011,
        },
        "address": _ADDRESS,
        "trade": {"sectors": ["home-textiles"], "languages": ["tr", "en"], "export_countries": ["DE", "NL"]},
        "contact": {
            "contact_name": caller.name,
            "contact_role": "Genel müdür",
            "contact_email": caller.email,
            "phone": "+902582000000",
        },
        "declarations": {"declarations": msgspec.json.encode(rules.DECLARATIONS).decode()},
    }


async def _papers(caller: Caller, seen: access.Seen, legal_name: str, vkn: str) -> None:
    for kind, title in (("TAX_PLATE", "VERGİ LEVHASI"), ("SIGNATURE_CIRCULAR", "İMZA SİRKÜLERİ")):
        paper = await accept(_paper(title, legal_name, vkn), f"{kind.replace('_', '-')}.png")
        await documents.add(caller, seen, kind, paper, None)


def _paper(title: str, legal_name: str, vkn: str) -> bytes:
    """A sheet that says of itself that it proves nothing."""
    sheet = Image.new("RGB", (900, 640), "white")
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((30, 30, 870, 610), outline="black", width=3)
    for row, line in enumerate((title, legal_name, vkn, "DEMO / GEÇERSİZDİR")):
        pen.text((70, 90 + row * 110), line, fill="black", font_size=30)
    kept = io.BytesIO()
    sheet.save(kept, "PNG")
    return kept.getvalue()


async def _claims(person: dict[str, int]) -> None:
    """One claim for the association's reviewers, one for the Ministry, whose firm belongs to none."""
    for claimer, slug, message in (
        ("ebru", "buldan-sari-dokuma", "Firmanın ihracat müdürüyüm; hesabı açan arkadaşımız ayrıldı."),
        ("ebru", "mavihan-cini", "Atölyeyi eşimle birlikte yürütüyoruz, vergi levhasını ekleyebilirim."),
    ):
        exporter = await fetchval("SELECT id FROM exporter WHERE slug = $1", slug)
        if exporter is None or await fetch(
            "SELECT FROM exporter_claim WHERE exporter = $1 AND person = $2", exporter, person[claimer]
        ):
            continue
        await claims.make(await acting(person[claimer]), exporter, message, None)


async def _member_list(person: dict[str, int]) -> None:
    """Three members that the association has sent a link."""
    if await fetchval("SELECT EXISTS (SELECT FROM enrolment)"):
        return
    caller = await acting(person["association"])
    report = await enrolment_lists.read(_MEMBERS.encode(), "uyeler.csv")
    await enrolment.commit(caller, (await enrolment.bodies(caller))[0], report)


async def _rights(person: dict[str, int]) -> None:
    """A proposal that a second administrator decides."""
    if await fetchval("SELECT EXISTS (SELECT FROM rights_proposal)"):
        return
    public_id = await fetchval("SELECT public_id FROM person WHERE id = $1", person["berlin"])
    await rights.propose(
        await acting(person["third-admin"]), public_id, GIVE, "Görev süresi sonunda merkezde devam edecek."
    )
