"""What holds for every mutation: it works, strangers and those without its permission change nothing, a dry run writes
nothing, the same key twice is one effect.
"""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from api.core.context import Context
from tests.factories import a_user
from tests.whole.mutations import EXAMPLES, HANDED_OUT_ONCE, MUTATIONS, SCHEMA, World, asking, document_of
from tests.whole.outcome import exact, masked

REPEATABLE = [name for name in MUTATIONS if name not in HANDED_OUT_ONCE]
ONCE_ONLY = {"apiKeyCreate": {"secret"}, "webhookCreate": {"secret"}, "webhookRotateSecret": {"secret"}}
"""What a replay does not answer again."""


def needs_of(name: str) -> str:
    """Return the permission that a mutation asks for."""
    assert SCHEMA.mutation_type
    node = SCHEMA.mutation_type.fields[name].ast_node
    assert node
    (directive,) = [one for one in node.directives if one.name.value == "needs"]
    value: str = directive.arguments[0].value.value  # type: ignore[attr-defined]
    return value


GUARDED = [name for name in MUTATIONS if needs_of(name) not in {"anyone", "signed-in"}]


@pytest.fixture
def world(ctx: Context, stored: Any, client: httpx2.AsyncClient) -> World:
    """The test's database with its app."""
    return World(ctx, stored, asking(client))


def test_each_mutation_has_an_example() -> None:
    assert sorted(EXAMPLES) == MUTATIONS


@pytest.mark.parametrize("name", MUTATIONS)
async def test_each_mutation_works(world: World, name: str) -> None:
    made = await EXAMPLES[name](world)
    before = exact(world.stored)
    answer = await world.ask(document_of(name), made.variables, made.headers)
    assert "errors" not in answer, answer
    payload = answer["data"][name]
    assert payload["errors"] == []
    assert payload.get("applied", True) is True
    assert payload.get("replayed", False) is False
    assert exact(world.stored) != before


@pytest.mark.parametrize("name", GUARDED)
async def test_without_the_permission_nothing_changes(world: World, name: str) -> None:
    made = await EXAMPLES[name](world)
    _, token = a_user(world.stored, world.ctx.now(), permissions=[])
    before = exact(world.stored)
    weak = {"Cookie": f"regulars_session={token}", "X-CSRF": "1"}
    for headers, code in (({}, "UNAUTHENTICATED"), (weak, "FORBIDDEN")):
        answer = await world.ask(document_of(name), made.variables, headers)
        assert [one["extensions"]["code"] for one in answer["errors"]] == [code]
        assert answer.get("data") is None
    assert exact(world.stored) == before


@pytest.mark.parametrize("name", REPEATABLE)
async def test_a_dry_run_writes_nothing(world: World, name: str) -> None:
    made = await EXAMPLES[name](world)
    before = exact(world.stored, "tries")
    made.input["dryRun"] = True
    answer = await world.ask(document_of(name), made.variables, made.headers)
    assert "errors" not in answer, answer
    payload = answer["data"][name]
    assert (payload["errors"], payload["applied"], payload["replayed"]) == ([], False, False)
    assert exact(world.stored, "tries") == before


@pytest.mark.parametrize("name", REPEATABLE)
async def test_the_same_key_twice_is_one_effect(world: World, name: str) -> None:
    made = await EXAMPLES[name](world)
    made.input["idempotencyKey"] = "the same"
    first = (await world.ask(document_of(name), made.variables, made.headers))["data"][name]
    assert first["applied"] is True
    after = exact(world.stored, "tries")
    again = await world.ask(document_of(name), made.variables, made.headers)
    assert "errors" not in again, again
    second = again["data"][name]
    assert (second["replayed"], second["errors"]) == (True, [])
    assert exact(world.stored, "tries") == after
    told_once = ONCE_ONLY.get(name, set()) | {"replayed", "warnings", "rebased", "results"}
    assert {key: masked(value) for key, value in second.items() if key not in told_once} == {
        key: masked(value) for key, value in first.items() if key not in told_once
    }


@pytest.mark.parametrize("name", REPEATABLE)
async def test_a_key_with_other_content_is_refused(world: World, name: str) -> None:
    made = await EXAMPLES[name](world)
    made.input["idempotencyKey"] = "the same"
    assert (await world.ask(document_of(name), made.variables, made.headers))["data"][name]["applied"] is True
    changed = {**made.variables, "input": _changed(made.input)}
    if changed["input"] == made.input:
        pytest.skip("its input has nothing to change")
    after = exact(world.stored, "tries")
    answer = await world.ask(document_of(name), changed, made.headers)
    payload = answer["data"][name]
    # A batch whose items each have a key of their own is refused item by item.
    errors = payload["errors"] or [one for result in payload["results"] for one in result["errors"]]
    assert [one["code"] for one in errors[:1]] == ["IDEMPOTENCY_KEY_REUSED"]
    assert (payload["applied"], payload["replayed"]) == (False, False)
    assert exact(world.stored, "tries") == after


def _changed(sent: dict[str, Any]) -> dict[str, Any]:
    other = dict(sent)
    for name, value in sent.items():
        if name in {"name", "new", "password", "givenName", "jobTitle"}:
            other[name] = f"{value} and more"
            return other
    if "items" in sent:
        other["items"] = sent["items"][1:]
    elif "version" in sent:
        other["paths"] = ["job_title"]
    elif "ids" in sent:
        other["reason"] = "another"
    elif "texts" in sent:
        other["texts"] = sent["texts"][1:]
    elif "columns" in sent:
        other["columns"] = ["id"]
    elif "fileId" in sent:
        other["title"] = "another"
    elif "url" in sent:
        other["url"] = "https://9.9.9.10/hook"
    elif "email" in sent:
        other["email"] = "somebody@staff.example"
    return other
