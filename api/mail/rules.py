"""What may happen to a mail: it is written, delivered or kept, and read in the outbox."""

from __future__ import annotations

import re
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
import structlog
from bson import ObjectId

from api.core import ids
from api.core.context import Context
from api.core.errors import Invalid
from api.core.mongo import Doc, Tx
from api.core.paging import Cursors, Order, Slice, cut, page, window
from api.core.queue import Job
from api.mail import store
from api.mail.model import Mail, MailStatus

SEND_SECONDS = 30
BACK_OFF_MINUTES = (1, 5, 30, 120)
MAX_SUBJECT = 200
MAX_DUE = 100
_LINE_ENDS = re.compile(r"[\r\n\x00\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
log = structlog.get_logger(__name__)


def draft(ctx: Context, to: str, subject: str, text: str, *, about: ObjectId | None = None) -> Doc:
    """Return a new mail; `about` is the run that it reports.

    Raises Invalid (INVALID_HEADER) for an address or subject that would begin another header.
    """
    for name, value in (("to", to), ("subject", subject)):
        if _LINE_ENDS.search(value) or (name == "to" and not _addressable(value)):
            raise Invalid("This cannot stand in the head of a mail.", code="INVALID_HEADER", path=(name,))
    now = ctx.now()
    status = MailStatus.QUEUED if ctx.settings.smtp_url else MailStatus.KEPT
    return {
        "_id": ids.new(),
        "at": now,
        "status": status.value,
        "attempts": 0,
        "next_at": now,
        "error": None,
        **({"about": about} if about else {}),
        "personal": {"to": to, "subject": subject[:MAX_SUBJECT], "text": text},
    }


def _addressable(text: str) -> bool:
    try:
        address = Address(addr_spec=text)
    except (ValueError, IndexError):
        return False
    except Exception:  # noqa: BLE001
        # The parser of the standard library raises its own defects for what is no address.
        return False
    return bool(address.username and address.domain)


async def put(ctx: Context, doc: Doc, tx: Tx | None = None) -> None:
    """Put a drafted mail into the outbox, best in the transaction that is its reason; then `ring` for it."""
    await store.insert(ctx, doc, tx)


async def send(ctx: Context, to: str, subject: str, text: str) -> ObjectId:
    """Write a mail that needs no transaction and ask for its delivery; return its id."""
    doc = draft(ctx, to, subject, text)
    await store.insert(ctx, doc)
    await ring(ctx, doc)
    return ObjectId(doc["_id"])


async def ring(ctx: Context, doc: Doc) -> None:
    """Ask a worker to deliver a mail; should nobody hear it, the scheduler asks again."""
    for job, one in wanted(doc):
        await ctx.enqueue(job, one)


def wanted(doc: Doc | None) -> tuple[tuple[Job, str], ...]:
    """Return what a run asks for once a mail is committed: nothing without a mail, or where none are delivered."""
    return ((Job.MAIL, str(doc["_id"])),) if doc and doc["status"] == MailStatus.QUEUED else ()


# --- delivering ---


async def due_mails(ctx: Context) -> list[str]:
    """Return the ids of mails that wait for a try."""
    return [str(one) for one in await store.due(ctx, ctx.now(), MAX_DUE)]


async def deliver(ctx: Context, mail_id: str) -> None:
    """Try to send a mail; it is tried 5 times over some hours. Called twice, the second call does nothing."""
    now = ctx.now()
    doc = await store.claim(ctx, ObjectId(mail_id), now, now + timedelta(seconds=2 * SEND_SECONDS))
    if doc is None:
        return
    mail = Mail.of(doc)
    if not ctx.settings.smtp_url:
        await store.put(ctx, mail.id, {"status": MailStatus.KEPT.value})
        return
    try:
        await _smtp(ctx.settings.smtp_url, _message(ctx, mail))
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        await _failed(ctx, mail, error)
    else:
        await store.put(ctx, mail.id, {"status": MailStatus.SENT.value, "error": None})


async def _failed(ctx: Context, mail: Mail, error: Exception) -> None:
    code = getattr(error, "code", None)
    final = (isinstance(code, int) and 500 <= code < 600) or mail.attempts > len(BACK_OFF_MINUTES)  # noqa: PLR2004
    # A server's words may quote the address, and a recipient refused by a server is its decision, not a bug.
    reason = f"{type(error).__name__}{f' {code}' if code else ''}"
    log.warning("mail.failed", mail_id=str(mail.id), attempt=mail.attempts, reason=reason, final=final)
    put: Doc = {"error": reason}
    if final:
        put["status"] = MailStatus.FAILED.value
    else:
        put["next_at"] = ctx.now() + timedelta(minutes=BACK_OFF_MINUTES[mail.attempts - 1])
    await store.put(ctx, mail.id, put)


def _message(ctx: Context, mail: Mail) -> EmailMessage:
    host = urlsplit(ctx.settings.url).hostname or "localhost"
    message = EmailMessage()
    message["From"] = ctx.settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(mail.at)
    # The same id on every try: a mail that a server took twice is one mail for whoever reads it.
    message["Message-ID"] = f"<{mail.id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    return message


async def _smtp(url: str, message: EmailMessage) -> None:
    parts = urlsplit(url)
    secure = parts.scheme == "smtps"
    await aiosmtplib.send(
        message,
        hostname=parts.hostname or "127.0.0.1",
        port=parts.port or (465 if secure else 25),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=secure,
        start_tls=None if not secure else False,
        timeout=SEND_SECONDS,
    )


# --- the outbox ---


async def listed(ctx: Context, first: int | None, after: str | None) -> Slice[Mail]:
    """Return mails, newest first."""
    cursors = Cursors(ctx.keys, "outbox")
    asked = page(cursors, first, after)
    beyond, sort, limit = window(Order("_id", descending=True), asked)
    docs = await store.page(ctx, beyond, sort, limit)
    return cut([Mail.of(doc) for doc in docs], asked, cursors, lambda mail: (str(mail.id), mail.id))
