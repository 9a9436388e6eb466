"""The law changed: two persons, a reason, and rows that can be."""

import asyncio
import contextvars
import datetime as dt
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from people import audited, mails, make_person
from policies.proposing import DAY, approved, limit, proposed, rows
from staffing import Admins, caller_of

from kervan.db import execute
from kervan.errors import Conflict, Invalid, NotFound
from kervan.policies import book, queries, service
from kervan.policies.tables import Kind
from kervan.trade import law
from kervan.trade.law import ETGB


async def test_an_approved_row_closes_the_one_before_it_the_day_before(admins: Admins) -> None:
    await approved(admins)
    newest, before, *_ = await rows()
    assert (newest.valid_from, newest.valid_to, newest.max_gross_g) == (service.today() + DAY, None, 700_000)
    assert (before.valid_from, before.valid_to, before.max_gross_g) == (
        dt.date(2026, 1, 3),
        service.today(),
        600_000,
    )
    used = law.current()
    assert used.regime_limit(ETGB, service.today()).max_gross_g == 600_000
    assert used.regime_limit(ETGB, service.today() + DAY).max_gross_g == 700_000
    [entry] = [
        one for one in await queries.entries(Kind.REGIME_LIMIT, service.today()) if one.state == "COMING"
    ]
    assert (entry.proposer, entry.approver, entry.source) == ("Aylin Demir", "Bora Kaya", None)


async def test_a_law_can_begin_on_the_day_of_its_publication(admins: Admins) -> None:
    await approved(admins, valid_from=service.today())
    assert law.current().regime_limit(ETGB, service.today()).max_gross_g == 700_000
    assert law.current().regime_limit(ETGB, service.today() - DAY).max_gross_g == 600_000


async def test_nothing_holds_before_the_second_person_agrees(admins: Admins) -> None:
    await proposed(admins.aylin)
    assert len(await rows()) == 4
    assert (await book.refresh()).regime_limit(ETGB, service.today() + DAY).max_gross_g == 600_000


async def test_who_proposes_cannot_decide_and_is_told_so(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    aylin = await caller_of(admins.aylin)
    for decide in (service.approve(aylin, made), service.refuse(aylin, made, "No.")):
        with pytest.raises(Conflict, match="You proposed this yourself"):
            await decide
    await service.approve(await caller_of(admins.bora), made)


async def test_the_database_itself_wants_two_people(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(
            "UPDATE law_proposal SET decided_by = proposed_by, decided_at = now(), outcome = 'APPROVED'"
            " WHERE public_id = $1",
            made,
        )
    for people in ((admins.aylin, admins.aylin), (admins.aylin, None), (None, None)):
        with pytest.raises(asyncpg.CheckViolationError):
            await execute(
                "INSERT INTO carrier (public_id, code, name, legal_ref, certainty, proposed_by, approved_by)"
                " VALUES ('carrier00001', 'XX', 'X', 'x', 'RECALLED', $1, $2)",
                *people,
            )


async def test_only_administrators_propose_and_decide(admins: Admins) -> None:
    stranger = await caller_of(await make_person("Deniz Er"))
    with pytest.raises(NotFound):
        await service.propose(stranger, Kind.REGIME_LIMIT, limit(), "Because.")
    made = await proposed(admins.aylin)
    with pytest.raises(NotFound):
        await service.approve(stranger, made)


async def test_the_others_are_asked_by_mail_and_everything_is_in_the_trail(admins: Admins) -> None:
    made = await approved(admins)
    asked = sorted(mail["to_address"] for mail in await mails() if mail["template"] == "law_proposed")
    assert asked == ["bora.kaya@example.com", "ceren.ak@example.com"]
    assert await audited(made) == [
        (f"user:{admins.aylin}", "law.proposed"),
        (f"user:{admins.bora}", "law.approved"),
    ]


async def test_a_refusal_keeps_its_reason_and_changes_nothing(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    with pytest.raises(Invalid):
        await service.refuse(await caller_of(admins.bora), made, " ")
    await service.refuse(await caller_of(admins.bora), made, "The gazette has another number.")
    [one] = await queries.proposals(decided=True)
    assert (one.outcome, one.refusal, one.decider) == (
        "REFUSED",
        "The gazette has another number.",
        "Bora Kaya",
    )
    assert len(await rows()) == 4
    with pytest.raises(Conflict, match="decided in the meantime"):
        await service.approve(await caller_of(admins.ceren), made)


async def test_a_proposal_can_be_withdrawn_by_its_author_only(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    with pytest.raises(NotFound):
        await service.withdraw(await caller_of(admins.bora), made)
    await service.withdraw(await caller_of(admins.aylin), made)
    with pytest.raises(Conflict):
        await service.withdraw(await caller_of(admins.aylin), made)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"valid_from": dt.date(2026, 1, 4)}, "valid_from"),
        ({"valid_from": None}, "valid_from"),
        ({"valid_from": dt.date(2060, 1, 1)}, "valid_from"),
        ({"valid_to": dt.date(2026, 1, 1)}, "valid_to"),
        ({"legal_ref": " "}, "legal_ref"),
        ({"max_gross_g": 0}, "max_gross_g"),
        ({"max_value_eur": Decimal(-1)}, "max_value_eur"),
        ({"note": "x" * 2001}, "note"),
    ],
)
async def test_a_row_that_cannot_be_is_refused_by_field(admins: Admins, values: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await proposed(admins.aylin, **values)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("kind", "values", "field"),
    [
        (Kind.RESTRICTED_GOODS, {"prefix": "6"}, "prefix"),
        (Kind.RESTRICTED_GOODS, {"prefix": "9999"}, "prefix"),
        (Kind.RESTRICTED_GOODS, {"prefix": "9302", "destination": "QQ"}, "destination"),
        (Kind.RESTRICTED_GOODS, {"prefix": "9302", "name_tr": " "}, "name_tr"),
        (Kind.PUBLIC_HOLIDAY, {}, "valid_to"),
        (Kind.PUBLIC_HOLIDAY, {"valid_to": dt.timedelta(31)}, "valid_to"),
        (Kind.CARRIER, {"code": "rüzgâr"}, "code"),
        (Kind.CARRIER, {"tracking_url": "http://x.example"}, "tracking_url"),
        (Kind.PLATFORM_FIGURE, {"figure": -1}, "figure"),
    ],
)
async def test_rows_of_every_kind_are_checked(
    admins: Admins, kind: Kind, values: dict[str, Any], field: str
) -> None:
    fields: dict[str, Any] = {
        "valid_from": service.today(), "legal_ref": "x", "certainty": "PUBLISHED", "name": "N", "name_tr": "N",
        "code": "RUZGAR", "prefix": "9302", "kind": "LICENCE" if kind is Kind.RESTRICTED_GOODS else "CLOSED",
        "figure": 1,
    }  # fmt: skip
    fields |= values
    if isinstance(fields.get("valid_to"), dt.timedelta):
        fields["valid_to"] = fields["valid_from"] + fields["valid_to"]
    with pytest.raises(Invalid) as refused:
        await service.propose(await caller_of(admins.aylin), kind, fields, "Because.")
    assert list(refused.value.fields) == [field]


async def test_a_row_that_would_overlap_a_coming_one_is_refused(admins: Admins) -> None:
    await approved(admins, valid_from=service.today() + 10 * DAY)
    with pytest.raises(Conflict, match="Another row about the same thing"):
        await proposed(admins.aylin, valid_from=service.today() + 5 * DAY)


async def test_of_two_proposals_for_the_same_day_the_second_does_not_fit_any_more(admins: Admins) -> None:
    first, second = await proposed(admins.aylin), await proposed(admins.aylin, max_gross_g=1)
    await service.approve(await caller_of(admins.bora), first)
    with pytest.raises(Conflict, match="Another row about the same thing"):
        await service.approve(await caller_of(admins.bora), second)
    assert len(await queries.proposals(decided=False)) == 1  # it can still be refused


async def test_of_two_approvals_at_the_same_moment_one_holds(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    bora, ceren = await caller_of(admins.bora), await caller_of(admins.ceren)
    outcomes = await asyncio.gather(
        *(
            asyncio.create_task(service.approve(who, made), context=contextvars.Context())
            for who in (bora, ceren)
        ),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if one is not None] == [Conflict]
    assert len(await rows()) == 5


async def test_a_proposal_whose_day_has_passed_is_not_approved(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    await execute(
        """UPDATE law_proposal SET change = jsonb_set(change, '{valid_from}', '"2026-02-01"') WHERE public_id = $1""",
        made,
    )
    with pytest.raises(Conflict, match="The day is past by now"):
        await service.approve(await caller_of(admins.bora), made)
    assert len(await rows()) == 4


async def test_what_an_administrator_proposed_who_is_none_any_more_is_not_approved(admins: Admins) -> None:
    made = await proposed(admins.aylin)
    await execute("UPDATE membership SET ended_at = now() WHERE person = $1", admins.aylin)
    with pytest.raises(Conflict, match="no administrator any more"):
        await service.approve(await caller_of(admins.bora), made)


async def test_a_carrier_comes_and_its_authorisation_ends(admins: Admins) -> None:
    await approved(admins, Kind.CARRIER)
    today = service.today()
    assert [one.code for one in law.current().carriers_on(today)] == ["POYRAZ"]
    [entry] = await queries.entries(Kind.CARRIER, today)
    aylin, bora = await caller_of(admins.aylin), await caller_of(admins.bora)
    made = await service.propose_end(
        aylin, Kind.CARRIER, entry.public_id, today + DAY, "Lost it.", "New list"
    )
    await service.approve(bora, made)
    assert [len(law.current().carriers_on(today + n * DAY)) for n in (1, 2)] == [1, 0]
    with pytest.raises(Conflict, match="an end never changes"):
        await service.propose_end(aylin, Kind.CARRIER, entry.public_id, today + 9 * DAY, "Found it.", "x")


async def test_an_end_in_the_past_is_refused_and_a_holiday_is_taken_back_by_a_row(admins: Admins) -> None:
    aylin = await caller_of(admins.aylin)
    [entry, *_] = await queries.entries(Kind.REGIME_LIMIT, service.today())
    with pytest.raises(Invalid):
        await service.propose_end(aylin, Kind.REGIME_LIMIT, entry.public_id, service.today() - DAY, "x", "x")
    with pytest.raises(NotFound):
        await service.propose_end(aylin, Kind.REGIME_LIMIT, "no-such-row0", service.today(), "x", "x")
    with pytest.raises(Conflict, match="says the day is open"):
        await service.propose_end(aylin, Kind.PUBLIC_HOLIDAY, entry.public_id, service.today(), "x", "x")


async def test_a_holiday_is_added_and_taken_back(admins: Admins) -> None:
    day = dt.date(2027, 3, 12)  # a Friday behind a feast: often a bridge
    fields = {
        "kind": "CLOSED", "name": "Bridge day", "name_tr": "Köprü günü", "valid_from": day, "valid_to": day,
        "legal_ref": "Circular", "certainty": "PUBLISHED",
    }  # fmt: skip
    aylin, bora = await caller_of(admins.aylin), await caller_of(admins.bora)
    await service.approve(bora, await service.propose(aylin, Kind.PUBLIC_HOLIDAY, fields, "Bridge."))
    assert not law.current().is_business_day(day)
    fields["kind"] = "OPEN"
    await service.approve(bora, await service.propose(aylin, Kind.PUBLIC_HOLIDAY, fields, "No bridge."))
    assert law.current().is_business_day(day)
