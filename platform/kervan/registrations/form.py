"""The form of a registration: what it begins with, and what somebody typed into it."""

from collections.abc import Sequence

from kervan.accounts.callers import Membership
from kervan.events.structs import Question
from kervan.registrations import queries
from kervan.registrations.structs import (
    LONGEST_ANSWER,
    LONGEST_INTEREST,
    LONGEST_JOB,
    LONGEST_NAME,
    Answer,
    PersonWanted,
    Wanted,
)
from kervan.web.forms import Form

_CHOICE = {"1": True, "0": False}


async def fresh(membership: Membership, language: str, name: str) -> dict[str, str]:
    """What the form begins with: whoever registers comes himself, and what the firm makes or looks for."""
    return {
        "person_name_1": name,
        "interest": await queries.interest_of(membership.organisation, language),
    }


def people_in(form: Form, most: int) -> tuple[PersonWanted, ...]:
    """Who was ticked or typed; empty lines are passed over."""
    ticked = [PersonWanted(name=name) for name in form.several("member", most=50)]
    typed = [
        PersonWanted(
            name=form.text(f"person_name_{n}", required=False, longest=LONGEST_NAME),
            job=form.text(f"person_job_{n}", required=False, longest=LONGEST_JOB),
        )
        for n in range(1, most + 1)
    ]
    return (*ticked, *(person for person in typed if person.name))


def read(form: Form, questions: Sequence[Question], most: int) -> Wanted:
    """What somebody wants, as far as it could be read; the service judges it."""
    answers: dict[int, Answer] = {}
    for question in questions:
        name = f"question-{question.id}"
        if question.id is None or not form.value(name):
            continue
        match question.kind:
            case "TEXT":
                answers[question.id] = form.lines(name, required=False, longest=LONGEST_ANSWER)
            case "YES_NO":
                answers[question.id] = _CHOICE.get(form.value(name), form.value(name))
            case "ONE_OF":
                answers[question.id] = _index(form.value(name))
            case _:
                answers[question.id] = [_index(value) for value in form.values(name)]
    return Wanted(
        people=people_in(form, most),
        interest=form.lines("interest", required=False, longest=LONGEST_INTEREST),
        answers=answers,
        wants_meetings=form.ticked("wants_meetings"),
        agreed=form.ticked("agreed"),
    )


def _index(text: str) -> int:
    """The number of an option; -1, which none has, for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else -1
