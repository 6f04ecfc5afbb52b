"""How each type that can hold something personal is reached through the API; what there is to reach stands in filled.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Words = dict[str, str]
"""Names in a way ("$customer") -> GraphQL literals."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a type is reached: one inside the other, from a root field on; the first of a list is taken."""

    steps: tuple[str, ...]
    kind: str = "query"
    varies: bool = False
    """Whether each caller is told something else, so that only null counts as masked."""

    def document(self, fields: str, words: Words) -> str:
        """Return the document that asks for fields at the end of the way."""
        text = " { ".join((self.kind, *self.steps, fields)) + " }" * (len(self.steps) + 1)
        for name in sorted(words, key=len, reverse=True):
            text = text.replace(f"${name}", words[name])
        return text

    @property
    def names(self) -> tuple[str, ...]:
        """The path of the answer, inline fragments left out."""
        return tuple(one.partition("(")[0] for one in self.steps if not one.startswith("..."))


def way(*steps: str, **more: Any) -> Way:
    """Declare a way."""
    return Way(steps, **more)


_CUSTOMER = "customer(id: $customer)"
_IDENTIFIER = (_CUSTOMER, "identifiers")
_ENTRY = "consentEntry(id: $entry)"
_REACHED = 'identifiers: [{email: "bea@planted.example"}], channel: EMAIL, purpose: "MARKETING"'
_SAID = (
    'identifier: {email: "carl@planted.example"}, channel: EMAIL, purpose: "MARKETING", state: PENDING, '
    'reason: "Asked", evidence: {note: "By phone"}'
)
_CHANGED = 'input: {dryRun: true, expectedVersion: 1, givenName: "Other"}'
_UPDATE = f"customerUpdate(id: $customer, {_CHANGED})"
_UPSERT = "customersUpsert(input: {dryRun: true, items: [{id: $customer, set: {familyName: $family}}]})"
_TIMELINE = (_CUSTOMER, "timeline(first: 1)", "nodes")
_RUN = "run(id: $run)"
_PREVIEW = "importPreview(fileId: $file)"
_ROWS = "runRows(id: $run, planned: [%s])"

WAYS: dict[str, Way] = {
    "Customer": way(_CUSTOMER),
    "CustomerEdge": way("customers(first: 10)", "edges", varies=True),
    "CustomerConnection": way("customers(first: 1)"),
    "CustomerHold": way(_CUSTOMER, "hold"),
    "Email": way(_CUSTOMER, "emails"),
    "Phone": way(_CUSTOMER, "phones"),
    "Address": way(_CUSTOMER, "addresses"),
    "BankAccount": way(_CUSTOMER, "bankAccounts"),
    "BankAccount unmasked": way(_CUSTOMER, "bankAccounts(unmasked: true)"),
    "SocialAccount": way(_CUSTOMER, "socialAccounts"),
    "PushToken": way(_CUSTOMER, "pushTokens"),
    "CustomerIdentifier": way(*_IDENTIFIER),
    "ConsentStanding": way(*_IDENTIFIER, "standings"),
    "ConsentEntry": way(_ENTRY),
    "ConsentEvidence": way(_ENTRY, "evidence"),
    "ConsentReceipt": way(_ENTRY, "receipt"),
    "ConsentRecordPayload": way(f"consentRecord(input: {{{_SAID}}})", kind="mutation", varies=True),
    "ConsentsRecordPayload": way(f"consentsRecord(input: {{items: [{{{_SAID}}}]}})", kind="mutation", varies=True),
    "ConsentResult": way(f"consentsRecord(input: {{items: [{{{_SAID}}}]}})", "results", kind="mutation", varies=True),
    "Contactability": way(
        'contactability(input: {identifier: {email: "bea@planted.example"}, channel: EMAIL, purpose: "MARKETING"})'
    ),
    "ContactabilityReason": way(f"contactabilities(input: {{{_REACHED}}})", "contactability", "reasons"),
    "ContactabilityResult": way(f"contactabilities(input: {{{_REACHED}}})"),
    "Change": way(*_TIMELINE, "change"),
    "PathChange": way(*_TIMELINE, "change", "paths"),
    "TimelineEntry": way(*_TIMELINE),
    "FieldChange": way(_CUSTOMER, 'fieldHistory(path: "given_name")', "nodes"),
    "FieldConflict": way(_UPDATE, "conflicts", kind="mutation"),
    "AccessEntry": way(_CUSTOMER, "accessLog", "nodes", varies=True),
    "CustomerCreatePayload": way(
        'customerCreate(input: {dryRun: true, givenName: "New"})', kind="mutation", varies=True
    ),
    "CustomerUpdatePayload": way(
        'customerUpdate(id: $customer, input: {dryRun: true, givenName: "Other"})', kind="mutation", varies=True
    ),
    "CustomersUpsertPayload": way(_UPSERT, kind="mutation", varies=True),
    "CustomerUpsertResult": way(_UPSERT, "results", kind="mutation", varies=True),
    "Actor": way(_CUSTOMER, "updatedBy"),
    "Viewer": way("viewer", varies=True),
    "User": way("node(id: $user)", "... on User"),
    "ApiKey": way("node(id: $key)", "... on ApiKey"),
    "OutboxMail": way("outbox", "nodes"),
    "File": way("node(id: $file)", "... on File"),
    "File exported": way("node(id: $exported)", "... on File"),
    "Run": way(_RUN),
    "ExportDetails": way("run(id: $export)", "export"),
    "PrivacyDetails": way("run(id: $privacy)", "privacy"),
    "RunRef": way("customer(id: $imported)", "timeline(first: 1)", "nodes", "change", "run"),
    "ImportDetails": way(_RUN, "import"),
    "ImportProblem": way(_RUN, "import", "problems"),
    "ImportColumn": way(_PREVIEW, "columns"),
    "ImportPreview": way(_PREVIEW),
    "ImportRow": way(_ROWS % "CREATE", "nodes"),
    "ImportConsents": way(_RUN, "import", "consents"),
    "ImportRowConsent": way(_ROWS % "CREATE", "nodes", "consents"),
    "QuarantinedConsent": way("consentQuarantine", "nodes"),
    "ImportIssue": way(_ROWS % "INVALID", "nodes", "issues"),
    "TermVersion": way("terms", "versions"),
    "Webhook": way("webhooks"),
    "WebhookDelivery": way("webhookDeliveries", "nodes"),
    "RetentionPolicy": way("retentionPolicies"),
    "RetentionForecastConnection": way("retentionForecast(policy: $policy)"),
    "RetentionForecastEntry": way("retentionForecast(policy: $policy)", "nodes"),
    "CustomerRetention": way(_CUSTOMER, "retention"),
}
"""Type (and how it is asked, when that matters) -> the way to one that is filled."""

QUESTIONS: dict[str, Way] = {
    "Query.customers(search:)": way('customers(first: 1, search: "anna")', "nodes"),
    "Query.customers(where: emails)": way(
        'customers(first: 1, where: {emails: {any: {address: {eq: "anna@planted.example"}}}})', "nodes"
    ),
    "Query.customers(where: bankAccounts)": way(
        "customers(first: 1, where: {bankAccounts: {isSet: true}})", "nodes"
    ),
    "Query.customers(where: consent)": way(
        'customers(first: 1, where: {consent: {channel: EMAIL, purpose: "MARKETING", in: [GRANTED]}})', "nodes"
    ),
    "Query.node(Customer)": way("node(id: $customer)"),
    "Query.node(Run)": way("node(id: $run)"),
    "Query.node(File)": way("node(id: $file)"),
    "Query.node(File exported)": way("node(id: $exported)"),
    "Query.node(User)": way("node(id: $user)"),
    "Query.node(ApiKey)": way("node(id: $key)"),
    "Query.node(Role)": way("node(id: $role)"),
    "Mutation.exportStart(bank accounts)": way(
        'exportStart(input: {dryRun: true, columns: ["bank_accounts.iban"]})', "count", kind="mutation"
    ),
    "Mutation.runCancel(export)": way("runCancel(id: $export, input: {dryRun: true})", "errors", kind="mutation"),
    "Mutation.runCancel(import)": way("runCancel(id: $run, input: {dryRun: true})", "errors", kind="mutation"),
    "Mutation.consentRecord(customerId:)": way(
        'consentRecord(input: {identifier: {customerId: $customer}, channel: POST, purpose: "MARKETING", '
        'state: GRANTED, reason: "Asked", evidence: {note: "By phone"}, dryRun: true})', "appliedAs", kind="mutation"
    ),
}  # fmt: skip
"""Questions that find somebody, which a root field's own line does not show."""

ARGUMENTS = {"Customer.fieldHistory": '(path: "given_name")'}

PLAIN: dict[str, str] = {
    "a page around rows that have lines of their own": (
        "PageInfo AccessEntryConnection ConsentEntryConnection FieldChangeConnection ImportRowConnection "
        "OutboxConnection QuarantinedConsentConnection RunConnection TimelineConnection WebhookDeliveryConnection"
    ),
    "counts": "PrivacyCollection PrivacyField PrivacyFigures Count ImportConsentCount ListCounts RunCount ReachabilityForecast RetentionForecastDay RetentionForecastTotals",
    "what the installation is set up with": (
        "ExportColumn FieldDefinition ImportTarget Permission Purpose RetentionPolicyRef Role ServerLimits SubscriptionList Term TermText WorkerStatus"
    ),
    "digests and faults of the ledger, by id": "ConsentSeal ConsentSealConnection ConsentVerification LedgerFault",
    "codes and sentences of ours": "RunLogEntry UserError CustomerActResult QuarantineReviewResult",
    "what was done and when, of nobody who is still there": "PrivacyCertificate CustomerGone Suppression",
}
"""Types without lines, and why: they hold nothing of a person. Other edges and payloads neither."""
