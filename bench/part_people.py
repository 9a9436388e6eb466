"""(g) People: sign-ins per second, what a session costs on a page, and the way from registration to a first listing."""

from collections.abc import Callable

import first_listing
import processes
from table import Aim, Row, Times, number, pair

_SIGN_INS = 200
_AT_ONCE = 50
_HELD = 20.0


def run(env: dict[str, str], skipped: list[str], say: Callable[[str], None]) -> tuple[list[Row], list[Aim]]:
    """The lines of the table and the one aim: the event loop is never held longer than 20 ms."""
    say(f"signing in, {_AT_ONCE} at a time")
    signed = processes.step("sign_ins", env, _SIGN_INS, _AT_ONCE)
    say("what a session costs")
    cost = processes.step("session_cost", env)
    times = Times(ms=signed["ms"], rates=[signed["rate"]])
    held, quiet = signed["held_ms"], signed["quiet_ms"]
    extra = cost["page_with"] - cost["page_without"]
    rows = [
        Row(
            "(g) sign-in, 50 at once",
            "Kervan, the whole form",
            many=pair(times),
            rate=number(signed["rate"]),
            value=f"loop held {held['p99']:.1f} ms p99, {held['most']:.1f} ms at most",
            note=f"the clients run in the same process; idle: {quiet['most']:.1f} ms at most",
        ),
        Row(
            "(g) sign-in, 50 at once",
            "argon2id alone, same threads",
            rate=number(signed["argon2_rate"]),
            ratio=f"{number(signed['rate'] / signed['argon2_rate'])} x the rate",
        ),
        Row(
            "(g) session on a page",
            "Kervan, signed in",
            value=f"+{number(extra)} us, {cost['queries_with']:g} queries",
            note=f"finding it {number(cost['find'])} us, asking for a right {number(cost['member'])} us",
        ),
        Row(
            "(g) session on a page",
            "the same page, a visitor",
            value=f"{number(cost['page_without'])} us, {cost['queries_without']:g} queries",
            ratio=f"{number(cost['page_with'] / cost['page_without'])} x the time",
        ),
        Row(
            "(g) session on a page",
            "PostgreSQL, SELECT 1",
            value=f"{number(cost['ping'])} us",
            ratio=f"{number(cost['find'] / cost['ping'])} x the time",
            note="what any question to the database costs at least",
        ),
    ]
    rows += _first_listing(skipped, say)
    return rows, [
        Aim(
            "(g) event loop held while 50 sign in",
            "<= 20 ms",
            f"{held['most']:.1f} ms",
            held["most"] <= _HELD,
        )
    ]


def _first_listing(skipped: list[str], say: Callable[[str], None]) -> list[Row]:
    """From the home page to a product that a visitor finds; what the reviewer does in between is left out."""
    if reason := first_listing.missing():
        skipped.append(reason)
        return []
    say("an exporter registers and lists a first product")
    took = first_listing.run()
    waited = took.waited + took.mails
    return [
        Row(
            "(g) registration to first listing",
            "Kervan, a scripted browser",
            value=f"{took.screens} screens, {waited:.1f} s of waiting, {took.seconds:.1f} s with typing",
            note=f"{took.typed} letters typed without a pause, the mail took {took.mails:.1f} s, review left out; "
            f"found by a visitor {took.found:.1f} s after publishing",
        )
    ]
