"""The outbox in GraphQL."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.access.model import Permission
from api.core import ids
from api.core.graphql import Info, Node, PageInfo, connected, query
from api.mail import model, rules
from api.mail.model import MailStatus

strawberry.enum(MailStatus, description="What became of a mail; KEPT: no mail server is set.")


@strawberry.type
class OutboxMail(Node):
    """A mail that the server wrote."""

    id: strawberry.ID
    at: datetime
    to: str
    subject: str
    text: str
    status: MailStatus
    error: str | None


@strawberry.type
class OutboxEdge:
    """A mail with its cursor."""

    cursor: str
    node: OutboxMail


@strawberry.type
class OutboxConnection:
    """A page of the outbox."""

    edges: list[OutboxEdge]
    nodes: list[OutboxMail]
    page_info: PageInfo


def show(mail: model.Mail) -> OutboxMail:
    """Show a mail."""
    return OutboxMail(
        id=strawberry.ID(ids.show(ids.MAIL, mail.id)),
        at=mail.at,
        to=mail.to,
        subject=mail.subject,
        text=mail.text,
        status=mail.status,
        error=mail.error,
    )


@strawberry.type
class Query:
    """Queries of this room."""

    @query(needs=Permission.SETTINGS_MAIL)
    async def outbox(self, info: Info, first: int | None = 50, after: str | None = None) -> OutboxConnection:
        """The mails that the server wrote, newest first."""
        rows = await rules.listed(info.context, first, after)
        connection: OutboxConnection = connected(OutboxConnection, OutboxEdge, rows, show)
        return connection
