"""Every page of the app, in the states that are looked at: what pictures are taken of, and what axe reads.

To add one: write a Place. Its steps run after the page was opened; they are small functions over Playwright's Page.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page

from tests.browser import import_files, leaving, linked
from tests.browser.agreed import agreements
from tests.browser.consented import consented, quarantined
from tests.browser.told import webhooks

Step = Callable[[Page], None]


@dataclass(frozen=True)
class Place:
    """One picture: the name of its file, the address, what is done there, and whether somebody is signed in."""

    name: str
    path: str
    steps: tuple[Step, ...] = ()
    stranger: bool = False


def press(key: str) -> Step:
    """Press a key, as Playwright names it."""
    return lambda page: page.keyboard.press(key)


def write(text: str) -> Step:
    """Type a text where the cursor is."""
    return lambda page: page.keyboard.type(text)


def click(name: str, role: str = "button") -> Step:
    """Click the first thing of a role with a name."""

    def step(page: Page) -> None:
        page.get_by_role(role, name=name).first.click()  # type: ignore[arg-type]  # roles are a list of literals.

    return step


def fill(label: str, text: str) -> Step:
    """Write into a field."""
    return lambda page: page.get_by_label(label).first.fill(text)


def see(text: str) -> Step:
    """Wait until a text can be read."""
    return lambda page: page.get_by_text(text).first.wait_for()


def first_row(page: Page) -> None:
    """Open the first row of the page's table."""
    page.locator("tbody tr[data-row]").first.locator("td:visible").last.click()


def first_customer(page: Page) -> None:
    """Open the first customer of the list."""
    page.locator("tbody tr[data-row] a").first.click()
    page.get_by_role("tab", name="Timeline").wait_for()


def check(name: str) -> Step:
    """Tick a box."""
    return lambda page: page.get_by_role("checkbox", name=name).check()


def switch(name: str) -> Step:
    """Press a switch, by the keyboard."""
    return lambda page: page.get_by_role("switch", name=name).press("Space")


def open_reasons(page: Page) -> None:
    """Open why a person may not be written to."""
    page.get_by_role("region", name="May I contact them?").locator("summary").nth(1).click()


def first_held(page: Page) -> None:
    """Open the first consent that waits."""
    page.locator("tbody tr[data-row]").first.locator("td:visible").nth(2).click()


def decide(how: str) -> Step:
    """Decide about those that are selected."""
    return lambda page: page.get_by_role("toolbar").get_by_role("button", name=how).click()


def foretold(page: Page) -> None:
    """Wait for the forecast of what was chosen."""
    page.get_by_role("table", name="Forecast").get_by_text(re.compile(r"^\+[\d,]+$")).first.wait_for()


def open_ledger(page: Page) -> None:
    """Verify the ledger."""
    page.goto("/privacy/ledger")
    page.get_by_role("button", name="Verify the ledger").click()


def upload(name: str, data: bytes) -> Step:
    """Choose a file in the first step of an import."""
    files: list[FilePayload] = [{"name": name, "mimeType": "text/csv", "buffer": data}]
    return lambda page: page.set_input_files("input[type=file]", files=files)


def upload_new_people(page: Page) -> None:
    """Choose a file with people whom no visit before has brought in."""
    upload("people.csv", import_files.new_people().encode())(page)
    page.get_by_role("button", name="Check all rows").wait_for()


def export_all(page: Page) -> None:
    """Export everybody; the run's page follows."""
    page.goto("/customers")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("dialog").get_by_role("button", name="Export", exact=True).click()
    page.get_by_role("link", name="Download", exact=True).wait_for()


def exported(page: Page) -> None:
    """Open the list of exports after one is made."""
    export_all(page)
    page.goto("/exports")


def open_selected(page: Page) -> None:
    """Ask for an export of what is selected."""
    page.get_by_role("toolbar", name="Selected customers").get_by_role("button", name="Export").click()


def menu(line: str) -> tuple[Step, ...]:
    """Choose a line of the page's menu."""
    return click("Page menu"), click(line, "menuitem")


def unfold(text: str) -> Step:
    """Open what stands behind a line."""
    return lambda page: page.locator("summary").filter(has_text=text).first.click()


def back_to(path: str) -> Step:
    """Open another address."""

    def step(page: Page) -> None:
        page.goto(path)

    return step


# The filter of the address: country is any of NL.
NETHERLANDS = "/customers?where=%5B%5B%22addresses.countryCode%22%2C%22in%22%2C%5B%22NL%22%5D%5D%5D"
PLAN = (upload_new_people, click("Check all rows"), see("Nothing has been written so far."))

ALL_ROWS = (check("Select all on this page"),)
ANY_CONSENT = (click("Filter"), write("consent"), press("Enter"), see("Withdrawn"))
CONSENT_CHIPS = (
    "/customers?where=%5B%5B%22consent%22%2C%22is%22%2C%7B%22channel%22%3A%22EMAIL%22%2C%22purpose%22%3A%22MARKETING%22%2C"
    "%22in%22%3A%5B%22GRANTED%22%5D%7D%5D%2C%5B%22doNotSell%22%2C%22is%22%2C%7B%22eq%22%3Afalse%7D%5D%5D"
)
ELSEWHERE = (fill("Address", "http://169.254.169.254/"), click("Add webhook"), see("This host cannot be found"))
ROTATED = (click("Page menu"), click("New secret", "menuitem"), click("Make a new secret"), see("I have copied it"))

PLACES: tuple[Place, ...] = (
    Place("sign-in", "/customers", stranger=True),
    Place(
        "sign-in-refused",
        "/customers",
        (fill("Email", "ada@example.org"), fill("Password", "wrong"), press("Enter")),
        stranger=True,
    ),
    Place("forgotten-password", "/forgotten-password", stranger=True),
    Place("set-password", "/set-password#token=not-a-real-one", stranger=True),
    Place("not-found", "/no-such-page"),
    Place("customers", "/customers"),
    Place("customers-filtered", NETHERLANDS),
    Place("customers-filter", "/customers", (click("Filter"), write("last seen"), press("Enter"))),
    Place("customers-nothing", "/customers?q=nobody+at+all", (see("No customer meets all of this"),)),
    Place("customers-selected", "/customers", (press("j"), press("x"), press("j"), press("x"))),
    Place("customers-trash", "/customers", (press("j"), press("x"), click("Move to trash"), see("to the trash?"))),
    Place("customers-peek", "/customers", (press("j"), press(" "), see("Facts"))),
    Place("customer", "/customers", (first_customer,)),
    Place("customer-details", "/customers", (first_customer, click("Details", "tab"))),
    Place("customer-edit", "/customers", (first_customer, click("Details", "tab"), click("Job title"))),
    Place("customer-history", "/customers", (first_customer, click("History", "tab"))),
    Place("consent", "/customers", (consented,)),
    Place("consent-unknown", "/customers", (first_customer, click("Consent & identifiers", "tab"))),
    Place("consent-why", "/customers", (consented, open_reasons)),
    Place("consent-on", "/customers", (consented, switch("SMS: off"), see("Evidence"))),
    Place("consent-off", "/customers", (consented, switch("Email: on"), see("Turn it off"))),
    Place("consent-history", "/customers", (consented, click("History of Email"), see("Call 1204"))),
    Place("consent-everything", "/customers", (consented, click("Whole history"), see("Call 1204"))),
    Place("consent-change", "/customers", (consented, click("History of Email"), click("Record a change"))),
    Place("customers-consent", CONSENT_CHIPS),
    Place("customers-consent-filter", "/customers", ANY_CONSENT),
    Place("customer-menu", "/customers", (first_customer, click("Page menu"))),
    Place(
        "customer-copy",
        "/customers",
        (first_customer, click("Page menu"), click("Download a copy", "menuitem"), see("Page to read")),
    ),
    Place("customer-erase", "/customers", (leaving.somebody, *menu("Erase…"), see("This cannot be undone"))),
    Place("customer-anonymize", "/customers", (leaving.somebody, *menu("Anonymize…"), see("This cannot be undone"))),
    Place(
        "customer-hold", "/customers", (leaving.somebody, *menu("Put on hold…"), click("Until a day"), see("Last day"))
    ),
    Place("customer-held", "/customers", (leaving.held,)),
    Place("customer-held-erase", "/customers", (leaving.held, *menu("Erase…"), see("cannot be erased"))),
    Place("customer-hold-lift", "/customers", (leaving.held, click("Lift hold"), see("Afterwards"))),
    Place("customer-asked", "/customers", (leaving.asked,)),
    Place("customer-anonymized", "/customers", (leaving.anonymous,)),
    Place("customer-anonymized-details", "/customers", (leaving.anonymous, click("Details", "tab"))),
    Place("customer-retention", "/customers", (leaving.retaining,)),
    Place("customer-erased", "/customers", (leaving.gone,)),
    Place("customers-menu", "/customers", (click("Page menu"), see("Erase all customers"))),
    Place("customers-erase", NETHERLANDS, (*menu("Erase all that match…"), see("as the list is filtered now"))),
    Place("customers-anonymize", NETHERLANDS, (*menu("Anonymize all that match…"), see("as the list is filtered now"))),
    Place("customer-new", "/customers/new"),
    Place("customer-missing", "/customers/cus_000000000000000000000000"),
    Place("palette", "/customers", (press("Control+k"), write("jan"), see("@example"))),
    Place("keys", "/customers", (press("?"),)),
    Place("copy-as-graphql", "/runs", (click("Page menu"), click("Copy as GraphQL", "menuitem"))),
    Place("account-menu", "/runs", (click("Account of"),)),
    Place("imports", "/imports"),
    Place("import-new", "/imports/new"),
    Place("import-paste", "/imports/new", (click("Paste rows instead"),)),
    Place("import-empty", "/imports/new", (upload("empty.csv", b""), see("This file is empty."))),
    Place("import-columns", "/imports/new", (upload_new_people,)),
    Place("import-guess", "/imports/new", (upload("andere.csv", import_files.OTHER.encode("cp1252")), see("A guess"))),
    Place("import-unreadable", "/imports/new", (upload("broken.csv", import_files.BROKEN.encode()), see("Line 3:"))),
    Place("import-plan", "/imports/new", PLAN),
    Place("import-plan-invalid", "/imports/new", (*PLAN, click("Invalid"))),
    Place("import-result", "/imports/new", (*PLAN, click("Create 4, update 1"), see("Download the error file"))),
    Place("import-missing", "/imports/run_000000000000000000000000"),
    Place("exports", "/exports", (exported, see("All customers"))),
    Place("export", "/customers", (click("Export"), see("customers: everybody"))),
    Place("export-filtered", NETHERLANDS, (click("Export"), see("as the list is filtered now"), click("Contact data"))),
    Place(
        "export-selected",
        "/customers",
        (press("j"), press("x"), press("j"), press("x"), open_selected, see("as selected")),
    ),
    Place("export-run", "/customers", (export_all, see("SHA-256"))),
    Place("trash", "/trash"),
    Place("runs", "/runs"),
    Place("runs-none-failed", "/runs?show=failed"),
    Place("run", "/runs", (first_row,)),
    Place("run-missing", "/runs/run_000000000000000000000000"),
    Place("run-planned", "/runs", (leaving.planned,)),
    Place("run-apply", "/runs", (leaving.planned, click("Anonymize 3 customers"), see("to confirm"))),
    Place("run-erased", "/runs", (leaving.certified, see("How to check the certificate"))),
    Place(
        "run-erased-check",
        "/runs",
        (leaving.certified, unfold("How to check the certificate"), unfold("more collections")),
    ),
    Place("requests", "/privacy/erasure", (leaving.gone, back_to("/privacy/erasure"), see("Erasure"))),
    Place("retention", "/privacy/erasure", (leaving.retained,)),
    Place("retention-stay", "/privacy/erasure", (leaving.retained, click("Who stays"), see("Meets the exemption"))),
    Place("retention-begin", "/privacy/erasure", (leaving.retained, switch("is on"), see("The first run is on"))),
    Place(
        "retention-edit", "/privacy/erasure", (leaving.retained, click("Edit"), see("Whoever meets all of this stays"))
    ),
    Place(
        "retention-new", "/privacy/erasure?tab=retention", (click("New policy"), see("Whoever meets all of this stays"))
    ),
    Place("retention-delete", "/privacy/erasure", (leaving.retained, click("Delete"), see("Nobody goes by it"))),
    Place("suppressed-none", "/privacy/erasure?tab=suppressed"),
    Place("suppressed", "/privacy/erasure", (leaving.suppressed,)),
    Place("suppressed-lift", "/privacy/erasure", (leaving.suppressed, click("Lift…"), see("bring it in again"))),
    Place("users", "/settings/users"),
    Place("user-new", "/settings/users", (click("New user"),)),
    Place("roles", "/settings/roles"),
    Place("role-new", "/settings/roles", (click("New role"),)),
    Place("api-keys", "/settings/keys"),
    Place("api-key-new", "/settings/keys", (click("New key"),)),
    Place("partners", "/settings/partners"),
    Place("partner-new", "/settings/partners", (click("New partner key"),)),
    Place("reachability", "/settings/reachability"),
    Place(
        "reachability-forecast",
        "/settings/reachability",
        (check("Sharing: who was never asked is reachable"), foretold),
    ),
    Place("review-none", "/privacy/review?status=rejected"),
    Place("review", "/customers", (quarantined,)),
    Place("review-open", "/customers", (quarantined, first_held, see("Came in"))),
    Place("review-selected", "/customers", (quarantined, *ALL_ROWS)),
    Place("review-accept", "/customers", (quarantined, *ALL_ROWS, decide("Accept"), see("Source and proof"))),
    Place("review-reject", "/customers", (quarantined, *ALL_ROWS, decide("Reject"), see("They stay as they are"))),
    Place("ledger", "/privacy/ledger"),
    Place("ledger-verified", "/privacy/ledger", (consented, open_ledger, see("All is as it was written"))),
    Place("purposes", "/settings/purposes"),
    Place("purpose-edit", "/settings/purposes", (first_row,)),
    Place("purpose-new", "/settings/purposes", (click("New purpose"),)),
    Place("lists-none", "/settings/lists"),
    Place("list-new", "/settings/lists", (click("New list"), fill("Name", "Weekly newsletter"))),
    Place("terms-none", "/settings/terms"),
    Place("term-new", "/settings/terms", (click("New term"), fill("Name", "Newsletter sign-up"))),
    Place("lists", "/settings/lists", (agreements,)),
    Place("list-edit", "/settings/lists", (agreements, first_row)),
    Place("list-archive", "/settings/lists", (agreements, first_row, click("Archive"), see("Nobody can subscribe"))),
    Place("terms", "/settings/terms", (agreements,)),
    Place("term", "/settings/terms/newsletter", (agreements,)),
    Place("term-old-version", "/settings/terms/newsletter?version=1", (agreements, see("Replaced"))),
    Place("term-version-new", "/settings/terms/newsletter", (agreements, click("New version"))),
    Place("term-edit", "/settings/terms/newsletter", (agreements, click("Edit"))),
    Place("term-missing", "/settings/terms/no-such-term"),
    Place("webhooks", "/settings/webhooks", (webhooks,)),
    Place("webhook-new", "/settings/webhooks", (webhooks, click("New webhook"))),
    Place("webhook-refused", "/settings/webhooks", (webhooks, click("New webhook"), *ELSEWHERE)),
    Place("webhook", "/settings/webhooks", (webhooks, first_row, see("Happened"))),
    Place("webhook-dead", "/settings/webhooks", (webhooks, first_row, click("Given up"))),
    Place("webhook-menu", "/settings/webhooks", (webhooks, first_row, click("Page menu"))),
    Place(
        "webhook-rotate",
        "/settings/webhooks",
        (webhooks, first_row, click("Page menu"), click("New secret", "menuitem")),
    ),
    Place("webhook-secret", "/settings/webhooks", (webhooks, first_row, *ROTATED)),
    Place(
        "webhook-delete", "/settings/webhooks", (webhooks, first_row, click("Page menu"), click("Delete", "menuitem"))
    ),
    Place("webhook-missing", "/settings/webhooks/whk_000000000000000000000000"),
    Place("unsubscribe", "/runs", (linked.unsubscribe,)),
    Place("unsubscribed", "/runs", (linked.unsubscribe, click("Unsubscribe"), see("You will get no more"))),
    Place("confirm", "/runs", (linked.confirm,)),
    Place("confirmed", "/runs", (linked.confirm, click("Confirm"), see("Thank you."))),
    Place("outbox", "/outbox"),
    Place("explorer", "/explorer"),
)
