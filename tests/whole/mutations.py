"""One good input for every mutation of the schema, so that what holds for all of them is tested for all of them.

A new mutation without an example here fails `test_mutations.py`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

import httpx2
from bson import ObjectId
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, build_schema, is_leaf_type
from graphql.type import GraphQLNamedType

from api.access import passwords
from api.access.model import preset
from api.consent import importing, quarantine
from api.consent.model import ConsentState, IdentifierKind, QuarantineReason
from api.core import ids
from api.core.context import Context
from api.core.idempotency import Once
from api.customers import suppression
from api.customers.rules import identifier_id
from api.files import rules as files
from api.runs import rules as runs
from api.schema import print_schema
from tests.factories import PASSWORD, a_customer, a_key, a_user

Ask: TypeAlias = Callable[..., Awaitable[dict[str, Any]]]

CSV = b"first_name,last_name,email\r\nSanne,Plantagenet,sanne@planted.example\r\n"
HANDED_OUT_ONCE = frozenset({"signIn", "signOut"})
"""Neither takes an idempotency key nor a dry run."""

SCHEMA = build_schema(print_schema())
MUTATIONS = sorted(SCHEMA.mutation_type.fields) if SCHEMA.mutation_type else []


@dataclass
class World:
    """A database with an app in front of it."""

    ctx: Context
    stored: Any
    ask: Ask
    """Sends GraphQL with headers: `ask(document, variables, headers)`."""


def asking(client: httpx2.AsyncClient) -> Ask:
    """Return how a browser asks: a cookie that it is given takes the place of the one that it sent."""

    async def ask(query: str, variables: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        answer = await client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
        for name, value in client.cookies.items():
            if "Cookie" in headers and value:
                headers["Cookie"] = f"{name}={value}"
        client.cookies.clear()
        found: dict[str, Any] = answer.json()
        return found

    return ask


@dataclass
class Example:
    """A mutation's variables, and the headers of who sends it."""

    input: dict[str, Any] = field(default_factory=dict)
    id: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    key: str | None = None

    @property
    def variables(self) -> dict[str, Any]:
        """The variables of the document."""
        named = {"id": self.id, "key": self.key}
        return {"input": self.input, **{name: value for name, value in named.items() if value}}


EXAMPLES: dict[str, Callable[[World], Awaitable[Example]]] = {}


def example(function: Callable[[World], Awaitable[Example]]) -> Callable[[World], Awaitable[Example]]:
    """Register what the function makes as the example of the mutation that it is named after."""
    head, *rest = function.__name__.split("_")
    EXAMPLES[head + "".join(word.capitalize() for word in rest)] = function
    return function


def document_of(name: str) -> str:
    """Return a document that sends a mutation and asks for every leaf of its payload, and of the objects in it."""
    assert SCHEMA.mutation_type
    declared = SCHEMA.mutation_type.fields[name]
    arguments = ", ".join(f"${one}: {argument.type}" for one, argument in declared.args.items())
    given = ", ".join(f"{one}: ${one}" for one in declared.args)
    head = f"mutation({arguments}) {{ {name}({given})" if declared.args else f"mutation {{ {name}"
    return f"{head} {{ {_leaves(_bare(declared.type), 3)} }} }}"


def _bare(found: Any) -> GraphQLNamedType:
    while isinstance(found, GraphQLNonNull | GraphQLList):
        found = found.of_type
    return found


def _leaves(found: GraphQLNamedType, depth: int) -> str:
    if not isinstance(found, GraphQLObjectType):
        return "__typename"
    names = []
    for name, one in found.fields.items():
        inner = _bare(one.type)
        if any(
            isinstance(argument.type, GraphQLNonNull) and argument.default_value is None
            for argument in one.args.values()
        ):
            continue
        if is_leaf_type(inner):
            names.append(name)
        elif depth > 1 and not one.args:
            names.append(f"{name} {{ {_leaves(inner, depth - 1)} }}")
    return " ".join(names) or "__typename"


def as_owner(world: World, **more: Any) -> dict[str, str]:
    """Return the headers of a new owner's session."""
    return _cookie(a_user(world.stored, world.ctx.now(), **more)[1])


def _cookie(token: str) -> dict[str, str]:
    return {"Cookie": f"regulars_session={token}", "X-CSRF": "1"}


# --- access ---


@example
async def sign_in(world: World) -> Example:
    user, _ = a_user(world.stored, world.ctx.now(), password=passwords.hasher.hash(PASSWORD))
    return Example({"email": user["email"], "password": PASSWORD})


@example
async def sign_out(world: World) -> Example:
    return Example(headers=as_owner(world))


@example
async def password_change(world: World) -> Example:
    headers = as_owner(world, password=passwords.hasher.hash(PASSWORD))
    return Example({"current": PASSWORD, "new": "another horse, another battery"}, headers=headers)


@example
async def password_set(world: World) -> Example:
    now, token = world.ctx.now(), passwords.token()
    link = {"digest": passwords.fingerprint(token), "expires_at": now.replace(year=now.year + 1)}
    a_user(world.stored, now, link=link)
    return Example({"token": token, "password": "another horse, another battery"})


@example
async def password_link_send(world: World) -> Example:
    user, _ = a_user(world.stored, world.ctx.now(), password=passwords.hasher.hash(PASSWORD))
    return Example({"email": user["email"]})


@example
async def user_create(world: World) -> Example:
    role = ids.show(ids.ROLE, preset("editor"))
    return Example({"name": "Ada", "email": "ada@staff.example", "roleIds": [role]}, headers=as_owner(world))


@example
async def user_update(world: World) -> Example:
    user, _ = a_user(world.stored, world.ctx.now(), role="viewer")
    return Example({"name": "Renamed"}, ids.show(ids.USER, user["_id"]), as_owner(world))


@example
async def role_create(world: World) -> Example:
    return Example(
        {"name": "Readers", "about": "They read.", "permissions": ["customer.read"]}, headers=as_owner(world)
    )


def _a_role(world: World) -> str:
    role_id = ObjectId()
    role = {"_id": role_id, "name": "Old", "about": "", "permissions": ["customer.read"]}
    world.stored["roles"].insert_one(role)
    return ids.show(ids.ROLE, role_id)


@example
async def role_update(world: World) -> Example:
    return Example({"name": "New", "permissions": ["run.read"]}, _a_role(world), as_owner(world))


@example
async def role_delete(world: World) -> Example:
    return Example({}, _a_role(world), as_owner(world))


@example
async def api_key_create(world: World) -> Example:
    role = ids.show(ids.ROLE, preset("viewer"))
    return Example({"name": "Shop", "roleIds": [role]}, headers=as_owner(world))


@example
async def api_key_revoke(world: World) -> Example:
    key, _ = a_key(world.stored, world.ctx.now())
    return Example({}, ids.show(ids.KEY, key["_id"]), as_owner(world))


# --- customers ---


async def _a_person(world: World) -> str:
    doc = await a_customer(
        world.ctx, given_name="Sanne", email="sanne@planted.example", phones=[{"number": "0612345678"}], tags=["press"]
    )
    return ids.show(ids.CUSTOMER, doc["_id"])


@example
async def customer_create(world: World) -> Example:
    new = {
        "givenName": "Sanne",
        "emails": [{"address": "sanne@planted.example"}],
        "phones": [{"number": "0612345678"}],
        "bankAccounts": [{"iban": "NL91ABNA0417164300"}],
        "tags": ["press"],
    }
    return Example(new, headers=as_owner(world))


@example
async def customer_update(world: World) -> Example:
    change = {"jobTitle": "Editor", "emails": {"add": [{"address": "other@planted.example"}]}, "tags": {"add": ["vip"]}}
    return Example(change, await _a_person(world), as_owner(world))


@example
async def customers_upsert(world: World) -> Example:
    items = [
        {"id": await _a_person(world), "set": {"jobTitle": "Editor"}},
        {"set": {"emails": {"add": [{"address": "new@planted.example"}]}, "familyName": "Plantagenet"}},
    ]
    return Example({"items": items}, headers=as_owner(world))


@example
async def customer_delete(world: World) -> Example:
    return Example({"ids": [await _a_person(world)]}, headers=as_owner(world))


@example
async def customer_restore(world: World) -> Example:
    person, headers = await _a_person(world), as_owner(world)
    await world.ask(document_of("customerDelete"), {"input": {"ids": [person]}}, headers)
    return Example({"ids": [person]}, headers=headers)


@example
async def customer_revert(world: World) -> Example:
    person, headers = await _a_person(world), as_owner(world)
    await world.ask(document_of("customerUpdate"), {"id": person, "input": {"jobTitle": "Spy"}}, headers)
    return Example({"version": 2}, person, headers)


@example
async def customer_hold(world: World) -> Example:
    until = (world.ctx.now() + timedelta(days=90)).isoformat()
    return Example({"reason": "A claim is open.", "until": until}, await _a_person(world), as_owner(world))


@example
async def customer_hold_lift(world: World) -> Example:
    person, headers = await _a_person(world), as_owner(world)
    await world.ask(document_of("customerHold"), {"id": person, "input": {"reason": "A claim is open."}}, headers)
    return Example({"reason": "The claim was paid."}, person, headers)


@example
async def suppression_lift(world: World) -> Example:
    name, now = identifier_id(world.ctx.keys, "email", "gone@planted.example"), world.ctx.now()
    await world.ctx.db.transact(lambda tx: suppression.suppress_ids(world.ctx, tx, [name], now, None))
    asked = {"kind": "EMAIL", "value": "Gone@planted.example", "reason": "She came back."}
    return Example(asked, headers=as_owner(world))


@example
async def customer_copy(world: World) -> Example:
    return Example({"reason": "By letter."}, await _a_person(world), as_owner(world))


@example
async def customer_anonymize(world: World) -> Example:
    return Example({"reason": "By letter.", "suppress": True}, await _a_person(world), as_owner(world))


@example
async def customer_erase(world: World) -> Example:
    return Example({"reason": "By letter.", "graceDays": 3}, await _a_person(world), as_owner(world))


@example
async def privacy_plan(world: World) -> Example:
    await _a_person(world)
    return Example({"act": "ANONYMIZE", "search": "sanne"}, headers=as_owner(world))


@example
async def privacy_apply(world: World) -> Example:
    headers, person = as_owner(world), await _a_person(world)
    variables = {"input": {"act": "ERASE", "ids": [person]}}
    answer = await world.ask(document_of("privacyPlan"), variables, headers)
    run_id: str = answer["data"]["privacyPlan"]["run"]["id"]
    await runs.work(world.ctx, run_id.removeprefix("run_"))
    return Example({"customers": 1}, run_id, headers)


# --- files, imports, runs ---


@example
async def file_create(world: World) -> Example:
    return Example({"name": "people.csv", "size": len(CSV)}, headers=as_owner(world))


async def _a_file(world: World) -> str:
    file, _ = await files.create(world.ctx, Once("fileCreate"), "people.csv", len(CSV))
    assert file
    await files.upload(world.ctx, file, 0, CSV)
    return ids.show(ids.FILE, file.id)


@example
async def import_plan(world: World) -> Example:
    return Example({"fileId": await _a_file(world)}, headers=as_owner(world))


async def _a_planned_run(world: World, headers: dict[str, str]) -> str:
    variables = {"input": {"fileId": await _a_file(world)}}
    answer = await world.ask(document_of("importPlan"), variables, headers)
    run_id: str = answer["data"]["importPlan"]["run"]["id"]
    return run_id


@example
async def import_apply(world: World) -> Example:
    headers = as_owner(world)
    run_id = await _a_planned_run(world, headers)
    await runs.work(world.ctx, run_id.removeprefix("run_"))
    return Example({}, run_id, headers)


@example
async def export_start(world: World) -> Example:
    await _a_person(world)
    return Example({"columns": ["id", "given_name"], "search": "sanne"}, headers=as_owner(world))


@example
async def run_cancel(world: World) -> Example:
    headers = as_owner(world)
    return Example({}, await _a_planned_run(world, headers), headers)


# --- agreements ---


@example
async def purpose_create(world: World) -> Example:
    return Example({"key": "SURVEYS", "name": "Surveys", "about": "Asking."}, headers=as_owner(world))


@example
async def purpose_update(world: World) -> Example:
    return Example({"name": "Offers", "archived": True}, headers=as_owner(world), key="MARKETING")


NEWSLETTER = {"key": "newsletter", "name": "Newsletter", "texts": [{"locale": "nl", "text": "Ja, graag."}]}


@example
async def term_create(world: World) -> Example:
    return Example({**NEWSLETTER, "about": "The box under the form."}, headers=as_owner(world))


async def _a_term(world: World) -> dict[str, str]:
    headers = as_owner(world)
    await world.ask(document_of("termCreate"), {"input": NEWSLETTER}, headers)
    return headers


@example
async def term_update(world: World) -> Example:
    return Example({"name": "Letters", "archived": True}, headers=await _a_term(world), key="newsletter")


@example
async def term_version_add(world: World) -> Example:
    texts = [{"locale": "nl", "text": "Ja, heel graag."}, {"locale": "en", "text": "Yes, please."}]
    return Example({"texts": texts}, headers=await _a_term(world), key="newsletter")


WEEKLY = {"key": "weekly", "name": "Weekly", "channel": "EMAIL", "purpose": "MARKETING", "doubleOptIn": True}


@example
async def list_create(world: World) -> Example:
    return Example({**WEEKLY, "about": "Each Friday."}, headers=as_owner(world))


@example
async def list_update(world: World) -> Example:
    headers = as_owner(world)
    await world.ask(document_of("listCreate"), {"input": WEEKLY}, headers)
    return Example({"name": "Each week", "doubleOptIn": False}, headers=headers, key="weekly")


# --- consent ---

ANNA = {"identifier": {"email": "anna@planted.example"}, "channel": "EMAIL", "purpose": "MARKETING"}


def as_partner(world: World) -> dict[str, str]:
    """Return the headers of a key that may do everything."""
    _, secret = a_key(world.stored, world.ctx.now())
    return {"Authorization": f"Bearer {secret}"}


@example
async def consent_record(world: World) -> Example:
    asked = {**ANNA, "state": "PENDING", "sendConfirmation": True, "evidence": {"formUrl": "https://shop.example/join"}}
    return Example(asked, headers=as_partner(world))


@example
async def consents_record(world: World) -> Example:
    # All by email: whoever is known by nothing else gets a name, not one that is drawn.
    other = {"identifier": {"email": "bo@planted.example"}, "channel": "EMAIL", "purpose": "SERVICE", "state": "DENIED"}
    sold = {"identifier": {"email": "cas@planted.example"}, "doNotSell": True, "state": "WITHDRAWN"}
    return Example({"items": [{**ANNA, "state": "GRANTED"}, other, sold]}, headers=as_partner(world))


@example
async def consent_confirm(world: World) -> Example:
    asked = {**ANNA, "state": "PENDING", "collectedAt": "2026-03-12T09:00:00Z"}
    answer = await world.ask(document_of("consentRecord"), {"input": asked}, as_partner(world))
    return Example({"token": answer["data"]["consentRecord"]["confirmToken"]})


@example
async def consent_quarantine_review(world: World) -> Example:
    customer = await a_customer(world.ctx, email="anna@planted.example")
    kind, value = IdentifierKind.EMAIL, "anna@planted.example"
    name = (importing.identifier_id(world.ctx, kind, value), kind, value)
    run = {"id": ObjectId(), "kind": "IMPORT", "phase": "APPLY", "row": 1, "title": "people.csv"}
    now = world.ctx.now()
    doc = quarantine.draft(
        ids.new(),
        now,
        QuarantineReason.NO_BASIS,
        run,
        customer["_id"],
        name,
        "EMAIL/MARKETING",
        ConsentState.GRANTED,
        now,
    )
    world.stored["consent_quarantine"].insert_one(doc)
    public = ids.show(ids.QUARANTINED, doc["_id"])
    decided = {"ids": [public], "decision": "ACCEPT", "reason": "The card was found.", "basis": "EXPLICIT"}
    return Example({**decided, "source": "A card of 2025."}, headers=as_partner(world))


@example
async def deliverability_update(world: World) -> Example:
    await _a_person(world)
    bounced = {"identifier": {"email": "sanne@planted.example"}, "deliverable": False, "reason": "HARD_BOUNCE"}
    return Example(bounced, headers=as_partner(world))


@example
async def reachability_policy_update(world: World) -> Example:
    policy = [{"purpose": "MARKETING", "allowUnknown": True, "allowImplicit": True}]
    return Example({"policy": policy}, headers=as_owner(world))


# --- webhooks ---

HOOK = {"url": "https://9.9.9.9/hook", "topics": ["CONSENT_CHANGED"]}
"""An address that needs no look-up; nothing is sent to it."""


async def _a_webhook(world: World, headers: dict[str, str]) -> str:
    made = await world.ask(document_of("webhookCreate"), {"input": HOOK}, headers)
    webhook_id: str = made["data"]["webhookCreate"]["webhook"]["id"]
    return webhook_id


@example
async def webhook_create(world: World) -> Example:
    return Example(dict(HOOK), headers=as_owner(world))


@example
async def webhook_update(world: World) -> Example:
    headers = as_owner(world)
    change = {"url": "https://149.112.112.112:8443/other", "active": False}
    return Example(change, await _a_webhook(world, headers), headers)


@example
async def webhook_rotate_secret(world: World) -> Example:
    headers = as_owner(world)
    return Example({}, await _a_webhook(world, headers), headers)


@example
async def webhook_delete(world: World) -> Example:
    headers = as_owner(world)
    return Example({}, await _a_webhook(world, headers), headers)


@example
async def webhook_test(world: World) -> Example:
    headers = as_owner(world)
    return Example({}, await _a_webhook(world, headers), headers)


@example
async def webhook_replay(world: World) -> Example:
    headers = as_owner(world)
    tested = await world.ask(document_of("webhookTest"), {"id": await _a_webhook(world, headers), "input": {}}, headers)
    delivery_id: str = tested["data"]["webhookTest"]["delivery"]["id"]
    ended = {"status": "DEAD", "attempts": 1, "last_status": 500, "error": "It answered 500."}
    world.stored["webhook_deliveries"].update_one({"_id": ObjectId(delivery_id[4:])}, {"$set": ended})
    return Example({}, delivery_id, headers)


# --- retention ---


POLICY = {"name": "Gone quiet", "act": "ANONYMIZE", "ageOf": "LAST_SEEN", "days": 730, "kind": "KNOWN"}


async def _a_policy(world: World, headers: dict[str, str]) -> str:
    made = await world.ask(document_of("retentionPolicyCreate"), {"input": POLICY}, headers)
    policy_id: str = made["data"]["retentionPolicyCreate"]["policy"]["id"]
    return policy_id


@example
async def retention_policy_create(world: World) -> Example:
    return Example({**POLICY, "except": {"tags": {"hasAny": ["vip"]}}, "noticeDays": 14}, headers=as_owner(world))


@example
async def retention_policy_update(world: World) -> Example:
    headers = as_owner(world)
    change = {"expectedVersion": 1, "name": "Gone very quiet", "days": 1_000, "enabled": True}
    return Example(change, await _a_policy(world, headers), headers)


@example
async def retention_policy_delete(world: World) -> Example:
    headers = as_owner(world)
    return Example({"expectedVersion": 1}, await _a_policy(world, headers), headers)
