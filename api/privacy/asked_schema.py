"""What is said of a customer who is to go, or who went."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from bson import ObjectId
from strawberry.dataloader import DataLoader

from api.access.model import Permission
from api.core import ids
from api.core.graphql import Info, link, query
from api.core.personal import Act
from api.customers.nodes import Customer
from api.privacy import store
from api.privacy.acting import LIVE
from api.runs import rules as runs
from api.runs.model import Run as Stored
from api.runs.schema import Run, show

_ASKED = "privacy.asked"
MAX_BATCH = 100


@strawberry.type
class CustomerGone:
    """What was done to a customer who is not there any more."""

    act: Act
    at: datetime


@strawberry.type
class Query:
    """Queries about who went."""

    @query(
        needs=Permission.CUSTOMER_READ,
        description="Whether the customer who had this id was anonymized or erased, and when; null: neither.",
    )
    async def customer_gone(self, info: Info, id: strawberry.ID) -> CustomerGone | None:
        """Look the id up among those who went."""
        doc = await store.erasure(info.context, ids.read(ids.CUSTOMER, id))
        return CustomerGone(act=Act(doc["act"]), at=doc["at"]) if doc else None


async def _request(self: Any, info: Info) -> Run | None:
    memo = info.context.memo
    if _ASKED not in memo:
        memo[_ASKED] = _loader(info)
    loader: DataLoader[ObjectId, Stored | None] = memo[_ASKED]
    found = await loader.load(self["_id"])
    return show(found) if found else None


def _loader(info: Info) -> DataLoader[ObjectId, Stored | None]:
    async def load(customer_ids: list[ObjectId]) -> list[Stored | None]:
        asked = await store.asked(info.context, customer_ids)
        found = await runs.many(info.context, [one["run_id"] for one in asked.values()])
        live = {one.id: one for one in found.values() if one.status in LIVE}
        return [live.get(asked[one]["run_id"]) if one in asked else None for one in customer_ids]

    return DataLoader(load, max_batch_size=MAX_BATCH)


_ABOUT = "The request to anonymize or erase this customer, named by her id, that waits or is under way."
link(Customer, "privacy_request", query(needs=Permission.RUN_READ, description=_ABOUT)(_request))
