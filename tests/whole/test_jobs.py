"""Each job has one actor, and each actor is short."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest
from dramatiq.brokers.stub import StubBroker

from api.core.queue import Job
from jobs import broker

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.unit


def actors() -> dict[Job, object]:
    """Import every module of `jobs` that declares actors, and return them by job."""
    for path in sorted((ROOT / "jobs").glob("*.py")):
        if "@actor(" in path.read_text() and path.stem != "broker":
            importlib.import_module(f"jobs.{path.stem}")
    return dict(broker.declare(StubBroker()))


def test_each_job_has_an_actor_and_a_queue() -> None:
    assert set(actors()) == set(Job)
    assert set(broker.QUEUES) == set(Job)


@pytest.mark.parametrize("job", Job)
def test_an_actor_is_two_to_five_lines_that_call_a_rule(job: Job) -> None:
    actors()
    source = inspect.getsource(broker._ACTORS[job].act)
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.AsyncFunctionDef)
    statements = [
        one for one in function.body if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant))
    ]
    assert 1 <= len(statements) <= 5
    assert [one.arg for one in function.args.args] == [function.args.args[0].arg], "a message carries one id"
