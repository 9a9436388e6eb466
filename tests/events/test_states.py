"""States and phases of events: the arrows written by hand, the clock in Python as in SQL."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kervan.db import fetchval
from kervan.errors import Conflict
from kervan.events import phases, states
from kervan.events.tables import EventState

# domain 4.6 and circular 2020/6, written out by hand: (step, from, the Ministry must approve) -> to.
ARROWS = {
    ("submit", "DRAFT", True): "SUBMITTED",
    ("submit", "RETURNED", True): "SUBMITTED",
    ("take-back", "SUBMITTED", True): "DRAFT",
    ("take-back", "SUBMITTED", False): "DRAFT",
    ("approve", "SUBMITTED", True): "APPROVED",
    ("approve", "SUBMITTED", False): "APPROVED",
    ("return", "SUBMITTED", True): "RETURNED",
    ("return", "SUBMITTED", False): "RETURNED",
    ("publish", "APPROVED", True): "PUBLISHED",
    ("publish", "APPROVED", False): "PUBLISHED",
    ("publish", "DRAFT", False): "PUBLISHED",
    ("publish", "RETURNED", False): "PUBLISHED",
    ("cancel", "APPROVED", True): "CANCELLED",
    ("cancel", "APPROVED", False): "CANCELLED",
    ("cancel", "PUBLISHED", True): "CANCELLED",
    ("cancel", "PUBLISHED", False): "CANCELLED",
}


@pytest.mark.parametrize("action", states.ACTIONS)
@pytest.mark.parametrize("state", list(EventState))
@pytest.mark.parametrize("approval", [True, False])
def test_an_event_moves_along_these_arrows_only(action: str, state: str, approval: bool) -> None:
    wanted = ARROWS.get((action, str(state), approval))
    if wanted is None:
        with pytest.raises(Conflict):
            states.check(action, state, approval=approval)
    else:
        assert states.check(action, state, approval=approval) == wanted


@pytest.mark.parametrize(
    ("kind", "organiser", "needed"),
    [
        ("TRADE_MISSION", "ASSOCIATION", True),
        ("BUYING_MISSION", "ASSOCIATION", True),
        ("VIRTUAL_MISSION", "ASSOCIATION", True),
        ("FAIR", "ASSOCIATION", False),
        ("TRAINING", "ASSOCIATION", False),
        ("BUYING_MISSION", "POST", False),
        ("VIRTUAL_MISSION", "MINISTRY", False),
        ("TRADE_MISSION", "EXTERNAL", True),
        ("FAIR", "EXTERNAL", False),
    ],
)
def test_an_associations_missions_need_the_ministrys_leave(kind: str, organiser: str, needed: bool) -> None:
    assert states.needs_approval(kind, organiser) is needed


START = datetime(2027, 3, 10, 7, tzinfo=UTC)


END = START + timedelta(days=2)


moments = st.integers(-400, 400).map(lambda hours: START + timedelta(hours=hours))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(start=moments, end=moments, opens=st.none() | moments, closes=st.none() | moments, now=moments)
async def test_phases_are_the_same_in_python_and_sql(
    client: object,
    start: datetime,
    end: datetime,
    opens: datetime | None,
    closes: datetime | None,
    now: datetime,
) -> None:
    sql = phases.PHASE.replace("now()", "$1::timestamptz")
    for registration in ("NONE", "PLATFORM"):
        found = await fetchval(
            f"SELECT {sql} FROM (SELECT 'PUBLISHED' AS state, $2::timestamptz AS starts_at, $3::timestamptz AS ends_at,"
            " $4::text AS registration, $5::timestamptz AS registration_opens_at,"
            " $6::timestamptz AS registration_closes_at) e",
            now, start, end, registration, opens, closes,
        )  # fmt: skip
        assert found == phases.phase("PUBLISHED", start, end, registration, opens, closes, now)


def test_one_can_register_until_the_beginning_unless_the_window_says_otherwise() -> None:
    def is_open(now: datetime, opens: datetime | None = None, closes: datetime | None = None) -> bool:
        return phases.is_open("PUBLISHED", START, END, "PLATFORM", opens, closes, now)

    assert is_open(START - timedelta(days=1))
    assert not is_open(START)
    assert is_open(START + timedelta(hours=1), closes=END)
    assert not is_open(END, closes=END)
    assert not is_open(START - timedelta(days=1), opens=START - timedelta(hours=1))
    assert not phases.is_open("CANCELLED", START, END, "PLATFORM", None, None, START - timedelta(days=1))


def test_every_state_and_phase_has_a_name_and_a_tone() -> None:
    known = {
        *(state.value for state in EventState),
        phases.REG_OPEN,
        phases.REG_CLOSED,
        phases.LIVE,
        phases.DONE,
    }
    assert known == states.NAMES.keys() == states.TONES.keys()
