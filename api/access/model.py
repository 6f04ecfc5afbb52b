"""Who may use Regulars, and for what: permissions, the preset roles, users, sessions, API keys, the access log."""

from __future__ import annotations

from enum import StrEnum


class Permission(StrEnum):
    """What a role may allow; `room.verb`."""

    about: str

    def __new__(cls, value: str, about: str) -> Permission:
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
    IMPORT_RUN = "import.run", "Upload files, plan imports and apply them."
    RUN_READ = "run.read", "See the long acts, their progress and their reports."
    AUDIT_READ = "audit.read", "See who opened whose profile."
    SETTINGS_USERS = "settings.users", "Invite, change and deactivate users."
    SETTINGS_ROLES = "settings.roles", "Create and change roles."
    SETTINGS_KEYS = "settings.keys", "Create and revoke API keys."
    SETTINGS_MAIL = "settings.mail", "See the outbox."
