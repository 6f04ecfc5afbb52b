"""People who are kept, who are to go and who went, put there for the pages that show it; each visit has people of its own."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from playwright.sync_api import Page

from tests.browser.asking import ask, people

HOLD = "mutation ($id: ID!, $input: CustomerHoldInput!) { customerHold(id: $id, input: $input) { applied errors { message } } }"
ERASE = "mutation ($id: ID!, $input: CustomerEraseInput!) { customerErase(id: $id, input: $input) { run { id } errors { message } } }"
ANONYMIZE = (
    "mutation ($id: ID!, $input: CustomerAnonymizeInput!) { customerAnonymize(id: $id, input: $input) "
    "{ run { id } errors { message } } }"
)
PLAN = "mutation ($input: PrivacyPlanInput!) { privacyPlan(input: $input) { run { id } errors { message } } }"
POLICIES = "{ retentionPolicies { id name version enabled } }"
POLICY = "mutation ($input: RetentionPolicyCreateInput!) { retentionPolicyCreate(input: $input) { policy { id } errors { message } } }"
SWITCH = (
    "mutation ($id: ID!, $input: RetentionPolicyUpdateInput!) { retentionPolicyUpdate(id: $id, input: $input) "
    "{ policy { version } errors { message } } }"
)
ANONYMOUS = "{ customers(first: 1, where: { anonymizedAt: { isSet: true } }) { nodes { id } } }"
QUIET = "Not seen for six weeks"
_names = itertools.cycle((("Noor", "Willems"), ("Anselm", "Vogt"), ("Marisol", "Ibáñez"), ("Tadhg", "Ó Briain")))


def a_person(**more: Any) -> dict[str, Any]:
    """Return what somebody new is created with."""
    given, family = next(_names)
    mark = uuid.uuid4().hex[:8]
    return {
        "givenName": given, "familyName": family, "jobTitle": "Librarian", "locale": "nl-NL",
        "emails": {"add": [{"address": f"{mark}@leaving.example"}]},
        "phones": {"add": [{"number": f"+3161{int(mark, 16) % 10_000_000:07}"}]},
        "addresses": {"add": [{"street": "Oudegracht", "houseNumber": "12", "city": "Utrecht", "countryCode": "NL"}]},
        **more,
    }  # fmt: skip


def somebody(page: Page) -> None:
    """Open the profile of somebody new."""
    (who,) = people(page, a_person())
    _open(page, who)


def held(page: Page) -> None:
    """Open the profile of somebody on hold."""
    (who,) = people(page, a_person())
    _sent(ask(page, HOLD, id=who, input={"reason": "Law suit 12/2026", "until": "2031-02-03T00:00:00Z"}))
    _open(page, who)
    page.get_by_text("On hold until").wait_for()


def asked(page: Page) -> None:
    """Open the profile of somebody who is erased in a week."""
    (who,) = people(page, a_person())
    _sent(ask(page, ERASE, id=who, input={"graceDays": 7, "reason": "Asked for by letter"}))
    _open(page, who)
    page.get_by_text("Will be erased on").wait_for()


def anonymous(page: Page) -> None:
    """Open the profile that is left of somebody who was anonymized."""
    found = ask(page, ANONYMOUS)["customers"]["nodes"]
    if not found:
        (who,) = people(page, a_person())
        _done(page, _sent(ask(page, ANONYMIZE, id=who, input={"reason": "Not seen for years"}))["run"]["id"])
        found = ask(page, ANONYMOUS)["customers"]["nodes"]
    _open(page, found[0]["id"])
    page.get_by_text("Anonymized on").first.wait_for()


def gone(page: Page) -> None:
    """Open the address that a profile had before it was erased."""
    who, _ = _erased(page)
    page.goto(f"/customers/{who}")
    page.get_by_text("This customer was erased on").wait_for()


def planned(page: Page) -> None:
    """Open a plan that waits for somebody's word."""
    whom = people(page, a_person(), a_person(jobTitle=None), a_person(tags={"add": ["vip"]}), a_person())
    _sent(ask(page, HOLD, id=whom[3], input={"reason": "Law suit 12/2026"}))
    sent = {"act": "ANONYMIZE", "ids": whom, "reason": "Closed accounts", "suppress": True}
    run = _sent(ask(page, PLAN, input=sent))["run"]["id"]
    page.goto(f"/runs/{run}")
    page.get_by_role("button", name="Anonymize 3 customers").wait_for()


def certified(page: Page) -> None:
    """Open an erasure with its certificate."""
    _, run = _erased(page)
    page.goto(f"/runs/{run}")
    page.get_by_text("nothing of them was found").wait_for()


def retained(page: Page) -> None:
    """Open the retention policies, with one that takes everybody in some weeks, but for those with a tag."""
    policy = _policy(page)
    page.goto(f"/privacy/erasure?tab=retention&policy={policy['id']}")
    page.get_by_role("table", name="Forecast").locator("tbody tr[data-row]").first.wait_for()


def retaining(page: Page) -> None:
    """Switch that policy on, as long as it takes to look at somebody whom it is about."""
    policy = _policy(page)
    (who,) = people(page, a_person())
    if not policy["enabled"]:
        _sent(ask(page, SWITCH, id=policy["id"], input={"expectedVersion": policy["version"], "enabled": True}))
    _open(page, who)
    page.get_by_text("by the policy").wait_for()
    policy = _policy(page)
    _sent(ask(page, SWITCH, id=policy["id"], input={"expectedVersion": policy["version"], "enabled": False}))


def suppressed(page: Page) -> None:
    """Look up the address of somebody who was erased."""
    person = a_person()
    (who,) = people(page, person)
    _done(page, _sent(ask(page, ERASE, id=who, input={}))["run"]["id"])
    page.goto("/privacy/erasure?tab=suppressed")
    page.get_by_role("textbox", name="Address").fill(person["emails"]["add"][0]["address"])
    page.keyboard.press("Enter")
    page.get_by_text("Suppressed since").wait_for()


def _policy(page: Page) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        return [one for one in ask(page, POLICIES)["retentionPolicies"] if one["name"] == QUIET]

    if not found():
        sent = {
            "name": QUIET,
            "act": "ANONYMIZE",
            "ageOf": "LAST_SEEN",
            "days": 45,
            "except": {"tags": {"hasAny": ["vip"]}},
        }
        _sent(ask(page, POLICY, input=sent))
    return found()[0]


def _erased(page: Page) -> tuple[str, str]:
    (who,) = people(page, a_person())
    run: str = _sent(ask(page, ERASE, id=who, input={"reason": "Asked for by letter"}))["run"]["id"]
    _done(page, run)
    return who, run


def _sent(data: dict[str, Any]) -> dict[str, Any]:
    (payload,) = data.values()
    assert payload["errors"] == [], payload
    found: dict[str, Any] = payload
    return found


def _done(page: Page, run: str) -> None:
    page.goto(f"/runs/{run}")
    page.get_by_text("Done", exact=True).wait_for(timeout=60_000)


def _open(page: Page, customer: str) -> None:
    page.goto(f"/customers/{customer}")
    page.get_by_role("tab", name="Timeline").wait_for()
