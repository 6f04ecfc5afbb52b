"""Which column goes where: targets are loops over the declared fields, headers are matched by their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from api.core.errors import Invalid
from api.customers import values
from api.customers.model import LISTS, SCALARS
from api.imports.model import Column, ColumnRule

TEMPLATE = (
    "first_name", "last_name", "email", "phone_number", "gender", "date_of_birth", "street", "house_number", "zip_code",
    "city", "country", "bank_account", "account_holder", "job_title", "organization", "tags", "reference_id", "terms",
)  # fmt: skip
TEMPLATE_PRESET = "Prepr template"
ERROR_COLUMNS = ("_row", "_status", "_code", "_message")
TAGS, TERMS = "tags", "terms"
_SCALAR_RULES = (ColumnRule.FILL_EMPTY, ColumnRule.OVERWRITE, ColumnRule.IGNORE)
_LIST_RULES = (ColumnRule.APPEND, ColumnRule.IGNORE)
_LONG_WORD = 3


@dataclass(frozen=True, slots=True)
class Target:
    """Where a column may go: a scalar's name, `list.part`, `tags` or `terms`."""

    path: str
    label: str
    about: str
    words: tuple[str, ...]
    rules: tuple[ColumnRule, ...]

    @property
    def is_list(self) -> bool:
        """Whether several columns may go there."""
        return ColumnRule.APPEND in self.rules


def _targets() -> dict[str, Target]:
    found = [
        Target(name, spec.label, spec.field.about, spec.field.csv, _SCALAR_RULES)
        for name, spec in SCALARS.items()
        if spec.field.csv
    ]
    for name, spec in LISTS.items():
        if not any(part.field.csv for part in spec.items):
            continue
        for part in spec.items:
            words = part.field.csv or (f"{spec.label.rstrip('s').lower()} label",) * (part.name == "label")
            if words:
                label = (
                    f"{spec.label}: {part.label[0].lower()}{part.label[1:]}"
                    if part.label != "IBAN"
                    else f"{spec.label}: IBAN"
                )
                found.append(Target(f"{name}.{part.name}", label, part.field.about, words, _LIST_RULES))
    found.append(Target(TAGS, "Tags", "Words, separated by commas.", ("tags", "labels", "tag"), _LIST_RULES))
    about = "Consent that was given, as date:term, separated by commas; kept as evidence."
    found.append(Target(TERMS, "Terms", about, ("terms", "consents"), _LIST_RULES))
    return {one.path: one for one in found}


TARGETS = _targets()


def words_of(header: str) -> str:
    """Return a header as it is compared: folded words, one space between them."""
    return " ".join(re.findall(r"[^\W_]+", values.fold(header)))


_BY_WORDS = {words_of(word): target.path for target in TARGETS.values() for word in target.words}
_BY_WORDS |= {"address label": "addresses.label", "e mail label": "emails.label", "email label": "emails.label"}


def propose(header: Sequence[str]) -> tuple[list[Column], str | None]:
    """Propose where each column goes; the second value names the preset, when the file is the template itself."""
    own = [one for one in header if one not in ERROR_COLUMNS]
    preset = TEMPLATE_PRESET if set(own) == set(TEMPLATE) else None
    taken: set[str] = set()
    columns = []
    for index, name in enumerate(header):
        target, certain = (None, True) if name in ERROR_COLUMNS else _meaning(name)
        if target in taken and not TARGETS[target].is_list:
            target, certain = None, False
        if target is None:
            columns.append(Column(index, name, certain=name in ERROR_COLUMNS))
            continue
        taken.add(target)
        columns.append(Column(index, name, target, default_rule(target), certain))
    return columns, preset


def default_rule(target: str) -> ColumnRule:
    """Return what a column does unless somebody says otherwise."""
    return ColumnRule.APPEND if TARGETS[target].is_list else ColumnRule.FILL_EMPTY


def _meaning(header: str) -> tuple[str | None, bool]:
    words = words_of(header)
    found = _BY_WORDS.get(words) or _BY_WORDS.get(" ".join(word for word in words.split() if not word.isdigit()))
    if found:
        return found, True
    # "Billing city" is probably a city; a person looks before it is believed.
    ends = [(word, path) for word, path in _BY_WORDS.items() if len(word) >= _LONG_WORD and words.endswith(f" {word}")]
    ends += [("email", "emails.address")] if words.endswith(" email") else []
    return (max(ends, key=lambda end: len(end[0]))[1], False) if ends else (None, False)


def choose(header: Sequence[str], wanted: Sequence[tuple[int, str | None, ColumnRule]]) -> list[Column]:
    """Return the columns as somebody chose them; those not named are ignored.

    Raises Invalid: UNKNOWN_COLUMN, UNKNOWN_TARGET, RULE_NOT_ALLOWED, DUPLICATE_TARGET.
    """
    chosen = {index: Column(index, name) for index, name in enumerate(header)}
    taken: set[str] = set()
    for place, (index, target, rule) in enumerate(wanted):
        where = ("columns", str(place))
        if index not in chosen:
            raise Invalid("The file has no such column.", code="UNKNOWN_COLUMN", path=(*where, "index"))
        if target is None or rule is ColumnRule.IGNORE:
            continue
        if target not in TARGETS:
            raise Invalid("There is no such field.", code="UNKNOWN_TARGET", path=(*where, "target"))
        meant = TARGETS[target]
        # What fills an empty list, and what a list that is not empty gains, is the same: what is missing.
        does = ColumnRule.APPEND if meant.is_list and rule is ColumnRule.FILL_EMPTY else rule
        if does not in meant.rules:
            raise Invalid(
                f"{meant.label} cannot be used with {rule.value}.", code="RULE_NOT_ALLOWED", path=(*where, "rule")
            )
        if target in taken and not meant.is_list:
            raise Invalid(f"Two columns go to {meant.label}.", code="DUPLICATE_TARGET", path=(*where, "target"))
        taken.add(target)
        chosen[index] = Column(index, header[index], target, does, certain=True)
    return list(chosen.values())
