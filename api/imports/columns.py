"""Which column goes where: targets are loops over the declared fields, headers are matched by their words."""

from __future__ import annotations

from collections.abc import Sequence

from api.agreements.model import Known
from api.core.errors import Invalid
from api.customers.model import LISTS, SCALARS
from api.imports import consent_columns, headers
from api.imports.model import Column, ColumnRule, Target, words_of

TEMPLATE = (
    "first_name", "last_name", "email", "phone_number", "gender", "date_of_birth", "street", "house_number", "zip_code",
    "city", "country", "bank_account", "account_holder", "job_title", "organization", "tags", "reference_id", "terms",
)  # fmt: skip
TEMPLATE_PRESET = "Prepr template"
ERROR_COLUMNS = ("_row", "_status", "_code", "_message")
TAGS, TERMS, ID = "tags", "terms", "id"
_SCALAR_RULES = (ColumnRule.FILL_EMPTY, ColumnRule.OVERWRITE, ColumnRule.IGNORE)
_LIST_RULES = (ColumnRule.APPEND, ColumnRule.IGNORE)
_LONG_WORD = 3


def _targets() -> dict[str, Target]:
    found = [
        Target(name, spec.label, spec.field.about, spec.field.csv, _SCALAR_RULES)
        for name, spec in SCALARS.items()
        if spec.field.csv
    ]
    for name, spec in LISTS.items():
        for part in spec.items:
            if not part.field.editable or part.name == "primary":
                continue
            has_words = any(one.field.csv for one in spec.items)
            words = part.field.csv or (f"{spec.label.rstrip('s').lower()} label",) * (
                has_words and part.name == "label"
            )
            label = part.label if part.field.label else part.label.lower()
            found.append(Target(f"{name}.{part.name}", f"{spec.label}: {label}", part.field.about, words, _LIST_RULES))
    found.append(Target(TAGS, "Tags", "Words, separated by commas.", ("tags", "labels", "tag"), _LIST_RULES))
    about = "Terms that were accepted, as date:term, separated by commas."
    found.append(Target(TERMS, "Terms", about, ("terms", "consents"), _LIST_RULES))
    about = "As our own exports have it: it finds the customer again, and never changes anything."
    found.append(Target(ID, "Customer id", about, (), (ColumnRule.FILL_EMPTY, ColumnRule.IGNORE)))
    return {one.path: one for one in found}


TARGETS = _targets()


_BY_WORDS = {words_of(word): target.path for target in TARGETS.values() for word in target.words}
_BY_WORDS |= {"address label": "addresses.label", "e mail label": "emails.label", "email label": "emails.label"}


def targets(known: Known) -> dict[str, Target]:
    """Return where columns may go: declared fields, and what can be agreed to."""
    return TARGETS | consent_columns.targets(known)


def propose(header: Sequence[str], known: Known) -> tuple[list[Column], str | None]:
    """Propose where each column goes; the second value names the preset, when the file is the template itself."""
    own = [one for one in header if one not in ERROR_COLUMNS]
    preset = TEMPLATE_PRESET if set(own) == set(TEMPLATE) else headers.preset(header)
    taken: set[str] = set()
    columns, every = [], targets(known)
    for index, name in enumerate(header):
        target, certain = (None, True) if not_read(name, preset) else _meaning(name, known)
        if target in taken and (not every[target].is_list or target == consent_columns.COLLECTED_AT):
            target, certain = None, False
        if target is None:
            columns.append(Column(index, name, certain=not_read(name, preset)))
            continue
        taken.add(target)
        columns.append(Column(index, name, target, default_rule(every[target]), certain))
    return columns, preset


def not_read(header: str, preset: str | None) -> bool:
    """Tell whether a column is one that we write and never read: of the error file, or worked out by an export."""
    return (
        header in ERROR_COLUMNS
        or headers.is_consent(header)
        or (preset in headers.PRESETS and headers.is_computed(header))
    )


def default_rule(target: Target) -> ColumnRule:
    """Return what a column does unless somebody says otherwise."""
    return ColumnRule.APPEND if target.is_list else ColumnRule.FILL_EMPTY


def _meaning(header: str, known: Known) -> tuple[str | None, bool]:
    own = headers.target(header)
    if own in TARGETS and header != ID:
        return own, True
    words = words_of(header)
    found = _BY_WORDS.get(words) or _BY_WORDS.get(" ".join(word for word in words.split() if not word.isdigit()))
    if found:
        return found, True
    agreed = consent_columns.meaning(header, known)
    if agreed:
        return agreed
    # "Billing city" is probably a city; a person looks before it is believed.
    ends = [(word, path) for word, path in _BY_WORDS.items() if len(word) >= _LONG_WORD and words.endswith(f" {word}")]
    ends += [("email", "emails.address")] if words.endswith(" email") else []
    return (max(ends, key=lambda end: len(end[0]))[1], False) if ends else (None, False)


def choose(header: Sequence[str], wanted: Sequence[tuple[int, str | None, ColumnRule]], known: Known) -> list[Column]:
    """Return the columns as somebody chose them; those not named are ignored.

    Raises Invalid: UNKNOWN_COLUMN, UNKNOWN_TARGET, RULE_NOT_ALLOWED, DUPLICATE_TARGET.
    """
    chosen = {index: Column(index, name) for index, name in enumerate(header)}
    every = targets(known)
    taken: set[str] = set()
    for place, (index, target, rule) in enumerate(wanted):
        where = ("columns", str(place))
        if index not in chosen:
            raise Invalid("The file has no such column.", code="UNKNOWN_COLUMN", path=(*where, "index"))
        if target is None or rule is ColumnRule.IGNORE:
            continue
        if target not in every:
            raise Invalid("There is no such field.", code="UNKNOWN_TARGET", path=(*where, "target"))
        meant = every[target]
        # What fills an empty list, and what a list that is not empty gains, is the same: what is missing.
        does = ColumnRule.APPEND if meant.is_list and rule is ColumnRule.FILL_EMPTY else rule
        if does not in meant.rules:
            raise Invalid(
                f"{meant.label} cannot be used with {rule.value}.", code="RULE_NOT_ALLOWED", path=(*where, "rule")
            )
        if target in taken and (not meant.is_list or target == consent_columns.COLLECTED_AT):
            raise Invalid(f"Two columns go to {meant.label}.", code="DUPLICATE_TARGET", path=(*where, "target"))
        taken.add(target)
        chosen[index] = Column(index, header[index], target, does, certain=True)
    return list(chosen.values())
