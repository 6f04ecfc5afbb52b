"""Imports over GraphQL: preview, plan, rows by outcome and reason, apply, report; who may, and what repeats."""

from __future__ import annotations

from typing import Any

import pytest

from api.core.context import Context
from api.runs import rules as runs
from tests.imports.steps import DATA, csv_of, imported, planned, uploaded

PLAN = """mutation($input: ImportPlanInput!) { importPlan(input: $input) {
  run { id status phase title import { preset columns { header target rule certain } unmapped } }
  applied replayed errors { code message path } } }"""
APPLY = """mutation($id: ID!, $input: ImportApplyInput!) { importApply(id: $id, input: $input) {
  run { id status phase } applied replayed errors { code path } } }"""
RUN = """query($id: ID!) { run(id: $id) { status phase processed total planned { name count } outcome { name count }
  error { code } files { kind } import { file { name } encoding delimiter preset keylessRows rowsRead applicable unmapped
  problems { code severity count message } errorFile { name size complete url } } } }"""
ROWS = """query($id: ID!, $planned: [RowOutcome!], $outcome: [RowOutcome!], $problem: String, $first: Int, $after: String) {
  runRows(id: $id, planned: $planned, outcome: $outcome, problem: $problem, first: $first, after: $after) {
    nodes { n planned outcome customerId customerName key issues { code severity column } changes { path label before after } }
    pageInfo { hasNextPage endCursor } } }"""


async def test_from_the_preview_to_the_report(ctx: Context, data: Any, client: Any, headers_of: Any) -> None:
    file_id = await uploaded(ctx, (DATA / "people.csv").read_bytes())
    preview = (await data(
        "query($id: ID!) { importPreview(fileId: $id) { preset encoding delimiter rows errors { code } "
        "columns { index header samples target rule proposed certain } } }", {"id": file_id},
    ))["importPreview"]  # fmt: skip
    assert (preview["preset"], preview["encoding"], preview["delimiter"]) == ("Prepr template", "utf-8", ",")
    assert preview["columns"][13] == {
        "index": 13, "header": "job_title", "samples": ["Editor", "Chef", '=HYPERLINK("http://x")', "Senior editor"],
        "target": "job_title", "rule": "FILL_EMPTY", "proposed": True, "certain": True,
    }  # fmt: skip
    assert len(preview["rows"]) == 7

    made = (await data(PLAN, {"input": {"fileId": file_id}}))["importPlan"]
    assert (made["applied"], made["run"]["status"], made["run"]["phase"]) == (True, "QUEUED", "PLAN")
    public = made["run"]["id"]
    await runs.work(ctx, public.removeprefix("run_"))
    run = (await data(RUN, {"id": public}))["run"]
    assert (run["status"], run["processed"], run["total"]) == ("READY", 7, 7)
    assert run["import"]["applicable"] is True
    assert {one["name"]: one["count"] for one in run["planned"]} == {"CREATE": 4, "UPDATE": 1, "INVALID": 2}
    assert run["outcome"] == []

    rows = (await data(ROWS, {"id": public, "planned": ["UPDATE"]}))["runRows"]["nodes"]
    assert len(rows) == 1
    assert (rows[0]["n"], rows[0]["outcome"], rows[0]["customerName"], rows[0]["key"]) == (
        7,
        None,
        "Femke van Dijk",
        "B2001",
    )
    assert rows[0]["changes"] == [{"path": "tags.press", "label": "Tags", "before": None, "after": "press"}]

    applied = (await data(APPLY, {"id": public, "input": {}}))["importApply"]
    assert (applied["applied"], applied["run"]["phase"]) == (True, "APPLY")
    await runs.work(ctx, public.removeprefix("run_"))
    run = (await data(RUN, {"id": public}))["run"]
    assert (run["status"], run["import"]["rowsRead"], run["import"]["applicable"]) == ("SUCCEEDED", 7, False)
    assert run["outcome"] == run["planned"]
    assert sorted(one["kind"] for one in run["files"]) == ["ERROR_FILE", "UPLOAD"]
    answer = await client.get(run["import"]["errorFile"]["url"], headers=headers_of("owner"))
    assert answer.text.count("\r\n") == 3
    done = (await data(ROWS, {"id": public, "outcome": ["CREATE"]}))["runRows"]["nodes"]
    assert [one["n"] for one in done] == [1, 2, 4, 6]


async def test_rows_page_through_batches_and_filters(ctx: Context, data: Any) -> None:
    rows = [[f"p{n}@planted.example" if n % 100 else "bad", f"tag{n}"] for n in range(1, 1001)]
    run = await planned(ctx, csv_of(["email", "tags"], *rows))
    public = f"run_{run.id}"
    seen: list[int] = []
    after = None
    while True:
        page = (await data(ROWS, {"id": public, "first": 90, "after": after}))["runRows"]
        seen += [one["n"] for one in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == list(range(1, 1001))
    bad = (await data(ROWS, {"id": public, "problem": "INVALID_EMAIL", "first": 8}))["runRows"]
    assert [one["n"] for one in bad["nodes"]] == [100 * n for n in range(1, 9)]
    rest = (
        await data(ROWS, {"id": public, "problem": "INVALID_EMAIL", "first": 8, "after": bad["pageInfo"]["endCursor"]})
    )["runRows"]
    assert ([one["n"] for one in rest["nodes"]], rest["pageInfo"]["hasNextPage"]) == ([900, 1000], False)
    none = (await data(ROWS, {"id": public, "planned": ["CONFLICT"]}))["runRows"]
    assert none["nodes"] == []
    assert (await data(ROWS, {"id": public, "first": 0}))["runRows"]["nodes"] == []


async def test_who_may_not_see_persons_sees_none(ctx: Context, gql: Any, data: Any, stored: Any) -> None:
    run = await imported(ctx, csv_of(["email", "first_name"], ["kim@planted.example", "Kim"]))
    stored["users"].delete_many({})
    await data("{ viewer { id } }", as_="viewer")
    user = stored["users"].find_one()
    stored["users"].update_one(
        {"_id": user["_id"]}, {"$set": {"permissions": ["customer.read", "import.run", "run.read"]}}
    )
    row = (await data(ROWS, {"id": f"run_{run.id}"}, as_="viewer"))["runRows"]["nodes"][0]
    assert (row["customerName"], row["key"]) == (None, None)
    assert {one["after"] for one in row["changes"]} == {None}
    stored["users"].update_one({"_id": user["_id"]}, {"$set": {"permissions": ["run.read"]}})
    denied = await gql(ROWS, {"id": f"run_{run.id}"}, as_="viewer")
    assert denied["errors"][0]["extensions"] == {"code": "FORBIDDEN", "permission": "import.run"}
    assert (await data(RUN, {"id": f"run_{run.id}"}, as_="viewer"))["run"]["files"] == []


@pytest.mark.parametrize(
    ("columns", "code", "path"),
    [
        ([{"index": 9, "target": "job_title"}], "UNKNOWN_COLUMN", ["columns", "0", "index"]),
        ([{"index": 0, "target": "nonsense"}], "UNKNOWN_TARGET", ["columns", "0", "target"]),
        ([{"index": 0, "target": "emails.address", "rule": "OVERWRITE"}], "RULE_NOT_ALLOWED", ["columns", "0", "rule"]),
        (
            [{"index": 0, "target": "job_title"}, {"index": 1, "target": "job_title"}],
            "DUPLICATE_TARGET",
            ["columns", "1", "target"],
        ),
    ],
)
async def test_mappings_that_cannot_be(
    ctx: Context, data: Any, stored: Any, columns: Any, code: str, path: Any
) -> None:
    file_id = await uploaded(ctx, csv_of(["a", "b"], ["1", "2"]))
    found = (await data(PLAN, {"input": {"fileId": file_id, "columns": columns}}))["importPlan"]
    assert [(one["code"], one["path"]) for one in found["errors"]] == [(code, path)]
    assert stored["runs"].count_documents({}) == 0


async def test_plans_and_applies_repeat_by_key_and_dry_run(ctx: Context, data: Any, stored: Any) -> None:
    file_id = await uploaded(ctx, csv_of(["email"], ["kim@planted.example"]))
    dry = (await data(PLAN, {"input": {"fileId": file_id, "dryRun": True}}))["importPlan"]
    assert (dry["run"], dry["applied"], dry["errors"]) == (None, False, [])
    one, two = [
        (await data(PLAN, {"input": {"fileId": file_id, "idempotencyKey": "p"}}))["importPlan"] for _ in range(2)
    ]
    assert (one["run"]["id"], one["replayed"], two["replayed"]) == (two["run"]["id"], False, True)
    public = one["run"]["id"]
    early = (await data(APPLY, {"id": public, "input": {}}))["importApply"]
    assert early["errors"] == [{"code": "NOT_READY", "path": ["id"]}]
    await runs.work(ctx, public.removeprefix("run_"))
    dry = (await data(APPLY, {"id": public, "input": {"dryRun": True}}))["importApply"]
    assert (dry["applied"], dry["run"]["status"]) == (False, "READY")
    for replayed in (False, True):
        found = (await data(APPLY, {"id": public, "input": {"idempotencyKey": "a"}}))["importApply"]
        assert (found["applied"], found["replayed"]) == (True, replayed)
    await runs.work(ctx, public.removeprefix("run_"))
    assert stored["customers"].count_documents({}) == 1


async def test_files_that_are_not_there_or_not_whole(ctx: Context, data: Any) -> None:
    made = await data('mutation { fileCreate(input: {name: "a.csv", size: 5}) { file { id } } }')
    for file_id, code in (
        ("fil_000000000000000000000000", "NOT_FOUND"),
        (made["fileCreate"]["file"]["id"], "INCOMPLETE_FILE"),
    ):
        found = (await data(PLAN, {"input": {"fileId": file_id}}))["importPlan"]
        assert found["errors"][0]["code"] == code


async def test_targets_and_template(data: Any) -> None:
    found = await data("{ importTemplate importTargets { path label rules } }")
    assert found["importTemplate"].startswith("\ufefffirst_name,last_name,email,")
    by_path = {one["path"]: one for one in found["importTargets"]}
    assert by_path["job_title"]["rules"] == ["FILL_EMPTY", "OVERWRITE", "IGNORE"]
    assert by_path["emails.address"]["rules"] == by_path["tags"]["rules"] == ["APPEND", "IGNORE"]
    assert {"terms", "bank_accounts.iban", "addresses.country_code", "last_seen_at"} <= by_path.keys()
