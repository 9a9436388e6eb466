"""Pages of an answer: which one is asked for, and the links to its neighbours."""

from typing import Any

import msgspec

from kervan.errors import Invalid
from kervan.trade.errors import N_
from kervan.web.http import whole_number, with_query


class PageLinks(msgspec.Struct, frozen=True):
    """Addresses of this page of an answer and of its neighbours; None where there is none."""

    self: str
    next: str | None
    prev: str | None


def links(path: str, query: dict[str, list[str]], page: int, pages: int) -> PageLinks:
    """The links of page `page` of `pages`, with everything else of the query as it was asked."""
    return PageLinks(
        self=with_query(path, query),
        next=with_query(path, query, page=page + 1) if page < pages else None,
        prev=with_query(path, query, page=min(page - 1, pages)) if page > 1 else None,
    )


def asked(query: dict[str, list[str]], per_page: int) -> tuple[int, int]:
    """Which page of a program's own list, and how many rows on it: `per_page` unless it says so, 200 at most."""
    return whole_number(query, "page", 1, 1, 100_000), whole_number(query, "per_page", per_page, 1, 200)


def envelope(path: str, query: dict[str, list[str]], page: int, per_page: int, total: int) -> dict[str, Any]:
    """What a page of `total` rows says besides the rows (`data`): there is always a first page."""
    pages = max(1, -(-total // per_page))
    return {
        "total": total,
        "page": page,
        "pages": pages,
        "per_page": per_page,
        "links": links(path, query, page, pages),
    }


def refuse_too_deep(too_deep: bool) -> None:
    """Raises Invalid when the page lies past what can be opened."""
    if too_deep:
        raise Invalid(
            fields={"page": Invalid(N_("Only the first 1,000 results can be opened. Narrow your search."))}
        )


def refuse_blank_numbers(query: dict[str, list[str]]) -> None:
    """Raises Invalid for `page=` and `per_page=` without a number: a program that sends them has lost one."""
    blank = [name for name in ("page", "per_page") if query.get(name, ("1",))[-1].strip() == ""]
    if blank:
        raise Invalid(fields={name: Invalid(N_("Enter a whole number.")) for name in blank})
