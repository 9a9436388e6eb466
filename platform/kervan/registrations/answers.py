"""Answers to an organiser's questions in words, also to questions that are not asked any more."""

from collections.abc import Mapping, Sequence
from typing import Any

from kervan.db import fetch
from kervan.events.queries import question_of
from kervan.events.structs import Question, in_language
from kervan.trade.errors import N_
from kervan.web.i18n import gettext

YES, NO = N_("Yes"), N_("No")

_ALL = """
SELECT id, kind, label, side, options, required FROM event_question WHERE event = $1 ORDER BY position, id
"""


async def questions(event: int) -> Sequence[Question]:
    """Every question that an event (trade_event.id) asks or asked."""
    return [question_of(row) for row in await fetch(_ALL, event)]


async def in_words(event: int, given: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """(question, answer) of what was answered, in the reader's language."""
    return [
        (question.words(language), word(question, given[str(question.id)], language))
        for question in await questions(event)
        if str(question.id) in given
    ]


def word(question: Question, answer: Any, language: str) -> str:
    """One answer in words; '' for what its question does not offer any more."""
    match question.kind:
        case "YES_NO":
            return gettext(language, YES if answer else NO)
        case "ONE_OF" | "SOME_OF":
            chosen = answer if isinstance(answer, list) else [answer]
            return ", ".join(
                in_language(question.options[one], language)
                for one in chosen
                if isinstance(one, int) and 0 <= one < len(question.options)
            )
        case _:
            return str(answer)
