"""Where somebody stands: the fold against the rules told as a story, on 10,000 random histories."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from bson import ObjectId

from api.consent import fold
from api.consent.fold import Matter, Said
from api.consent.model import REFUSALS, AppliedAs, ConsentBasis, ConsentSource, ConsentState
from tests.consent.naive import START, random_history, state_of

pytestmark = pytest.mark.unit


def said(state: str, hours: int, basis: str = "EXPLICIT", source: str = "PARTNER") -> Said:
    return Said(
        ObjectId(), ConsentState(state), ConsentBasis(basis), ConsentSource(source), START + timedelta(hours=hours)
    )


def taken(*history: Said) -> tuple[Matter, list[AppliedAs]]:
    matter, answers = Matter(), []
    for one in history:
        matter, answer = matter.take(one)
        answers.append(answer)
    return matter, answers


def test_ten_thousand_histories_come_to_what_the_rules_say_in_any_order() -> None:
    random = Random(4)
    for _ in range(10_000):
        history = random_history(random)
        expected = state_of(history)
        for _ in range(3):
            matter, answers = taken(*history)
            assert matter.state == expected
            # Each answer holds at its moment: what is blocked or superseded left the state as it was.
            before = Matter()
            for one, answer in zip(history, answers, strict=True):
                after, _ = before.take(one)
                assert (after.current != before.current) == (answer is AppliedAs.CURRENT)
                if answer is AppliedAs.BLOCKED:
                    assert before.state in REFUSALS
                    assert one.state not in REFUSALS
                before = after
            random.shuffle(history)


def test_a_refusal_is_lifted_only_by_a_later_explicit_personal_grant() -> None:
    for refusal in ("WITHDRAWN", "DENIED"):
        no = said(refusal, 5)
        for source in ConsentSource:
            for basis in ConsentBasis:
                for hours in (4, 5, 6):
                    matter, _ = taken(no, said("GRANTED", hours, basis, source))
                    lifted = (
                        hours == 6
                        and basis in {"EXPLICIT", "DOUBLE_OPT_IN"}
                        and source in {"FORM", "PARTNER", "CONFIRM", "ADMIN"}
                    )
                    assert matter.state == ("GRANTED" if lifted else refusal), (source, basis, hours)


@pytest.mark.parametrize(
    ("history", "state", "answers"),
    [
        ([said("GRANTED", 1)], "GRANTED", ["CURRENT"]),
        ([said("GRANTED", 2), said("WITHDRAWN", 1)], "GRANTED", ["CURRENT", "SUPERSEDED"]),
        ([said("GRANTED", 2, "IMPLICIT"), said("WITHDRAWN", 1)], "WITHDRAWN", ["CURRENT", "CURRENT"]),
        ([said("WITHDRAWN", 1), said("GRANTED", 2, source="IMPORT")], "WITHDRAWN", ["CURRENT", "BLOCKED"]),
        ([said("WITHDRAWN", 1), said("PENDING", 2)], "WITHDRAWN", ["CURRENT", "BLOCKED"]),
        ([said("WITHDRAWN", 1), said("EXPIRED", 2)], "WITHDRAWN", ["CURRENT", "NO_CHANGE"]),
        ([said("WITHDRAWN", 1), said("GRANTED", 1)], "WITHDRAWN", ["CURRENT", "SUPERSEDED"]),
        ([said("GRANTED", 1), said("WITHDRAWN", 1)], "WITHDRAWN", ["CURRENT", "CURRENT"]),
        ([said("WITHDRAWN", 1), said("WITHDRAWN", 1)], "WITHDRAWN", ["CURRENT", "NO_CHANGE"]),
        ([said("WITHDRAWN", 1), said("GRANTED", 3, "IMPLICIT"), said("GRANTED", 2)], "GRANTED", ["CURRENT", "BLOCKED", "CURRENT"]),
        ([said("GRANTED", 1), said("EXPIRED", 2), said("GRANTED", 3)], "GRANTED", ["CURRENT"] * 3),
    ],
)  # fmt: skip
def test_what_each_entry_did(history: list[Said], state: str, answers: list[str]) -> None:
    matter, found = taken(*history)
    assert (matter.state, found) == (state, answers)


def test_the_stored_form_says_the_same() -> None:
    random = Random(5)
    for _ in range(200):
        matters = {f"EMAIL/P{number}": taken(*random_history(random))[0] for number in range(random.randrange(4))}
        assert fold.read({"matters": fold.write(matters)}) == matters
