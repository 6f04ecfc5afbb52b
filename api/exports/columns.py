"""Which columns an export may have: loops over the declared fields, and what is computed from a customer.

A path is what history and errors say too: `job_title`, `emails.address`; of what is computed `id`, `display_name`,
`primary_email`, `consent.EMAIL.MARKETING`, `lists`. The header of a CSV file has it so that an import knows it again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from api.access.model import Permission
from api.agreements.model import ConsentChannel
from api.consent.model import ADDRESS_OF, ConsentState, ListStatus
from api.core import ids
from api.core.context import Context
from api.core.errors import Problem
from api.core.fields import Read, Spec
from api.customers.derive import display_name
from api.customers.model import FIELDS, LISTS
from api.exports.model import MAX_COLUMNS, ExportFlavor, Shape
from api.imports import headers

BANK = "bank_accounts"
IBAN = "bank_accounts.iban"
MARKETING = "MARKETING"
_MASKED = " Masked (NL91 **** 4300) without customer.bank.read."
_OWN = "customer"


class ColumnKind(StrEnum):
    """Where its values come from: a field, a part of the items of a list, or what follows from others."""

    FIELD = "FIELD"
    ITEM = "ITEM"
    COMPUTED = "COMPUTED"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column that an export may have."""

    path: str
    label: str
    about: str
    permission: str
    kind: ColumnKind
    reads: tuple[str, ...]
    """Stored fields that it is made of."""
    spec: Spec | None = None
    """Of a field, or of a part of an item."""

    @property
    def list(self) -> str:
        """The list whose items it shows; empty for any other."""
        return self.path.partition(".")[0] if self.kind is ColumnKind.ITEM else ""

    @property
    def part(self) -> str:
        """The part of the items that it shows."""
        return self.path.partition(".")[2]


def _fields() -> list[ExportColumn]:
    found = []
    for name, spec in FIELDS.items():
        if name not in LISTS:
            about, needs = spec.field.about, spec.field.read.permission
            found.append(ExportColumn(name, spec.label, about, needs, ColumnKind.FIELD, (name,), spec))
            continue
        for part in spec.items:
            if not part.field.editable or part.name == "primary":
                # What is primary comes first instead of having a column of its own.
                continue
            path = f"{name}.{part.name}"
            label = part.label if part.field.label else part.label.lower()
            masked = path == IBAN
            needs = Read.PERSONAL.permission if masked else part.field.read.permission
            about = part.field.about + _MASKED * masked
            found.append(
                ExportColumn(path, f"{spec.label}: {label}", about, needs, ColumnKind.ITEM, (name,), part),
            )
    return found


def _computed(path: str, label: str, about: str, permission: str, *reads: str) -> ExportColumn:
    return ExportColumn(path, label, about, permission, ColumnKind.COMPUTED, reads)


def _names() -> list[ExportColumn]:
    personal = Read.PERSONAL.permission
    about_id = "The customer's id; by it an import finds the same customer again."
    about_name = "Given and family name, else the beginning of the primary email."
    names = ("given_name", "family_name", "emails")
    return [
        _computed("id", "ID", about_id, Read.PLAIN.permission),
        _computed("display_name", "Name", about_name, personal, *names),
        _computed("primary_email", "Primary email", "The email address to use first.", personal, "emails"),
    ]


def _agreed() -> list[ExportColumn]:
    found, consent = [], Permission.CONSENT_READ.value
    for channel in ConsentChannel:
        said = channel.value.replace("_", " ").lower().replace("sms", "SMS")
        about = f"What the person said last about marketing by {said}; empty where she has no address for it."
        found.append(_computed(f"consent.{channel}.{MARKETING}", f"Consent: {said}", about, consent, "standing"))
    about = "Keys of the lists that the person is on, with commas between."
    return [*found, _computed("lists", "Lists", about, consent, "standing")]


COLUMNS: dict[str, ExportColumn] = {one.path: one for one in (*_names(), *_fields(), *_agreed())}


def faults(ctx: Context, paths: Sequence[str]) -> list[Problem]:
    """Return what is wrong with chosen columns.

    Codes: REQUIRED, TOO_LONG, and for each column UNKNOWN_COLUMN, DUPLICATE_COLUMN, FORBIDDEN.
    """
    if not paths:
        return [Problem("REQUIRED", "Choose at least one column.", ("columns",))]
    if len(paths) > MAX_COLUMNS:
        return [Problem("TOO_LONG", f"At most {MAX_COLUMNS} columns.", ("columns",))]
    found = []
    for index, path in enumerate(paths):
        where = ("columns", str(index))
        known = COLUMNS.get(path)
        if known is None:
            found.append(Problem("UNKNOWN_COLUMN", "There is no such column; exportColumns has them all.", where))
        elif path in paths[:index]:
            found.append(Problem("DUPLICATE_COLUMN", "This column is chosen twice.", where))
        elif not ctx.caller.may(known.permission):
            message = f"{known.label} needs the permission {known.permission}."
            found.append(Problem("FORBIDDEN", message, where))
    return found


def permissions(shape: Shape) -> list[str]:
    """Return what whoever fetches such a file needs beside the permission to export."""
    needed = {COLUMNS[path].permission for path in shape.columns}
    return sorted(needed | ({Read.BANK.permission} if shape.in_clear else set()))


def reads(paths: Sequence[str]) -> dict[str, int]:
    """Return the projection that the columns need, with what tells whether a customer is in the trash."""
    return dict.fromkeys(("trashed", *(name for path in paths for name in COLUMNS[path].reads)), 1)


def lists_of(paths: Sequence[str]) -> list[str]:
    """Return the lists of whose items something is shown."""
    return list(dict.fromkeys(COLUMNS[path].list for path in paths if COLUMNS[path].list))


def header(path: str, flavor: ExportFlavor) -> str:
    """Return what a column is called in a CSV file, but for those of lists."""
    if path != "id":
        return path
    return headers.SHEET_ID if flavor is ExportFlavor.SPREADSHEET else headers.ID


def computed(path: str, doc: Mapping[str, Any]) -> str | list[str] | None:
    """Return the value of a computed column."""
    if path == "id":
        return ids.show(ids.CUSTOMER, doc["_id"])
    if path == "display_name":
        return display_name(doc)
    if path == "primary_email":
        held = doc.get("emails") or ()
        return next((str(one["address"]) for one in held if one.get("primary")), None)
    return on_lists(doc) if path == "lists" else consent(ConsentChannel(path.split(".")[1]), doc)


def consent(channel: ConsentChannel, doc: Mapping[str, Any]) -> str | None:
    """Return where a customer stands with marketing by a channel: of the newest address of its kind."""
    kind = ADDRESS_OF.get(channel)
    wanted = kind.value.lower() if kind else _OWN
    held = [one for one in doc.get("standing") or () if one["kind"] == wanted and one["last"]]
    if not held:
        return None if kind else ConsentState.UNKNOWN.value
    word = f"{channel}/{MARKETING}/"
    said = {key[len(word) :] for one in held for key in one["keys"] if key.startswith(word)}
    return next((one.value for one in ConsentState if one.value in said), ConsentState.UNKNOWN.value)


def on_lists(doc: Mapping[str, Any]) -> list[str]:
    """Return the keys of the lists that a customer is on by any address, in order."""
    end = f"/{ListStatus.SUBSCRIBED}"
    keys = {key for one in doc.get("standing") or () for key in one["keys"]}
    return sorted(key[len("LIST/") : -len(end)] for key in keys if key.startswith("LIST/") and key.endswith(end))
