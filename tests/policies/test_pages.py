"""The staff's pages of the law and of exchange rates."""

import datetime as dt

import httpx
import pytest
from people import make_member, make_person, make_post, post_form, sign_in, token_of
from staffing import Admins, caller_of

from kervan.db import execute, fetchval
from kervan.policies import queries, service
from kervan.policies.tables import Kind
from kervan.web import csrf
from kervan.web.i18n import gettext

LAW = "/en/staff/law"


def typed(**values: str) -> dict[str, str]:
    plain = {
        "route": "ETGB", "max_gross_g": "700 kg", "max_value_eur": "35,000", "basis": "BOTH",
        "valid_from": (service.today() + dt.timedelta(1)).isoformat(), "valid_to": "", "certainty": "PUBLISHED",
        "legal_ref": "Resmî Gazete 40000", "note": "", "reason": "The gazette of today.",
    }  # fmt: skip
    return {**plain, **values}


@pytest.mark.parametrize("kind", list(Kind))
async def test_every_kind_has_its_rows_and_its_form(desk: httpx.AsyncClient, kind: Kind) -> None:
    for language in ("en", "tr"):
        page = await desk.get(f"/{language}/staff/law?kind={kind}&past=1")
        assert page.status_code == 200
        form = await desk.get(f"/{language}/staff/law/{kind}/new")
        assert form.status_code == 200
        for entry in (await queries.entries(kind, service.today()))[:3]:
            assert gettext(language, entry.row.legal_ref).split(";")[0][:20] in page.text
            filled = await desk.get(f"/{language}/staff/law/{kind}/new?of={entry.public_id}")
            assert filled.status_code == 200


async def test_the_limits_stand_there_with_history_source_and_what_is_in_force(
    desk: httpx.AsyncClient,
) -> None:
    page = (await desk.get(LAW)).text
    for shown in (
        "600 kg",
        "€30,000.00",
        "300 kg",
        "150 kg",
        "Resmî Gazete",
        "reported",
        "remembered",
        "came with",
    ):
        assert shown in page, shown
    assert (page.count("in force</span>"), page.count("past</span>")) == (1, 3)


async def test_unknown_kinds_are_404(desk: httpx.AsyncClient) -> None:
    for path in (f"{LAW}?kind=wishes", f"{LAW}/wishes/new"):
        assert (await desk.get(path)).status_code == 404


async def test_a_row_is_proposed_looked_at_and_approved_by_a_second_administrator(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    answer = await post_form(desk, f"{LAW}/regime_limit/new", typed())
    assert answer.status_code == 303
    page = (await desk.get(answer.headers["location"])).text
    assert "You proposed this: another administrator decides." in page
    made = await fetchval("SELECT public_id FROM law_proposal")
    approve = f"{LAW}/proposals/{made}/approve"
    mine = await post_form(desk, approve, of=LAW)
    assert mine.status_code == 409
    assert "You proposed this yourself: another administrator decides." in mine.text
    await sign_in(desk, admins.bora)
    page = (await desk.get(LAW)).text
    for shown in ("600 kg", "700 kg", "€35,000.00", "The gazette of today.", "Aylin Demir", "<del>", "<ins>"):
        assert shown in page, shown
    done = await post_form(desk, approve, of=LAW)
    assert done.status_code == 303
    page = (await desk.get(done.headers["location"])).text
    assert "Aylin Demir</bdi> proposed, <bdi>Bora Kaya</bdi> approved" in page
    assert "coming" in page


async def test_a_proposal_is_refused_with_a_reason_that_is_shown(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    made = await service.propose(
        await caller_of(admins.bora),
        Kind.REGIME_LIMIT,
        {
            "route": "ETGB", "max_gross_g": 1, "max_value_eur": "1", "basis": "BOTH", "legal_ref": "x",
            "valid_from": service.today(), "certainty": "REPORTED",
        },
        "Heard it.",
    )  # fmt: skip
    path = f"{LAW}/proposals/{made}/refuse"
    empty = await post_form(desk, path, {"reason": ""}, of=LAW)
    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)
    assert (await post_form(desk, path, {"reason": "Hearsay is no law."}, of=LAW)).status_code == 303
    assert "Hearsay is no law." in (await desk.get(LAW)).text
    assert (await post_form(desk, f"{LAW}/proposals/{made}/dance", of=LAW)).status_code == 404


async def test_what_was_typed_stays_when_it_is_refused(desk: httpx.AsyncClient) -> None:
    for wrong, sentence in (
        ({"valid_from": "2026-01-05"}, "This day is past: the law of past days never changes."),
        ({"max_gross_g": "heavy"}, "is not a weight"),
        ({"max_value_eur": "0"}, "Enter a number from 0.01"),
        ({"legal_ref": ""}, "Please fill this in."),
        ({"reason": ""}, "Please fill this in."),
        ({"basis": "MOOD"}, "This cannot be chosen here."),
    ):
        answer = await post_form(desk, f"{LAW}/regime_limit/new", typed(note="My note stays.", **wrong))
        assert (answer.status_code, sentence in answer.text) == (422, True), wrong
        assert "My note stays." in answer.text
    assert await fetchval("SELECT count(*) FROM law_proposal") == 0


async def test_a_row_of_each_kind_can_be_typed_in(desk: httpx.AsyncClient) -> None:
    day = (service.today() + dt.timedelta(3)).isoformat()
    common = {"valid_from": day, "legal_ref": "x", "certainty": "DECIDED", "reason": "y"}
    for kind, fields in (
        ("platform_limit", {"tier": "UNVERIFIED", "max_value_eur": "500"}),
        (
            "restricted_goods",
            {"prefix": "6302.60", "kind": "LICENCE", "destination": "Almanya", "name": "T", "name_tr": "H"},
        ),
        ("platform_figure", {"name": "ANSWER_HOURS", "figure": "48"}),
        ("public_holiday", {"kind": "CLOSED", "name": "A", "name_tr": "B", "valid_to": day}),
        ("carrier", {"name": "Poyraz", "code": "POYRAZ", "tracking_url": "https://p.example/{waybill}"}),
    ):  # fmt: skip
        answer = await post_form(desk, f"/en/staff/law/{kind}/new", {**common, **fields})
        assert answer.status_code == 303, (kind, answer.text)
    assert await fetchval("SELECT count(*) FROM law_proposal") == 5
    page = (await desk.get(LAW)).text
    assert "Germany" in page
    assert "6302.60" in page


async def test_the_end_of_a_row_is_proposed(desk: httpx.AsyncClient) -> None:
    entry = next(
        one for one in await queries.entries(Kind.RESTRICTED_GOODS, service.today()) if one.row.prefix == "93"
    )  # type: ignore[attr-defined]  # rows of this kind have a prefix  # fmt: skip
    of = f"{LAW}/restricted_goods/new?of={entry.public_id}"
    path = f"{LAW}/restricted_goods/{entry.public_id}/end"
    wrong = await post_form(desk, path, {"ends_on": "2026-01-01", "ends_by": "x", "ends_why": "y"}, of=of)
    assert (wrong.status_code, "This day is past" in wrong.text) == (422, True)
    fields = {"ends_on": service.today().isoformat(), "ends_by": "New communiqué", "ends_why": "Freed."}
    assert (await post_form(desk, path, fields, of=of)).status_code == 303
    assert "with nothing in its place" in (await desk.get(LAW)).text


async def test_a_password_is_asked_again_when_the_last_one_is_long_ago(
    desk: httpx.AsyncClient, admins: Admins
) -> None:
    await execute("UPDATE session SET proved_at = now() - interval '2 days'")
    refused = await post_form(desk, f"{LAW}/regime_limit/new", typed())
    assert refused.status_code == 422
    assert await fetchval("SELECT count(*) FROM law_proposal") == 0


async def test_nobody_but_administrators_learns_that_the_pages_exist(
    client: httpx.AsyncClient, admins: Admins
) -> None:
    attache = await make_person("Deniz Er")
    await make_member(await make_post("DE"), attache, "ATTACHE")
    await sign_in(client, attache)
    for path in (LAW, f"{LAW}/carrier/new", "/en/staff/rates"):
        assert (await client.get(path)).status_code == 404, path


async def test_the_age_of_the_rates_is_an_alarm(desk: httpx.AsyncClient) -> None:
    page = (await desk.get("/en/staff/rates")).text
    assert "The exchange rates end on <bdi>30 Oct 2026</bdi>" in page
    assert "too old" in page
    assert "1.1172" in page


async def _send(desk: httpx.AsyncClient, data: bytes) -> httpx.Response:
    path = "/en/staff/rates"
    token = await token_of(desk, path)
    return await desk.post(
        path, data={csrf.FIELD: token}, files={"file": ("eurofxref.csv", data, "text/csv")}
    )


async def test_a_file_of_rates_is_uploaded(desk: httpx.AsyncClient) -> None:
    yesterday = service.today() - dt.timedelta(1)
    line = f"Date,USD\n{yesterday},1.2345\n".encode()
    assert (await _send(desk, line)).status_code == 303
    page = (await desk.get("/en/staff/rates")).text
    assert "1.2345" in page
    assert "eurofxref.csv" in page
    assert "Aylin Demir" in page
    for data, sentence in (
        (f"Date,USD\n{yesterday},1.3\n".encode(), "is known already"),
        (b"hello", "This is no file of exchange rates."),
        (b"", "This file is empty."),
    ):
        answer = await _send(desk, data)
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
    none = await post_form(desk, "/en/staff/rates")
    assert (none.status_code, "Choose a file first." in none.text) == (422, True)
