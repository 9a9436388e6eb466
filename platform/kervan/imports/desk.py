"""What the import pages of all rooms share: where a list is sent, what it would do, and the report of what it did."""

import tempfile
from collections.abc import Awaitable, Callable, Iterator
from collections.abc import Mapping as Map
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from litestar import Request, Response

from kervan.accounts import throttle
from kervan.accounts.callers import Caller
from kervan.errors import CommandError, Invalid, NotFound, TooMany
from kervan.files import answers, uploads
from kervan.imports import mapping, sealed, wording
from kervan.imports.files import ENDINGS, MB, ending_of
from kervan.imports.reports import Report
from kervan.imports.sealed import Checked, WrongMapping
from kervan.imports.wording import Words
from kervan.trade.errors import TradeError
from kervan.web.forms import Form
from kervan.web.i18n import gettext
from kervan.web.templates import Page

LARGEST = 2 * MB
"""Of a file on a page; the commands take larger ones."""
_CSV = "text/csv; charset=utf-8"


def form_parts(form: Form, words: Words, shipped: Map[str, str]) -> dict[str, Any]:
    """What templates/staff/import.html needs of every room."""
    return {
        "form": form,
        "mappings": [(name, gettext(form.language, told)) for name, told in shipped.items()],
        "fields": [(name, gettext(form.language, told)) for name, told in words.columns.items()],
        "accept": ",".join(ENDINGS),
        "limit_mb": LARGEST // MB,
    }


def mapping_file(name: str, shipped: Map[str, str]) -> Response[bytes]:
    """A mapping that comes with the platform, to be changed for another list. Raises NotFound."""
    if name not in shipped:
        raise NotFound()
    return answers.download(mapping.shipped_file(name), f"{name}.toml", "application/toml")


def as_csv(data: bytes, name: str) -> Response[bytes]:
    """A template or a report on its way out."""
    return answers.download(data, f"{name}.csv", _CSV)


async def looked_at(
    request: Request[Any, Any, Any],
    caller: Caller,
    form: Form,
    target: str,
    load: Callable[[str, bytes], mapping.Mapping],
    shipped: Map[str, str],
    answer: Callable[[Checked], Awaitable[Page]],
) -> Page | None:
    """What `answer` says of the list that was sent for `target`; None when it was refused, as the form says then."""
    if not form.ok:
        return None
    try:
        await throttle.spend("upload", request, caller.person)
        upload = await uploads.one(request, "file", LARGEST)
        text = await sealed.own_mapping(request, "own", load)
        if text is None:
            name = form.choice("mapping", shipped)
            text = mapping.shipped_file(name).decode() if name else ""
        checked = Checked(
            person=caller.person, name=sealed.plain_name(upload.name), mapping=text, data=upload.data, target=target
        )  # fmt: skip
        return await answer(checked) if form.ok else None
    except TooMany as problem:
        form.take(problem)
    except WrongMapping as problem:
        form.refuse("own", problem)
    except (TradeError, CommandError, Invalid) as problem:
        form.refuse("file", problem)
    return None


@contextmanager
def as_file(checked: Checked) -> Iterator[Path]:
    """The list as a file for those who read files. Raises CommandError for one that is none of ours by its name."""
    ending = ending_of(checked.name)
    with tempfile.TemporaryDirectory(prefix="kervan-list-") as folder:
        path = Path(folder) / f"list{ending}"
        path.write_bytes(checked.data)  # two megabytes at most
        yield path


def report_parts(report: Report, words: Words, language: str) -> dict[str, Any]:
    """What templates/staff/import_report.html needs of every room."""
    return {
        "report": report,
        "counts": report.counts,
        "lines": [
            (
                line,
                wording.reason(line, language),
                [wording.problem(words, one, language) for one in line.problems],
            )
            for line in report.lines
        ],
        "outcomes": {code: gettext(language, told) for code, told in words.outcomes.items()},
        "tones": words.tones,
    }
