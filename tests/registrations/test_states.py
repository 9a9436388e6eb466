"""The arrows of registrations, each written by hand: what is not here must be refused."""

import pytest

from kervan.errors import Conflict
from kervan.registrations import states
from kervan.registrations.states import ACTIONS, NAMES, PLACES, TONES, Side
from kervan.registrations.tables import RegistrationState as S

FIRM, ORGANISER, SYSTEM = Side.FIRM, Side.ORGANISER, Side.SYSTEM

ARROWS = {
    ("apply", None, FIRM): S.APPLIED,
    ("apply", S.CANCELLED, FIRM): S.APPLIED,
    ("register", None, FIRM): S.CONFIRMED,
    ("register", S.CANCELLED, FIRM): S.CONFIRMED,
    ("queue", None, FIRM): S.WAITLISTED,
    ("queue", S.CANCELLED, FIRM): S.WAITLISTED,
    ("confirm", S.APPLIED, ORGANISER): S.CONFIRMED,
    ("hold", S.APPLIED, ORGANISER): S.WAITLISTED,
    ("reject", S.APPLIED, ORGANISER): S.REJECTED,
    ("reopen", S.REJECTED, ORGANISER): S.APPLIED,
    ("offer", S.WAITLISTED, SYSTEM): S.OFFERED,
    ("promote", S.WAITLISTED, SYSTEM): S.CONFIRMED,
    ("accept", S.OFFERED, FIRM): S.CONFIRMED,
    ("decline", S.OFFERED, FIRM): S.CANCELLED,
    ("lapse", S.OFFERED, SYSTEM): S.CANCELLED,
    ("cancel", S.APPLIED, FIRM): S.CANCELLED,
    ("cancel", S.WAITLISTED, FIRM): S.CANCELLED,
    ("cancel", S.OFFERED, FIRM): S.CANCELLED,
    ("cancel", S.CONFIRMED, FIRM): S.CANCELLED,
    ("cancel", S.APPLIED, SYSTEM): S.CANCELLED,
    ("cancel", S.WAITLISTED, SYSTEM): S.CANCELLED,
    ("cancel", S.OFFERED, SYSTEM): S.CANCELLED,
    ("cancel", S.CONFIRMED, SYSTEM): S.CANCELLED,
    ("remove", S.APPLIED, ORGANISER): S.CANCELLED,
    ("remove", S.WAITLISTED, ORGANISER): S.CANCELLED,
    ("remove", S.OFFERED, ORGANISER): S.CANCELLED,
    ("remove", S.CONFIRMED, ORGANISER): S.CANCELLED,
    ("call-off", S.APPLIED, SYSTEM): S.CANCELLED,
    ("call-off", S.WAITLISTED, SYSTEM): S.CANCELLED,
    ("call-off", S.OFFERED, SYSTEM): S.CANCELLED,
    ("call-off", S.CONFIRMED, SYSTEM): S.CANCELLED,
    ("attend", S.CONFIRMED, ORGANISER): S.ATTENDED,
    ("attend", S.NO_SHOW, ORGANISER): S.ATTENDED,
    ("miss", S.CONFIRMED, ORGANISER): S.NO_SHOW,
    ("miss", S.ATTENDED, ORGANISER): S.NO_SHOW,
    ("miss", S.CONFIRMED, SYSTEM): S.NO_SHOW,
    ("miss", S.ATTENDED, SYSTEM): S.NO_SHOW,
}


def test_every_arrow_leads_where_it_should_and_there_are_no_others() -> None:
    for action in ACTIONS:
        for state in (None, *S):
            for side in Side:
                wanted = ARROWS.get((action, state, side))
                if wanted is None:
                    assert not states.may(action, state, side), (action, state, side)
                    with pytest.raises(Conflict):
                        states.check(action, state, side)
                else:
                    assert states.check(action, state, side) == wanted, (action, state, side)
    assert {action for action, _, _ in ARROWS} == set(ACTIONS)


def test_only_what_somebody_must_read_needs_a_reason() -> None:
    assert {action for action, arrow in ACTIONS.items() if arrow.reason} == {"reject", "remove"}


def test_every_state_has_a_word_and_a_tone() -> None:
    assert set(NAMES) == set(TONES) == set(S)


def test_whoever_came_keeps_the_place_and_whoever_waits_has_none() -> None:
    assert {S.CONFIRMED, S.OFFERED, S.ATTENDED, S.NO_SHOW} == PLACES
