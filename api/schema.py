"""Joins every room's queries, mutations and subscriptions into one schema."""

from __future__ import annotations

import strawberry

from api.access import schema as access
from api.core.graphql_schema import RegularsSchema
from api.customers import schema as customers
from api.files import schema as files
from api.mail import schema as mail
from api.runs import schema as runs


@strawberry.type
class Query(access.Query, customers.Query, runs.Query, mail.Query):
    """What may be asked."""


@strawberry.type
class Mutation(customers.Mutation, files.Mutation, runs.Mutation):
    """What may be changed."""


@strawberry.type
class Subscription(runs.Subscription):
    """What may be watched."""


schema = RegularsSchema(query=Query, mutation=Mutation, subscription=Subscription)


def print_schema() -> str:
    """Return the schema as `schema.graphql` holds it."""
    return schema.printed()
