"""Bad input of events: whatever stands in a field, a path or a query, no page fails and none takes seconds."""

import csv
import io
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from eventing import make_fair
from people import post_form, sign_in, sign_out
from storming import Found, Raw, Storm, encoded, forget_limits, forms_of, make_storm, paths_of

from kervan.db import fetchval
from kervan.web import csrf

pytestmark = pytest.mark.usefixtures("db")

FORM = {"content-type": "application/x-www-form-urlencoded"}
NASTY: tuple[str, ...] = (
    "a\x00b",
    Raw("%ED%A0%80"),
    Raw("%FF%FE"),
    "x" * 100_000,
    "\u202egnp.exe",
    "Ali\r\nBcc: everybody@example.com",
    "<script>alert(1)</script>",
    "-1", "0", "1000000000000", "1e5", "٣", "NaN", "²", "9" * 400,
    "2026-02-29", "0001-01-01", "9999-12-31", "31.04.2027", "24:00", "../../etc/passwd", "{}", "",
)  # fmt: skip


async def _enter(client: httpx.AsyncClient, storm: Storm, who: str) -> None:
    if who:
        await sign_in(client, getattr(storm.fair, who).person)
    else:
        sign_out(client)


def _nasty(form: Found) -> Iterator[tuple[str, dict[str, list[str]]]]:
    names = [name for name in form.fields if name != csrf.FIELD]
    for place, name in enumerate(names):
        # Three of them, others for every field: each value meets each kind of field in one form or another.
        for value in (NASTY[(place * 3 + step) % len(NASTY)] for step in range(3)):
            yield f"{name} = {value[:20]!r}", {**form.fields, name: [value]}
    for value in NASTY:
        every = {**form.fields, **{name: [value] for name in names}}
        yield f"everywhere {value[:20]!r}", every
    yield "nothing", {csrf.FIELD: form.fields[csrf.FIELD]}
    yield "each twice", {name: values * 2 for name, values in form.fields.items()}
    yield "10,000 of each", {**form.fields, **{name: form.fields[name][:1] * 10_000 for name in names[:1]}}


HARMLESS = ("discard", "copy", "withdraw", "cancel", "publish", "remove")
"""Steps after which there is nothing left to attack: only what they are sent is tried, not the step."""


@pytest.mark.parametrize("who", ["union", "jonas", "ayse", ""])
async def test_no_field_of_a_form_makes_a_failure(client: httpx.AsyncClient, who: str) -> None:
    storm = await make_storm()
    await _enter(client, storm, who)
    seen: set[str] = set()
    wrong: list[str] = []
    for path in paths_of(storm)[who]:
        page = await client.get(f"/en{path}")
        assert page.status_code == 200, path
        for form in forms_of(page):
            action = form.action.partition("?")[0]
            mine = any(word in action for word in ("event", "announce", "meeting"))
            if action in seen or not mine or action.endswith(HARMLESS):
                continue
            seen.add(action)
            if csrf.FIELD not in form.fields:
                wrong.append(f"{action} has no token")
                continue
            for where, fields in _nasty(form):
                await forget_limits()
                began = time.process_time()
                answer = await client.post(form.action, content=encoded(fields), headers=FORM)
                took = time.process_time() - began
                if answer.status_code >= 500 or took > 3:
                    wrong.append(f"{action} {where}: {answer.status_code} in {took:.1f} s")
                if "<script>alert(1)" in answer.text:
                    wrong.append(f"{action} {where}: runs")
    assert len(seen) >= {"union": 12, "jonas": 6, "ayse": 4, "": 1}[who], seen
    assert wrong == [], "\n".join(wrong)


async def test_a_hostile_list_of_events_is_read_or_refused(client: httpx.AsyncClient) -> None:
    fair = await make_fair()
    await sign_in(client, fair.union.person)
    desk = "/en/staff/events/import"
    template = (await client.get(f"{desk}/template")).content.decode("utf-8-sig")
    head, example = list(csv.reader(io.StringIO(template)))[:2]
    texts = [value for value in NASTY if not isinstance(value, Raw)]
    texts += [
        "=1+1",
        "javascript:alert(1)",
        "\u2028",
        "\ufffd" * 50,
        "1e999",
        "-0",
        "Infinity",
        "2027-02-29",
        "https://[::1",
    ]
    written = io.StringIO()
    rows = csv.writer(written)
    rows.writerow(head)
    for value in texts:
        # Everything but one column is hostile in turn, and everything at once.
        for place in range(len(head)):
            own = {**dict(zip(head, example, strict=True)), "source_ref": f"{value[:10]!r} {place}"}
            rows.writerow([value if place == at else own[name] for at, name in enumerate(head)])
        rows.writerow([value] * len(head))
    others = [str(number) for number in range(1, 1 + len(texts) * (len(head) + 1), 7)]
    listed = written.getvalue().replace("\x00", "")
    for content in (
        listed.encode("utf-8", "surrogatepass"),
        written.getvalue().encode("utf-8", "surrogatepass"),
        b"",
        b"\x00" * 5000,
        template.encode("utf-16"),
        b"PK\x03\x04" + b"x" * 500,
        (",".join(head) + "\n" + "," * 100_000).encode(),
        ('"' * 9_999).encode(),
    ):
        await forget_limits()
        file = {"file": ("../../x\r\n.csv", content, "text/csv")}
        look = await post_form(client, desk, {"mapping": "kervan-events"}, files=file)
        assert look.status_code in (200, 422), content[:20]
        assert "<script>alert(1)" not in look.text
        packed = re.findall(r'name="packed" value="([^"]*)"', look.text)
        if packed:
            done = await post_form(
                client, f"{desk}/commit", {"packed": packed, "other": others}, of=desk, follow_redirects=True
            )
            assert done.status_code == 200, content[:20]
            assert "<script>alert(1)" not in done.text
    assert await fetchval("SELECT count(*) FROM trade_event") >= 1
    assert await fetchval("SELECT count(*) FROM trade_event WHERE state <> 'DRAFT'") == 0
    for path in ("/en/staff/events", "/en/staff/events.csv", desk):
        answer = await client.get(path)
        assert answer.status_code == 200, path
        assert "<script>alert(1)" not in answer.text or path.endswith("csv")
