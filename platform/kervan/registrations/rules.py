"""What a registration must hold before it is written: people, answers, the agreement that the organiser sees names."""

from collections.abc import Mapping, Sequence

import msgspec

from kervan.errors import Invalid, KervanError
from kervan.events.structs import Question
from kervan.registrations.structs import (
    LONGEST_ANSWER,
    LONGEST_INTEREST,
    LONGEST_JOB,
    LONGEST_NAME,
    Answer,
    PersonWanted,
    Wanted,
)
from kervan.trade.errors import N_
from kervan.web.forms import is_unfit
from kervan_search.text import fold

Wrong = dict[str, KervanError | str]


def checked(wanted: Wanted, questions: Sequence[Question], most: int) -> Wanted:
    """The same with tidied texts and with answers to these questions only. Raises Invalid by field."""
    wrong: Wrong = {}
    found = people(wanted.people, most, wrong)
    interest = "\n".join(line.strip() for line in wanted.interest.splitlines()).strip()
    if len(interest) > LONGEST_INTEREST:
        wrong["interest"] = Invalid(N_("At most {n} characters."), n=LONGEST_INTEREST)
    answers = _answers(wanted.answers, questions, wrong)
    if not wanted.agreed:
        wrong["agreed"] = N_("Without this the organiser cannot let your people in.")
    if wrong:
        raise Invalid(fields=wrong)
    return msgspec.structs.replace(wanted, people=found, interest=interest, answers=answers)


def people(wanted: Sequence[PersonWanted], most: int, wrong: Wrong) -> tuple[PersonWanted, ...]:
    """The people with tidied names; sentences beside `people` in `wrong` otherwise."""
    tidied = tuple(
        PersonWanted(name=" ".join(person.name.split()), job=" ".join(person.job.split()))
        for person in wanted
    )
    named = tuple(person for person in tidied if person.name)
    if not named:
        wrong["people"] = N_("Say who comes: at least one person.")
    elif len(named) > most:
        wrong["people"] = Invalid(N_("At most {n} people of one firm can come."), n=most)
    elif any(len(person.name) > LONGEST_NAME or len(person.job) > LONGEST_JOB for person in named):
        wrong["people"] = Invalid(
            N_("A name has at most {name} characters, a role {job}."), name=LONGEST_NAME, job=LONGEST_JOB
        )
    elif any(is_unfit(person.name) or is_unfit(person.job) for person in named):
        wrong["people"] = N_("This holds characters that cannot be shown. Type it again.")
    elif len({fold(person.name) for person in named}) < len(named):
        wrong["people"] = N_("The same name stands here twice.")
    return named


def _answers(given: Mapping[int, Answer], questions: Sequence[Question], wrong: Wrong) -> dict[int, Answer]:
    found: dict[int, Answer] = {}
    for question in questions:
        assert question.id is not None  # it was read from its table
        answer = _fit(given.get(question.id), question)
        if answer is None:
            if question.id in given and given[question.id] not in ("", []):
                wrong[f"question-{question.id}"] = (
                    Invalid(N_("At most {n} characters."), n=LONGEST_ANSWER)
                    if question.kind == "TEXT"
                    else N_("This cannot be chosen here.")
                )
            elif question.required:
                wrong[f"question-{question.id}"] = N_("Please fill this in.")
        else:
            found[question.id] = answer
    return found


def _fit(answer: Answer | None, question: Question) -> Answer | None:
    """The answer when it fits its question; None for none, and for what does not fit."""
    options = range(len(question.options))
    match question.kind, answer:
        case "TEXT", str():
            text = answer.strip()
            return text if text and len(text) <= LONGEST_ANSWER and not is_unfit(text) else None
        case "YES_NO", bool():
            return answer
        case "ONE_OF", int() if not isinstance(answer, bool):
            return answer if answer in options else None
        case "SOME_OF", list():
            chosen = sorted({one for one in answer if not isinstance(one, bool)})
            return chosen if chosen and all(one in options for one in chosen) else None
        case _:
            return None
