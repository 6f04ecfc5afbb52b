"""How a cell of a file is read, where files write things in more ways than the API takes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import Enum
from functools import lru_cache

from bson import ObjectId

from api.core import ids
from api.core.errors import Invalid, NotFound
from api.customers.model import Gender

DATE_FORMATS = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d")
MAX_TERMS = 50
_FORMULA = "=+-@\t\r\n"
_FORMULA_SIGNS = frozenset(_FORMULA)
_UNSEEN = " \u00a0\u200b\u200c\u200d\u2060\ufeff"
_FORMULA_LINE = re.compile(r"[\r\n][ \u00a0\u200b]*[=+\-@]")
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TEMPLATE_DAY = re.compile(r"(\d{1,2})-(\d{1,2})-(\d{4})", re.ASCII)
_TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "########"})
_MASKED_IBAN = re.compile(r"[A-Z]{2}[0-9A-Z]{2} \*{4} [0-9A-Z]{4}")
_EXCEL_NUMBER = re.compile(r"\d([.,]\d+)?[eE]\+\d+")
_GENDERS = {
    Gender.FEMALE: "f female woman w v vrouw frau femme mujer 2",
    Gender.MALE: "m male man mann homme hombre 1",
    Gender.OTHER: "o other x d divers diverse nonbinary non-binary",
    Gender.UNDISCLOSED: "u n undisclosed unknown unspecified not_specified 0",
}
_GENDER_OF = {word: gender for gender, words in _GENDERS.items() for word in words.split()}
_GENDER_OF |= {"not specified": Gender.UNDISCLOSED, "prefer not to say": Gender.UNDISCLOSED}


def gender(cell: str) -> Gender:
    """Read F, M, O, the numbers of ISO 5218 (0 not known, 1 male, 2 female), or a word; raises INVALID_GENDER."""
    found = _GENDER_OF.get(cell.strip().lower())
    if found is None:
        raise Invalid("Gender is F, M or O, 0, 1 or 2, or a word such as female.", code="INVALID_GENDER")
    return found


@lru_cache(maxsize=4096)
def day(cell: str, form: str | None = None) -> str:
    """Read yyyy-mm-dd or dd-mm-yyyy, or the column's own form, into yyyy-mm-dd; raises INVALID_DATE, AMBIGUOUS_DATE."""
    text = cell.strip()
    iso, template = _ISO_DAY.fullmatch(text), _TEMPLATE_DAY.fullmatch(text)
    try:
        if iso:
            return date(*map(int, iso.groups())).isoformat()
        if template:
            return date(*map(int, reversed(template.groups()))).isoformat()
        if form:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007
    except ValueError:
        raise Invalid("This is no day of the calendar.", code="INVALID_DATE") from None
    if len(forms_of([text])) > 1:
        message = "Day and month of this date could be either way round; write it as yyyy-mm-dd."
        raise Invalid(message, code="AMBIGUOUS_DATE")
    raise Invalid("This is no date that can be read; write it as yyyy-mm-dd or dd-mm-yyyy.", code="INVALID_DATE")


def forms_of(cells: Iterable[str]) -> list[str]:
    """Return the forms, beyond the template's two, that read every one of these dates."""
    left = list(DATE_FORMATS)
    for cell in cells:
        text = cell.strip()
        if text and not _ISO_DAY.fullmatch(text) and not _TEMPLATE_DAY.fullmatch(text):
            left = [one for one in left if _reads(text, one)]
    return left


def _reads(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007
    except ValueError:
        return False
    return True


def moment(cell: str, form: str | None = None) -> datetime:
    """Read a moment (ISO 8601; UTC where it names no offset) or a day; raises INVALID_DATE."""
    text = cell.strip()
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = datetime.fromisoformat(day(text, form))
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def tags(cell: str) -> list[str]:
    """Read a comma list of words; quotes around a word fall away."""
    if "," not in cell and '"' not in cell:
        return [cell]
    words = (_unquoted(word.strip()).strip() for word in cell.split(","))
    return [word for word in words if word]


def joined_tags(words: Sequence[str]) -> str:
    """Return words as one cell that `tags` reads; none of them holds a comma."""
    return ",".join('"' + word.replace('"', '""') + '"' if '"' in word else word for word in words)


def _unquoted(word: str) -> str:
    if len(word) > 1 and word[0] == word[-1] == '"' and '"' not in word[1:-1].replace('""', ""):
        return word[1:-1].replace('""', '"')
    return word.strip('"')


def truth(cell: str) -> bool:
    """Read yes or no; raises INVALID."""
    found = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}.get(cell.strip().lower())
    if found is None:
        raise Invalid("This is yes or no.")
    return found


def choice(cell: str, known: type[Enum]) -> str:
    """Read one of some words; raises INVALID."""
    found = next((one for one in known if str(one.value).lower() == cell.strip().lower()), None)
    if found is None:
        raise Invalid(f"This is one of {', '.join(str(one.value) for one in known)}.")
    return str(found.value)


def customer_id(cell: str) -> ObjectId:
    """Read a customer's id; raises INVALID_ID."""
    try:
        return ids.read(ids.CUSTOMER, cell)
    except NotFound:
        raise Invalid("This is no customer's id, such as cus_65f0c1d2e3a4b5c6d7e8f901.", code="INVALID_ID") from None


def is_masked(cell: str) -> bool:
    """Tell whether a cell is an IBAN as it is shown to those who may not see it."""
    return bool(_MASKED_IBAN.fullmatch(cell))


def terms(cell: str) -> list[list[str]]:
    """Read a list of `date:TermID` into [date, term] pairs; raises INVALID_TERM."""
    found = []
    for entry in cell.split(","):
        when, colon, term = entry.strip().partition(":")
        if not entry.strip():
            continue
        if not colon or not _TERM.fullmatch(term.strip()):
            raise Invalid("Terms are written as date:TermID, separated by commas.", code="INVALID_TERM")
        try:
            found.append([day(when), term.strip()])
        except Invalid:
            raise Invalid(
                f"The date of the term {term.strip()} is no day of the calendar.", code="INVALID_TERM"
            ) from None
    if len(found) > MAX_TERMS:
        raise Invalid(f"At most {MAX_TERMS} terms.", code="INVALID_TERM")
    return found


def check_damage(cell: str, *, is_key: bool) -> None:
    """Raise EXCEL_ERROR for an error value of a spreadsheet, EXCEL_NUMBER for a key that it shortened to 4.2E+11."""
    if cell in _EXCEL_ERRORS:
        raise Invalid("A spreadsheet has left an error value here.", code="EXCEL_ERROR")
    if is_key and _EXCEL_NUMBER.fullmatch(cell):
        raise Invalid(
            "A spreadsheet has shortened this number; format the column as text and save again.", code="EXCEL_NUMBER"
        )


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: an apostrophe stands before what could begin one.

    Spaces, invisible signs, full-width forms and apostrophes before it do not hide it; so `unsafe` is its exact reverse.
    """
    return f"'{cell}" if _is_formula(cell.lstrip("'")) else cell


def unsafe(cell: str) -> str:
    """Return a cell as it was before `safe`; any other stays as it is."""
    return cell[1:] if cell.startswith("'") and _is_formula(cell.lstrip("'")) else cell


def shielded(cell: str) -> str:
    """Return a cell that a spreadsheet takes for neither a formula, nor an error value, nor a number in another form."""
    return f"'{cell}" if _is_misread(cell.lstrip("'")) else cell


def unshielded(cell: str) -> str:
    """Return a cell as it was before `shielded`."""
    return cell[1:] if cell.startswith("'") and _is_misread(cell.lstrip("'")) else cell


def _is_misread(cell: str) -> bool:
    return cell in _EXCEL_ERRORS or bool(_EXCEL_NUMBER.fullmatch(cell)) or _is_formula(cell)


def _is_formula(cell: str) -> bool:
    bare = cell.lstrip(_UNSEEN)
    first = unicodedata.normalize("NFKC", bare[:1])
    if (first and first[0] in _FORMULA) or cell[:1] in _FORMULA_SIGNS:
        return True
    return bool(_FORMULA_LINE.search(cell))
