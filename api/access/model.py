"""Who may use Regulars, and for what: permissions, the preset roles, users, sessions, API keys, the access log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from bson import ObjectId

from api.core.errors import NotFound
from api.core.mongo import Doc


class Permission(StrEnum):
    """What a role may allow; `room.verb`."""

    about: str

    def __new__(cls, value: str, about: str) -> Self:
        """Keep the sentence beside the name."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.about = about
        return member

    CUSTOMER_READ = "customer.read", "Find and open customers; personal values need customer.pii.read as well."
    CUSTOMER_PII_READ = "customer.pii.read", "See names, emails, phones, addresses and other personal values."
    CUSTOMER_BANK_READ = "customer.bank.read", "See bank accounts unmasked; each such read is logged."
    CUSTOMER_WRITE = "customer.write", "Create and edit customers, and undo edits."
    CUSTOMER_DELETE = "customer.delete", "Move customers to the trash and back."
    CUSTOMER_EXPORT_SINGLE = (
        "customer.export.single",
        "Download the copy that a person may ask for: all that is known about her, bank accounts too; each is logged.",
    )
    CUSTOMER_EXPORT_BULK = "customer.export.bulk", "Export customers to files, and fetch what was exported."
    CUSTOMER_ANONYMIZE = "customer.anonymize", "Remove all that is personal from customers, for good."
    CUSTOMER_ERASE = "customer.erase", "Erase customers with all that is known about them, for good."
    CUSTOMER_HOLD = "customer.hold", "Keep a customer from being anonymized or erased, and let her go again."
    SUPPRESSION_LIFT = "suppression.lift", "Let an address come back whose owner was erased."
    IMPORT_RUN = "import.run", "Upload files, plan imports and apply them."
    RUN_READ = "run.read", "See the long acts, their progress and their reports."
    CONSENT_READ = "consent.read", "See what people agreed to, its history, and whether they may be contacted."
    CONSENT_RECORD = "consent.record", "Record consents and refusals, by any identifier; shows nobody."
    CONSENT_REVIEW = "consent.review", "Decide about consents that an import could not prove."
    AUDIT_READ = "audit.read", "See who opened whose profile."
    SETTINGS_USERS = "settings.users", "Invite, change and deactivate users."
    SETTINGS_ROLES = "settings.roles", "Create and change roles."
    SETTINGS_KEYS = "settings.keys", "Create and revoke API keys."
    SETTINGS_CONSENT = "settings.consent", "Change purposes, terms, lists and who counts as reachable."
    SETTINGS_RETENTION = "settings.retention", "Say how long customers are kept, and what becomes of them then."
    SETTINGS_WEBHOOKS = "settings.webhooks", "Say which systems are told of changes, and see whether they were."
    SETTINGS_MAIL = "settings.mail", "See the outbox."


# --- roles ---

VIEWER = frozenset(
    {Permission.CUSTOMER_READ, Permission.CUSTOMER_PII_READ, Permission.CONSENT_READ, Permission.RUN_READ}
)
EDITOR = VIEWER | {Permission.CUSTOMER_WRITE, Permission.CUSTOMER_DELETE, Permission.CONSENT_RECORD}
DATA_ADMIN = EDITOR | {Permission.IMPORT_RUN, Permission.CUSTOMER_EXPORT_BULK, Permission.CUSTOMER_EXPORT_SINGLE}
PRIVACY_OFFICER = EDITOR | {
    Permission.CUSTOMER_EXPORT_BULK,
    Permission.CUSTOMER_BANK_READ,
    Permission.CUSTOMER_EXPORT_SINGLE,
    Permission.CUSTOMER_ANONYMIZE,
    Permission.CUSTOMER_ERASE,
    Permission.CUSTOMER_HOLD,
    Permission.SUPPRESSION_LIFT,
    Permission.CONSENT_REVIEW,
    Permission.SETTINGS_CONSENT,
    Permission.SETTINGS_RETENTION,
    Permission.AUDIT_READ,
}
PARTNER = frozenset({Permission.CONSENT_RECORD})


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions; presets are declared here and cannot be changed."""

    id: ObjectId
    name: str
    about: str
    permissions: frozenset[str]
    preset: bool = False

    @classmethod
    def of(cls, doc: Doc) -> Role:
        """Read the stored form `{_id, name, about, permissions}`."""
        known = frozenset(doc["permissions"]) & ALL
        return cls(doc["_id"], doc["name"], doc["about"], known)


ALL = frozenset(one.value for one in Permission)
OWNER_ID = ObjectId("000000000000000000000005")
PRESETS = {
    one.id: one
    for one in (
        Role(ObjectId("000000000000000000000001"), "Viewer", "Finds and reads customers.", VIEWER, preset=True),
        Role(ObjectId("000000000000000000000002"), "Editor", "Reads and changes customers.", EDITOR, preset=True),
        Role(ObjectId("000000000000000000000003"), "Data admin", "An editor who imports.", DATA_ADMIN, preset=True),
        Role(
            ObjectId("000000000000000000000004"),
            "Privacy officer",
            "An editor who sees bank accounts and who opened whose profile, and who anonymizes, erases and holds.",
            PRIVACY_OFFICER,
            preset=True,
        ),
        Role(
            ObjectId("000000000000000000000006"),
            "Partner",
            "A system that sends consents, and sees nobody.",
            PARTNER,
            preset=True,
        ),
        Role(OWNER_ID, "Owner", "May do everything; there is always one.", ALL, preset=True),
    )
}


def preset(name: str) -> ObjectId:
    """Return the id of a preset role by its name in any spelling: "owner", "data-admin", "Data admin"."""
    wanted = name.strip().lower().replace("-", " ").replace("_", " ")
    found = next((one.id for one in PRESETS.values() if one.name.lower() == wanted), None)
    if found is None:
        raise NotFound(f"There is no role of this name; there are {', '.join(one.name for one in PRESETS.values())}.")
    return found


# --- users, sessions, keys ---


@dataclass(frozen=True, slots=True)
class User:
    """Who signs in.

    Stored as `{_id, name, email, password, role_ids, roles, permissions, active, created_at, last_sign_in_at, sessions,
    link}`: `roles` and `permissions` are what the roles come to and are rewritten with them, so that a session is found
    with all it may do in one read. `sessions` (at most 20, `{id, created_at, seen_at}`) and `link` (`{digest,
    expires_at}`) hold SHA-256 digests; ending them is part of the write that is the reason.
    """

    id: ObjectId
    name: str
    email: str
    role_ids: tuple[ObjectId, ...]
    active: bool
    created_at: datetime
    last_sign_in_at: datetime | None
    permissions: frozenset[str]

    @classmethod
    def of(cls, doc: Doc) -> User:
        """Read the stored form."""
        return cls(
            doc["_id"],
            doc["name"],
            doc["email"],
            tuple(doc["role_ids"]),
            doc["active"],
            doc["created_at"],
            doc["last_sign_in_at"],
            frozenset(doc["permissions"]),
        )


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What a program calls with; its secret is known by its digest only.

    Stored as `{_id, name, prefix, digest, role_ids, scopes, permissions, purposes, created_at, created_by, expires_at,
    revoked_at, last_used_at}`; `permissions` is what its roles allow within its scopes.
    """

    id: ObjectId
    name: str
    prefix: str
    role_ids: tuple[ObjectId, ...]
    scopes: tuple[str, ...] | None
    permissions: frozenset[str]
    purposes: frozenset[str] | None
    created_at: datetime
    created_by: dict[str, str]
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, doc: Doc) -> ApiKey:
        """Read the stored form."""
        return cls(
            doc["_id"],
            doc["name"],
            doc["prefix"],
            tuple(doc["role_ids"]),
            None if doc["scopes"] is None else tuple(doc["scopes"]),
            frozenset(doc["permissions"]),
            purposes_of(doc),
            doc["created_at"],
            doc["created_by"],
            doc["expires_at"],
            doc["revoked_at"],
            doc["last_used_at"],
        )


def purposes_of(doc: Doc) -> frozenset[str] | None:
    """Return for what a stored key may record consents; None, also for a key from before this was kept: everything."""
    found = doc.get("purposes")
    return None if found is None else frozenset(found)


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """Who looked at whom: names of fields, never values.

    Stored as `{_id, customer_id, at, actor, action, fields, personal {reason}}`, the last only where a reason was given.
    """

    id: ObjectId
    customer_id: ObjectId
    at: datetime
    actor: dict[str, str]
    action: str
    fields: tuple[str, ...]

    @classmethod
    def of(cls, doc: Doc) -> AccessEntry:
        """Read the stored form."""
        return cls(doc["_id"], doc["customer_id"], doc["at"], doc["actor"], doc["action"], tuple(doc["fields"]))
