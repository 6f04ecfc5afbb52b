"""What a key that may only record consents could try, to learn of somebody: names in `$` are ids of what there is."""

from __future__ import annotations

from typing import Any

ANNA = "anna@planted.example"
RECORD = "mutation ($input: ConsentRecordInput!) { consentRecord(input: $input) { %s } }"
SAFE = "applied replayed entryId appliedAs confirmToken receipt { id jws } errors { code message path }"
CUSTOMER = "id displayName givenName emails { address } phones { number } referenceId identifiers { value } bankAccounts { iban }"
ENTRY = "id seq identifier reason evidence { ip userAgent formUrl fileId note } actor { name } receipt { jws }"


def an_item(**more: Any) -> dict[str, Any]:
    """Return one consent of Anna."""
    return {"identifier": {"email": ANNA}, "channel": "EMAIL", "purpose": "MARKETING", "state": "GRANTED", **more}


PAYLOADS: dict[str, tuple[str, dict[str, Any]]] = {
    "the entry": (RECORD % f"entry {{ {ENTRY} }}", an_item()),
    "the entry's name": (RECORD % "entry { __typename }", an_item()),
    "the entry by a fragment": (
        (RECORD % "...F") + f" fragment F on ConsentRecordPayload {{ entry {{ {ENTRY} }} }}", an_item(),
    ),
    "the entry by an inline fragment": (
        RECORD % f"... on ConsentRecordPayload {{ mine: entry {{ {ENTRY} }} }}", an_item(),
    ),
    "the entry's receipt": (RECORD % "entry { receipt { jws } }", an_item()),
    "the entry of a dry run": (RECORD % f"entry {{ {ENTRY} }}", an_item(dryRun=True)),
    "the customer": (RECORD % f"customer {{ {CUSTOMER} }}", an_item()),
    "the customer's id": (RECORD % "customer { id }", an_item()),
    "the customer of a dry run": (RECORD % f"customer {{ {CUSTOMER} }}", an_item(dryRun=True)),
    "the customer of a withdrawal": (RECORD % f"customer {{ {CUSTOMER} }}", an_item(state="WITHDRAWN")),
    "the customer, always included": (RECORD % "customer @include(if: true) { id }", an_item()),
    "the customer, as a node": (RECORD % "customer { ... on Node { id } }", an_item()),
    "the customer of a phone": (
        RECORD % f"customer {{ {CUSTOMER} }}", an_item(identifier={"phone": "0612345678"}, channel="SMS"),
    ),
    "the customer of a reference": (
        RECORD % f"customer {{ {CUSTOMER} }}", an_item(identifier={"referenceId": "CRM-77"}, channel="POST"),
    ),
    "the customers of a shared phone": (
        RECORD % f"customer {{ {CUSTOMER} }}",
        an_item(identifier={"phone": "0687654321"}, channel="SMS", state="WITHDRAWN"),
    ),
    "somebody in the trash": (
        RECORD % f"{SAFE} customer {{ {CUSTOMER} }}", an_item(identifier={"email": "carl@planted.example"}),
    ),
    "another's idempotency key": (RECORD % f"customer {{ {CUSTOMER} }}", an_item(idempotencyKey="mine")),
    "a file that is another's": (
        RECORD % f"entry {{ {ENTRY} }}", an_item(evidence={"fileId": "$file"}),
    ),
    "a customer's id": (RECORD % SAFE, an_item(identifier={"customerId": "$customer"}, channel="POST")),
    "a customer's id, dry": (RECORD % SAFE, an_item(identifier={"customerId": "$customer"}, channel="POST", dryRun=True)),
    "what no email is": (RECORD % SAFE, an_item(identifier={"email": "anna at planted"})),
    "a purpose that is none": (RECORD % SAFE, an_item(purpose="NONE")),
    "a source that it may not name": (RECORD % SAFE, an_item(source="ADMIN")),
    "what it may be told": (RECORD % SAFE, an_item(purpose="SERVICE")),
    "what it may be told, shared": (RECORD % SAFE, an_item(identifier={"phone": "0687654321"}, channel="SMS")),
}  # fmt: skip
"""What `consentRecord` is asked for, and what it is sent."""

CONTACT = f'identifier: {{email: "{ANNA}"}}, channel: EMAIL, purpose: "MARKETING"'
BATCH = f'consentsRecord(input: {{items: [{{identifier: {{email: "{ANNA}"}}, channel: EMAIL, purpose: "SERVICE", state: GRANTED}}]}})'
DOCUMENTS: dict[str, str] = {
    "an item's entry": f"mutation {{ {BATCH} {{ results {{ entry {{ id }} }} }} }}",
    "an item's customer": f"mutation {{ {BATCH} {{ results {{ customer {{ id }} }} }} }}",
    "a customer": f"query {{ customer(id: $customer) {{ {CUSTOMER} }} }}",
    "a customer in the trash": f"query {{ customer(id: $trashed) {{ {CUSTOMER} }} }}",
    "by email": f'query {{ customerByKey(key: {{email: "{ANNA}"}}) {{ {CUSTOMER} }} }}',
    "by phone": f'query {{ customerByKey(key: {{phone: "0612345678"}}) {{ {CUSTOMER} }} }}',
    "by reference": f'query {{ customerByKey(key: {{referenceId: "CRM-77"}}) {{ {CUSTOMER} }} }}',
    "the list": f"query {{ customers(first: 5) {{ nodes {{ {CUSTOMER} }} }} }}",
    "the count": "query { customers(first: 0) { totalCount { count } } }",
    "the search": 'query { customers(first: 5, search: "anna") { pageInfo { hasNextPage endCursor } } }',
    "a condition": "query { customers(first: 5, where: {doNotSell: {eq: false}}) { edges { cursor } } }",
    "the ledger": f"query {{ consentLedger(customerId: $customer) {{ nodes {{ {ENTRY} }} }} }}",
    "an entry": f"query {{ consentEntry(id: $entry) {{ {ENTRY} }} }}",
    "the receipt of another's entry": "query { consentEntry(id: $entry) { receipt { jws } } }",
    "whether she may be contacted": f"query {{ contactability(input: {{{CONTACT}}}) {{ allowed reasons {{ code }} identifier }} }}",
    "whether they may be contacted": (
        f'query {{ contactabilities(input: {{identifiers: [{{email: "{ANNA}"}}], channel: EMAIL, purpose: "MARKETING"}})'
        " { contactability { allowed identifier unsubscribeUrl } } }"
    ),
    "the reach": 'query { reachabilityForecast(policy: [{purpose: "MARKETING", allowUnknown: true, allowImplicit: true}]) { now } }',
    "the lists' counts": "query { lists { key } terms { key } purposes { key } viewer { email name } }",
    "runs": "query { runs { nodes { title createdBy { name } } } }",
    "a run": "query { run(id: $run) { title import { columns { samples } } } }",
    "rows": "query { runRows(id: $run) { nodes { key customerName changes { after } } } }",
    "a preview": "query { importPreview(fileId: $file) { rows } }",
    "mails": "query { outbox { nodes { to subject text } } }",
    "users": "query { users { name email } }",
    "keys": "query { apiKeys { name createdBy { name } } }",
    "deliveries": "query { webhookDeliveries { nodes { id error } } }",
    "what waits": "query { consentQuarantine { nodes { identifier source customer { id } } } }",
    "the proof": "query { consentLedgerVerify { entries faults { entryId message } } }",
    "the seals": "query { consentSeals { nodes { root signature } } }",
    "an export": 'mutation { exportStart(input: {columns: ["given_name"], dryRun: true}) { count { count } run { id } } }',
    "a copy": "mutation { customerCopy(id: $customer, input: {}) { file { url } page { url } } }",
    "another's token": "mutation { consentConfirm(input: {token: $token}) { applied replayed appliedAs errors { code message path } } }",
    "a made-up token": 'mutation { consentConfirm(input: {token: "a.b.c"}) { applied appliedAs errors { code message path } } }',
    "bounces of a customer": (
        "mutation { deliverabilityUpdate(input: {identifier: {customerId: $customer}, deliverable: false})"
        " { applied errors { code message path } } }"
    ),
    "an update": f'mutation {{ customerUpdate(id: $customer, input: {{dryRun: true, jobTitle: "x"}}) {{ customer {{ {CUSTOMER} }} }} }}',
    "an upsert": (
        'mutation { customersUpsert(input: {dryRun: true, items: [{id: $customer, set: {jobTitle: "x"}}]})'
        f" {{ results {{ customer {{ {CUSTOMER} }} }} }} }}"
    ),
    "a deletion": "mutation { customerDelete(input: {dryRun: true, ids: [$customer]}) { results { id ok } } }",
    "a reversal": "mutation { customerRevert(id: $customer, input: {version: 2, dryRun: true}) { customer { id } } }",
    "the schema": 'query { __type(name: "Customer") { fields { name description } } }',
    "a password link": 'mutation { passwordLinkSend(input: {email: "sanne@staff.example", dryRun: true}) { errors { code message } } }',
    **{
        f"node {name}": f"query {{ node(id: ${name}) {{ __typename id ... on Customer {{ {CUSTOMER} }} ... on File {{ name }} }} }}"
        for name in ("customer", "trashed", "run", "file", "user", "key", "role", "entry", "mail", "change", "access",
                     "quarantined", "webhook", "delivery")
    },
}  # fmt: skip

PLACES = (
    "/files/{file}", "/files/{customer}", "/files/x", "/metrics", "/keys", "/healthz", "/readyz", "/unsubscribe/{token}",
    "/confirm/x", "/confirm/{entry}", "/graphql?query={{viewer{{email}}}}", "/customers/{customer}", "/schema.graphql",
    "/runs/{run}/errors.csv", "/api/customers", "/..%2f..%2fdata/regulars.log",
)  # fmt: skip
"""What may be asked by GET."""

SUBSCRIPTIONS = (
    "subscription { runProgress(id: $run) { title import { columns { samples } } } }",
    f"query {{ customer(id: $customer) {{ {CUSTOMER} }} }}",
    f"mutation {{ {BATCH} {{ results {{ receipt {{ jws }} }} }} }}",
)
TOLD = {
    "what it may be told", "what it may be told, shared", "what no email is", "a purpose that is none", "a customer's id",
    "a customer's id, dry", "a source that it may not name", "another's token", "a made-up token",
    "a password link", "the schema", "the lists' counts",
}  # fmt: skip
"""What is answered without an error of GraphQL's, with data that says nothing of anybody."""
