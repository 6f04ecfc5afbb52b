"""What a customer is: the one declaration of its fields.

GraphQL types and inputs, filters, CSV columns, search words, history, masking and anonymization are loops over `FIELDS`.
To add a field, add its line here and run `make schema`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any

from api.core.fields import Anonymize, Field, FieldType, Merge, Read, Spec, declare
from api.customers import values

MAX_ITEMS = 50
MAX_TAGS = 200
MAX_BYTES = 240_000
"""Of the declared fields; with what is derived a document stays under 256 kB."""


class Gender(StrEnum):
    """As the person says it."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"
    UNDISCLOSED = "UNDISCLOSED"


class PushChannel(StrEnum):
    """Where a push token is shown: an app on a phone, or a browser."""

    PUSH = "PUSH"
    WEB_PUSH = "WEB_PUSH"


class Kind(StrEnum):
    """KNOWN has an email, a phone or a reference id; derived, never set."""

    ANONYMOUS = "ANONYMOUS"
    KNOWN = "KNOWN"


_PERSONAL: Any = {"read": Read.PERSONAL, "anonymize": Anonymize.REMOVE, "merge": Merge.UNION}
_FILLED: Any = {"read": Read.PERSONAL, "anonymize": Anonymize.REMOVE, "merge": Merge.FILL_EMPTY}
_BANK: Any = {"read": Read.BANK, "anonymize": Anonymize.REMOVE, "merge": Merge.UNION}
_DERIVED: Any = {"read": Read.PLAIN, "anonymize": Anonymize.KEEP, "merge": Merge.DERIVED, "editable": False}


def _cut(how: Callable[[Any], Any]) -> Any:
    """Return the declaration of what is derived, and cut when a customer is anonymized."""
    return {**_DERIVED, "anonymize": Anonymize.GENERALIZE, "generalize": how}


_Label = Annotated[str | None, Field(about="What the owner calls it: home, work, ...", max_length=64, **_PERSONAL)]
_Primary = Annotated[bool, Field(about="The one to use first; exactly one of a list that is not empty.", **_PERSONAL)]


# A field reads best as one sentence, so these are wrapped by hand.
# fmt: off
class Email:
    """An email address; it belongs to one customer at most."""

    address: Annotated[str, Field(
        about="As typed.", max_length=254, check=str.strip, csv=("email", "email address", "e mail", "mail",
        "e mail address", "e mail value"), search=True, **_PERSONAL)]
    normalized: Annotated[str, Field(
        about="The form that is compared: lower case, NFC.", editable=False, filterable=False, **_PERSONAL)]
    label: _Label
    primary: _Primary


class Phone:
    """A phone number; a family may share one."""

    number: Annotated[str, Field(
        about="E.164, +31612345678; as typed where it cannot be read.", max_length=40, check=str.strip,
        csv=("phone number", "phone", "telephone", "mobile", "mobile phone", "phone value", "cell"), search=True,
        **_PERSONAL)]
    raw: Annotated[str, Field(about="As typed.", editable=False, filterable=False, **_PERSONAL)]
    valid: Annotated[bool, Field(
        about="False where the number could not be read; it is kept all the same.", editable=False, **_PERSONAL)]
    label: _Label
    primary: _Primary


class Address:
    """A postal address; any part may be missing."""

    street: Annotated[str | None, Field(
        about="Street, or the first line.", csv=("street", "address1", "address line 1", "street address",
        "address street", "default address address1"), **_PERSONAL)]
    house_number: Annotated[str | None, Field(
        about="House number with its suffix.", max_length=40, csv=("house number", "number", "street number"),
        **_PERSONAL)]
    extra: Annotated[str | None, Field(
        about="Flat, floor, c/o.", csv=("extra", "address2", "address line 2", "default address address2"),
        **_PERSONAL)]
    postal_code: Annotated[str | None, Field(
        about="Postal code.", max_length=20, csv=("zip code", "zip", "postal code", "postcode", "default address zip",
        "address postal code"), **_PERSONAL)]
    city: Annotated[str | None, Field(
        about="Town or city.", csv=("city", "town", "default address city", "address city"), **_PERSONAL)]
    region: Annotated[str | None, Field(
        about="State, province, county.", csv=("region", "state", "province", "default address province code",
        "address region"), **_PERSONAL)]
    country_code: Annotated[str | None, Field(
        about="ISO 3166, two letters; names in English are taken.", label="Country", max_length=80,
        check=values.country, csv=("country", "country code", "default address country code", "address country"),
        **_PERSONAL)]
    label: _Label
    primary: _Primary


class BankAccount:
    """A bank account; encrypted at rest, masked without customer.bank.read."""

    iban: Annotated[str, Field(
        about="IBAN, checked with its national digits; stored encrypted.", label="IBAN", max_length=60,
        check=values.iban, filterable=False, csv=("bank account", "iban", "account number"), **_BANK)]
    holder: Annotated[str | None, Field(
        about="Whose account it is.", filterable=False, csv=("account holder", "holder", "account name"), **_BANK)]
    bic: Annotated[str | None, Field(
        about="BIC of the bank.", label="BIC", max_length=20, check=values.bic, filterable=False, csv=("bic",
        "swift"), **_BANK)]
    primary: Annotated[bool, Field(about="The one to use first.", filterable=False, **_BANK)]


class SocialAccount:
    """An account on a social network; API keys fill it."""

    provider: Annotated[str, Field(about="The network: linkedin, instagram, ...", max_length=40, **_PERSONAL)]
    handle: Annotated[str, Field(about="The name there.", max_length=200, **_PERSONAL)]
    url: Annotated[str | None, Field(
        about="Its page.", label="URL", max_length=500, check=values.url, filterable=False, **_PERSONAL)]
    verified: Annotated[bool, Field(about="Whether the network vouched for it.", **_PERSONAL)]


class PushToken:
    """An app or a browser that takes messages; API keys fill it, a device may be shared."""

    token: Annotated[str, Field(
        about="What the push service calls the device.", max_length=1_000, check=values.push_token, filterable=False,
        **_PERSONAL)]
    channel: Annotated[PushChannel, Field(about="PUSH: an app. WEB_PUSH: a browser.", filterable=False, **_PERSONAL)]
    label: _Label


class Customer:
    """A person in the database."""

    kind: Annotated[Kind, Field(about="KNOWN: has an email, a phone or a reference id. Derived.", **_DERIVED)]
    given_name: Annotated[str | None, Field(
        about="First name, at most 200 characters.", csv=("first name", "given name", "firstname", "fname",
        "voornaam", "prenom", "vorname", "nombre"), search=True, sort="NAME", **_FILLED)]
    family_name: Annotated[str | None, Field(
        about="Last name, at most 200 characters.", csv=("last name", "family name", "lastname", "surname", "lname",
        "achternaam", "nachname", "apellido"), search=True, **_FILLED)]
    job_title: Annotated[str | None, Field(
        about="What the person does for a living, at most 200 characters.", csv=("job title", "title", "position",
        "organization title", "function"), **_FILLED)]
    organization: Annotated[str | None, Field(
        about="Where the person works, at most 200 characters.", csv=("organization", "organisation", "company",
        "organization name", "default address company"), **_FILLED)]
    date_of_birth: Annotated[date | None, Field(
        about="Day of birth, after 1850.", check=values.day, csv=("date of birth", "birthday", "birth date", "dob",
        "geboortedatum", "geburtsdatum"), **_FILLED)]
    gender: Annotated[Gender | None, Field(about="As the person says it.", csv=("gender", "sex"), **_FILLED)]
    locale: Annotated[str | None, Field(
        about="Language tag, nl-NL.", label="Language", max_length=35, check=values.locale, csv=("locale",
        "language"), read=Read.PLAIN, anonymize=Anonymize.GENERALIZE, generalize=values.language,
        merge=Merge.FILL_EMPTY)]
    time_zone: Annotated[str | None, Field(
        about="IANA name, Europe/Amsterdam.", max_length=64, check=values.time_zone, csv=("time zone", "timezone"),
        read=Read.PLAIN, anonymize=Anonymize.KEEP, merge=Merge.FILL_EMPTY)]
    reference_id: Annotated[str | None, Field(
        about="Your own key for this person, at most 128 printable characters; one customer each.",
        label="Reference ID", max_length=128, check=values.reference, csv=("reference id", "customer id",
        "external id", "id"), search=True, **_FILLED)]
    emails: Annotated[list[Email], Field(about="Email addresses, at most 50.", **_PERSONAL)]
    phones: Annotated[list[Phone], Field(about="Phone numbers, at most 50.", **_PERSONAL)]
    addresses: Annotated[list[Address], Field(about="Postal addresses, at most 50.", **_PERSONAL)]
    bank_accounts: Annotated[list[BankAccount], Field(about="Bank accounts, at most 50.", **_BANK)]
    social_accounts: Annotated[list[SocialAccount], Field(
        about="Accounts on social networks, at most 50; filled by API keys.", **_PERSONAL)]
    push_tokens: Annotated[list[PushToken], Field(
        about="Apps and browsers that take messages, at most 50; filled by API keys.", **_PERSONAL)]
    tags: Annotated[list[str], Field(
        about="Free words, at most 200 of 64 characters.", max_length=values.MAX_TAG, csv=("tags", "labels", "tag"),
        read=Read.PLAIN, anonymize=Anonymize.REMOVE, merge=Merge.UNION)]
    last_seen_at: Annotated[datetime | None, Field(
        about="When the person was last active; it moves only forward.", label="Last seen", sort="LAST_SEEN",
        csv=("last seen at", "last seen"), read=Read.PLAIN, anonymize=Anonymize.GENERALIZE, generalize=values.midnight,
        merge=Merge.NEWEST)]
    created_at: Annotated[datetime, Field(
        about="When the customer was created here.", label="Created", sort="CREATED", **_cut(values.month))]
    updated_at: Annotated[datetime, Field(
        about="When a declared field last changed.", label="Updated", sort="UPDATED", **_cut(values.midnight))]
    trashed_at: Annotated[datetime | None, Field(
        about="When the customer was moved to the trash.", label="In trash since", filterable=False, **_cut(values.midnight))]
    anonymized_at: Annotated[datetime | None, Field(
        about="The day on which all that was personal was removed.", label="Anonymized", **_DERIVED)]
    version: Annotated[int, Field(about="Goes up by one with each save.", **_cut(values.first_version))]

# fmt: on

LIST_TYPES: dict[type, FieldType] = {
    Email: FieldType.EMAILS,
    Phone: FieldType.PHONES,
    Address: FieldType.ADDRESSES,
    BankAccount: FieldType.BANK_ACCOUNTS,
    SocialAccount: FieldType.SOCIAL_ACCOUNTS,
    PushToken: FieldType.PUSH_TOKENS,
}

FIELDS: dict[str, Spec] = declare(Customer, LIST_TYPES)
SCALARS: dict[str, Spec] = {name: spec for name, spec in FIELDS.items() if spec.field.editable and not spec.is_list}
LISTS: dict[str, Spec] = {name: spec for name, spec in FIELDS.items() if spec.items}
EDITABLE: dict[str, Spec] = {name: spec for name, spec in FIELDS.items() if spec.field.editable}
PRIMARY_LISTS = tuple(name for name, spec in LISTS.items() if "primary" in spec.item)
