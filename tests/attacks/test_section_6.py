"""Bad input and attacks (issue 4, section 6): where each has its test, and the sentences that people read.

INDEX names for every item the tests that hold it, wherever they live; a test below looks that they are there. What
had no test with a sentence elsewhere has it in this folder.
"""

import asyncio
from pathlib import Path

import httpx
import pytest
from factories import make_exporter
from people import count, firm_of, mails, make_member, make_person, post_form, sign_in, token_of

from kervan.accounts import registration
from kervan.db import fetchval
from kervan.trade import emails
from kervan.web import csrf

TESTS = Path(__file__).parents[1]

INDEX: dict[str, tuple[str, ...]] = {
    "header injection in names and addresses": (
        "accounts/test_registration.py::test_a_name_with_line_breaks_breaks_no_header",
        "accounts/test_registration.py::test_an_address_with_line_breaks_is_refused_or_one_line",
        "organisations/test_invitations.py::test_a_name_that_would_break_a_header_is_one_line_in_the_mail",
        "mail/test_compose.py::test_no_header_can_be_broken_out_of",
        "mail/test_sending.py::test_a_name_that_would_break_out_of_a_header_is_refused",
        "files/test_uploads.py::test_a_name_cannot_add_a_header",
        "attacks/test_queries.py::test_what_is_asked_for_is_never_a_header",
    ),
    "10,000-character fields": (
        "web/test_forms.py::test_ten_thousand_characters_are_refused_and_kept",
        "doors/test_hostile_forms.py::test_no_form_fails_whatever_is_typed",
        "attacks/test_section_6.py::test_ten_thousand_characters_in_any_field_of_the_door_are_refused_with_a_sentence",
        "attacks/test_bodies.py::test_a_form_of_more_than_two_megabytes_of_text_is_refused",
        "attacks/test_bodies.py::test_ten_thousand_marks_on_one_letter_are_thirty",
    ),
    "e-mail variants (case, +tag, IDN)": (
        "accounts/test_registration.py::test_spellings_of_one_address_are_one_account",
        "accounts/test_registration.py::test_a_domain_in_its_own_letters_and_in_ascii_is_one_account",
        "organisations/test_invitations.py::test_an_address_with_another_tag_is_another_address",
        "trade/test_emails.py::test_two_tags_are_two_addresses",
        "attacks/test_section_6.py::test_an_address_that_only_looks_like_another_is_another",
        "attacks/test_section_6.py::test_an_address_that_is_none_is_refused_with_a_sentence",
    ),
    "reused or expired links": (
        "accounts/test_registration.py::test_a_link_works_once",
        "accounts/test_registration.py::test_a_link_is_over_after_a_day",
        "accounts/test_registration.py::test_a_link_for_something_else_confirms_nothing",
        "organisations/test_invitations.py::test_an_invitation_is_over_after_72_hours",
        "organisations/test_invitations.py::test_a_link_works_once",
        "attacks/test_takeover.py::test_a_link_to_another_address_dies_with_the_password",
    ),
    "two tabs submitting the same form": (
        "accounts/test_signing_in.py::test_two_tabs_the_second_form_is_too_old_and_says_so",
        "accounts/test_registration.py::test_two_tabs_confirm_and_the_second_is_told",
        "organisations/test_invitations.py::test_two_tabs_accept_at_once_and_one_membership_comes_of_it",
        "exporters/test_registration.py::test_handing_in_twice_is_one_review",
        "products/test_desk_form.py::test_the_second_of_two_tabs_sees_what_changed_and_loses_nothing",
        "attacks/test_section_6.py::test_the_same_registration_from_two_tabs_is_one_account",
        "attacks/test_section_6.py::test_two_owners_who_leave_at_once_leave_one_behind",
    ),
    "SVG with script": (
        "files/test_images.py::test_what_is_no_picture_of_ours_is_refused_whatever_its_name",
        "attacks/test_uploads_of_pages.py::test_a_paper_that_is_something_else_is_refused_with_a_sentence",
    ),
    "polyglot files": (
        "files/test_images.py::test_nothing_that_hides_behind_a_picture_is_kept",
        "attacks/test_uploads_of_pages.py::test_a_picture_that_is_a_page_as_well_is_kept_as_a_picture_only",
    ),
    "path names in uploads": (
        "files/test_documents.py::test_a_typed_name_is_made_fit_to_be_shown",
        "files/test_store.py::test_a_path_of_another_shape_is_not_found",
        "attacks/test_uploads_of_pages.py::test_a_path_in_a_name_is_only_a_name",
    ),
    "a session fixed by an attacker": (
        "accounts/test_signing_in.py::test_a_session_that_an_attacker_planted_is_not_adopted",
        "accounts/test_signing_in.py::test_a_made_up_cookie_becomes_no_session",
        "web/test_csrf.py::test_two_cookies_of_one_name_count_for_none",
        "attacks/test_forged.py::test_a_visitors_cookie_cannot_speak_for_a_session",
    ),
    "a token of another user": (
        "web/test_csrf.py::test_a_token_of_another_visitor_is_refused",
        "attacks/test_section_6.py::test_the_token_of_another_persons_form_is_refused_with_a_sentence",
        "attacks/test_ids_of_others.py::test_somebody_elses_session_is_not_ended",
        "organisations/test_invitations.py::test_a_person_with_another_address_is_told_so_and_may_not_take_it",
        "attacks/test_forged.py::test_no_writing_route_is_carried_out_without_a_token",
    ),
    "a role changed during a session": (
        "organisations/test_rights_in_a_session.py::"
        "test_rights_hold_from_the_next_request_on_and_the_token_is_exchanged",
        "organisations/test_rights_in_a_session.py::"
        "test_a_form_that_was_open_while_the_role_changed_is_refused_for_the_right_not_for_its_token",
        "organisations/test_keys.py::test_a_key_shrinks_with_the_role_of_its_maker",
        "attacks/test_forged.py::test_of_two_requests_at_once_one_exchanges_the_token",
        "attacks/test_takeover.py::test_a_former_post_keeps_nothing_by_an_open_session",
    ),
    "time-zone nonsense": (
        "accounts/test_registration.py::test_a_nonsense_time_zone_of_the_browser_is_utc",
        "attacks/test_section_6.py::test_a_time_zone_that_is_none_is_refused_with_a_sentence",
    ),
    "no secret or personal number in logs": (
        "attacks/test_nothing_leaks.py::test_no_secret_and_no_personal_number_in_logs_tables_index_or_addresses",
        "attacks/test_traces.py::test_a_refused_row_is_not_copied_into_the_log",
        "mail/test_sending.py::test_logs_hold_no_token_and_no_address",
        "exporters/test_registration.py::test_an_identity_number_stands_nowhere",
    ),
}


@pytest.mark.parametrize("item", INDEX)
def test_every_item_has_the_tests_that_the_index_names(item: str) -> None:
    for place in INDEX[item]:
        path, _, name = place.partition("::")
        assert f"def {name}(" in (TESTS / path).read_text(encoding="utf-8"), place


@pytest.mark.parametrize("field", ["name", "email", "password"])
async def test_ten_thousand_characters_in_any_field_of_the_door_are_refused_with_a_sentence(
    client: httpx.AsyncClient, field: str
) -> None:
    sentence = {
        "name": "At most 120 characters; these are 10000.",
        "email": "At most 320 characters; these are 10000.",
        "password": "A password has at most 200 characters.",
    }[field]
    fields = {"name": "Ayşe", "email": "a@example.com", "password": "yedi mavi kiremit 88", "language": "en"}
    answer = await post_form(client, "/en/register/exporter", fields | {field: "x" * 10_000})
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert await count("person") == 0
    wrong = {"email": "a@example.com", "password": "y"} | ({field: "x" * 10_000} if field != "name" else {})
    answer = await post_form(client, "/en/sign-in", wrong)
    assert (answer.status_code, "is not right" in answer.text) == (422, True)


@pytest.mark.parametrize(
    "text",
    [
        "ayse@example.com, eve@evil.example",
        "ayse@example.com\nBcc: eve@evil.example",
        '"Ayşe" <ayse@example.com>',
        "ayse@[127.0.0.1]",
        "ayse@localhost",
        "ayse@@example.com",
        "ayşe@example.com",
        "ayse@example.com\u202emoc",
        "\u0430yse@example.com",  # Cyrillic а
        "ayse@exa\u200bmple.com.",
        "@",
    ],
)
async def test_an_address_that_is_none_is_refused_with_a_sentence(
    client: httpx.AsyncClient, text: str
) -> None:
    fields = {"name": "Ayşe", "email": text, "password": "yedi mavi kiremit 88", "language": "en"}
    answer = await post_form(client, "/en/register/exporter", fields)
    known = ("This is not an e-mail address.", "Only plain letters, digits")
    # What is invisible may be taken out; then the address that is seen is the one that is written to.
    if answer.status_code == 303:
        [written] = [mail["to_address"] for mail in await mails()]
        assert written in ("ayse@example.com", "ayse@example.commoc")
        assert "," not in text
    else:
        assert (answer.status_code, any(sentence in answer.text for sentence in known)) == (422, True)
        assert await count("mail") == 0


async def test_an_address_that_only_looks_like_another_is_another(client: httpx.AsyncClient) -> None:
    """A domain in Cyrillic letters has another key, and is never written to in the place of the other."""
    await make_person("Ayşe", "ayse@epra.com")
    alike = emails.address("ayse@\u0435\u0440\u0440\u0430.com")
    assert alike.key.startswith("ayse@xn--")
    await post_form(client, "/en/forgotten", {"email": alike.shown})
    assert [mail["template"] for mail in await mails()] == ["no_account"]


async def test_the_token_of_another_persons_form_is_refused_with_a_sentence(
    client: httpx.AsyncClient,
) -> None:
    await sign_in(client, await make_person("Mallory"))
    theirs = await token_of(client, "/en/account")
    await sign_in(client, await make_person("Victim"))
    answer = await client.post("/en/account", data={csrf.FIELD: theirs, "name": "Evil", "language": "en"})
    assert (answer.status_code, "This form is too old" in answer.text) == (403, True)
    assert await fetchval("SELECT count(*) FROM person WHERE name = 'Evil'") == 0


async def test_a_time_zone_that_is_none_is_refused_with_a_sentence(client: httpx.AsyncClient) -> None:
    await sign_in(client, await make_person())
    for zone in ("Mars/Olympus", "../../etc/passwd", "UTC+99", "Europe/Berlin\x00", "Etc/GMT-99", "'; --"):
        fields = {"name": "Ayşe", "language": "en", "time_zone": zone}
        answer = await post_form(client, "/en/account", fields)
        if zone.startswith("Europe/Berlin"):
            assert answer.status_code == 303, "the sign that is not seen is taken out"
        else:
            assert (answer.status_code, "time zone" in answer.text) == (422, True), zone
    assert await fetchval("SELECT time_zone FROM person") == "Europe/Berlin"


async def test_the_same_registration_from_two_tabs_is_one_account(client: httpx.AsyncClient) -> None:
    email = emails.address("ayse@example.com")

    async def tab() -> None:
        await registration.register(name="Ayşe", email=email, password="yedi mavi kiremit 88", language="en")

    await asyncio.gather(tab(), tab(), tab())
    assert await count("person") == 1
    living = await fetchval("SELECT count(*) FROM account_link WHERE used_at IS NULL")
    assert living == 1, "only the newest link works"


async def test_two_owners_who_leave_at_once_leave_one_behind(client: httpx.AsyncClient) -> None:
    firm = await firm_of(await make_exporter())
    owners = [await make_person("Ayşe", "ayse@example.com"), await make_person("Can", "can@example.com")]
    tokens = []
    for owner in owners:
        await make_member(firm, owner, "OWNER")
        session = await sign_in(client, owner)
        tokens.append((session, await token_of(client, f"/en/desk/{firm.public_id}/members")))
    name = next(iter(client.cookies.keys()))
    client.cookies.clear()
    answers = await asyncio.gather(
        *(
            client.post(
                f"/en/desk/{firm.public_id}/members/leave",
                data={csrf.FIELD: token},
                headers={"cookie": f"{name}={session}"},
            )
            for session, token in tokens
        )
    )
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    [refused] = [answer for answer in answers if answer.status_code == 422]
    assert "The last owner cannot go. Make somebody else an owner first." in refused.text
    assert await fetchval("SELECT count(*) FROM membership WHERE ended_at IS NULL") == 1
