"""What an organiser asks everybody who registers: questions added, changed, put in order, taken out."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from kervan.errors import NotFound
from kervan.events import rules, writing
from kervan.events.fields import FIRST_TEXTS
from kervan.events.structs import Question
from kervan.events.writing import Desk
from kervan.staff.desk import frame
from kervan.trade.errors import N_
from kervan.web import formats, forms
from kervan.web.forms import Form
from kervan.web.http import query_of
from kervan.web.i18n import language_of
from kervan.web.templates import Page, back, page

KINDS: Mapping[str, str] = {
    "TEXT": N_("A text"),
    "YES_NO": N_("Yes or no"),
    "ONE_OF": N_("One of several"),
    "SOME_OF": N_("Several of several"),
}
SIDES: Mapping[str, str] = {
    "BOTH": N_("Exporters and importers"),
    "EXPORTER": N_("Exporters"),
    "IMPORTER": N_("Importers"),
}
_CHOICES = ("ONE_OF", "SOME_OF")


@get("/staff/events/{id:str}/questions")
async def questions(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """The questions in their order and an empty form; `edit` fills it with one that is there."""
    at = await writing.desk(request, id)
    number = query_of(request).get("edit", [""])[-1]
    values: dict[str, Any] = {"kind": "TEXT", "side": "BOTH"}
    if number and at.editable:
        values = _initial(_at(at, number)) | {"position": number}
    return await _page(request, at, Form(language_of(request), {**values, "version": str(at.shown.version)}))


def _at(at: Desk, number: str) -> Question:
    asked = at.shown.content.questions
    if not (number.isascii() and number.isdigit() and len(number) < 4 and 1 <= int(number) <= len(asked)):
        raise NotFound()
    return asked[int(number) - 1]


def _initial(question: Question) -> dict[str, str]:
    values = {"kind": question.kind, "side": question.side, "required": "1" if question.required else ""}
    values |= {f"label_{code}": words for code, words in question.label.items()}
    for code in {code for option in question.options for code in option}:
        values[f"options_{code}"] = "\n".join(option.get(code, "") for option in question.options)
    return values


def _languages(at: Desk) -> Sequence[str]:
    """In which a question is written: Turkish, English and the others of the event's texts."""
    used = [code for question in at.shown.content.questions for code in question.label]
    return tuple(dict.fromkeys([*FIRST_TEXTS, *(text.language for text in at.shown.content.texts), *used]))


async def _page(request: Request[Any, Any, Any], at: Desk, form: Form, status: int = 0) -> Page:
    return page(
        request,
        "events/staff_questions.html",
        status_code=status or (200 if form.ok else 422),
        shown=at.shown,
        title=at.shown.text(form.language).title,
        form=form,
        editable=at.editable,
        listed=[
            (
                number,
                question,
                question.words(form.language),
                [_words(o, form.language) for o in question.options],
            )
            for number, question in enumerate(at.shown.content.questions, start=1)
        ],
        written=[(code, formats.language_name(form.language, code)) for code in _languages(at)],
        kinds=KINDS,
        sides=SIDES,
        most=rules.MOST_QUESTIONS,
        **await frame(request, at.caller, "events"),
    )


def _words(option: Mapping[str, str], language: str) -> str:
    return option.get(language) or option.get("en") or next(iter(option.values()), "")


@post("/staff/events/{id:str}/questions", status_code=200)
async def save(request: Request[Any, Any, Any], id: FromPath[str]) -> Page:
    """Adds a question at the end, or changes the one at `position`.

    What was answered keeps its meaning: with other choices the old one is retired and this is a new question.
    """
    at = await writing.desk(request, id, write=True)
    form = await forms.read(request)
    question = _read(at, form)
    status = 422
    if form.ok:
        asked = list(at.shown.content.questions)
        if number := form.value("position"):
            old = _at(at, number)
            asked[int(number) - 1] = msgspec.structs.replace(question, id=old.id)
        else:
            asked.append(question)
        status = await _store(at, form, asked)
        if not status:
            return back(request, f"/staff/events/{id}/questions", said="saved")
    return await _page(request, await writing.desk(request, id), form, status)


async def _store(at: Desk, form: Form, asked: Sequence[Question]) -> int:
    status = await writing.store(at, form, "questions", questions=tuple(asked))
    if form.error("title"):
        form.refuse(f"label_{FIRST_TEXTS[0]}", form.error("title") or "")
    return status


def _read(at: Desk, form: Form) -> Question:
    kind = form.choice("kind", KINDS)
    side = form.choice("side", SIDES)
    written = _languages(at)
    label = {code: form.text(f"label_{code}", required=False, longest=300) for code in written}
    label = {code: words for code, words in label.items() if words}
    if not label and not any(form.error(f"label_{code}") for code in written):
        form.refuse(f"label_{FIRST_TEXTS[0]}", N_("Write the question."))
    return Question(
        kind=kind or "TEXT",
        side=side or "BOTH",
        label=label,
        options=_options(form, written) if kind in _CHOICES else (),
        required=form.ticked("required"),
    )


def _options(form: Form, written: Sequence[str]) -> tuple[dict[str, str], ...]:
    """The answers to choose from, one a line; each language that has some has as many, in the same order."""
    lines = {
        code: form.lines(f"options_{code}", required=False, longest=3000).split("\n") for code in written
    }
    lines = {code: [" ".join(line.split()) for line in found] for code, found in lines.items()}
    lines = {code: found for code, found in lines.items() if any(found)}
    most = max((len(found) for found in lines.values()), default=0)
    for code, found in lines.items():
        if not all(found):
            form.refuse(f"options_{code}", N_("There is an empty line between the answers."))
        elif len(found) != most:
            form.refuse(f"options_{code}", N_("Give the same answers in each language, in the same order."))
        elif len({*found}) != len(found):
            form.refuse(f"options_{code}", N_("The same answer stands here twice."))
    if not 2 <= most <= rules.MOST_OPTIONS:
        form.refuse(f"options_{FIRST_TEXTS[0]}", N_("Give from 2 to 20 answers to choose from, one a line."))
    if not form.ok:
        return ()
    return tuple({code: found[n] for code, found in lines.items()} for n in range(most))


@post("/staff/events/{id:str}/questions/{act:str}", status_code=200)
async def arrange(request: Request[Any, Any, Any], id: FromPath[str], act: FromPath[str]) -> Page:
    """Moves a question one place up or down, or takes it out: whoever answered it keeps the answer."""
    if act not in ("up", "down", "remove"):
        raise NotFound()
    at = await writing.desk(request, id, write=True)
    form = await forms.read(request)
    _at(at, form.value("position"))
    asked, number = list(at.shown.content.questions), int(form.value("position")) - 1
    if act == "remove":
        del asked[number]
    else:
        other = number + (1 if act == "down" else -1)
        if 0 <= other < len(asked):
            asked[number], asked[other] = asked[other], asked[number]
    status = await _store(at, form, asked)
    if not status:
        return back(request, f"/staff/events/{id}/questions", said="saved" if act == "remove" else None)
    fresh = await writing.desk(request, id)
    again = Form(form.language, {"kind": "TEXT", "side": "BOTH", "version": str(fresh.shown.version)})
    again.message = form.message or (form.errors[0][1] if form.errors else None)
    return await _page(request, fresh, again, status)


ROUTES: list[ControllerRouterHandler] = [questions, save, arrange]
