"""How one value is read: each function takes what somebody sent and returns what is stored, or raises Invalid.

Two spellings of the same thing come out equal here, and only here: this is where an email, a phone number, an IBAN, a
country and a tag are normalized.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import available_timezones

import phonenumbers
import pycountry
from email_validator import EmailNotValidError, validate_email
from phonenumbers import NumberParseException, PhoneNumberFormat
from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from api.core.errors import Invalid

MAX_TAG = 64
MAX_TOKEN = 24
MIN_YEAR = 1850
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY_ALIASES = {
    "holland": "NL", "the netherlands": "NL", "england": "GB", "scotland": "GB", "wales": "GB", "uk": "GB",
    "great britain": "GB", "usa": "US", "u.s.a.": "US", "u.s.": "US", "america": "US", "russia": "RU",
    "south korea": "KR", "north korea": "KP", "vietnam": "VN", "czech republic": "CZ", "turkey": "TR",
    "iran": "IR", "syria": "SY", "moldova": "MD", "bolivia": "BO", "venezuela": "VE", "tanzania": "TZ",
    "taiwan": "TW", "laos": "LA", "brunei": "BN", "macedonia": "MK", "ivory coast": "CI", "cape verde": "CV",
    "swaziland": "SZ", "burma": "MM", "vatican": "VA", "palestine": "PS",
}  # fmt: skip


def text(value: str, limit: int = 200) -> str | None:
    """Trim and compose (NFC); empty is None. Raises INVALID for control characters, TOO_LONG beyond the limit."""
    composed = (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
    if _CONTROL.search(composed):
        raise Invalid("This holds control characters.")
    if len(composed) > limit:
        raise Invalid(f"At most {limit} characters; this has {len(composed)}.", code="TOO_LONG")
    return composed or None


def fold(value: str) -> str:
    """Return a text without accents and case, for comparing and searching."""
    if value.isascii():
        return value.lower()
    decomposed = unicodedata.normalize(
        "NFKD", value.replace("ł", "l").replace("Ł", "L").replace("ø", "o").replace("Ø", "O")
    )
    return "".join(letter for letter in decomposed.casefold() if not unicodedata.combining(letter))


@lru_cache(maxsize=4096)
def email(value: str) -> str:
    """Return the comparing form of an email address: NFC, trimmed, all of it in lower case.

    The domain's case never matters and no mail system in use minds the local part's, so that two people cannot share an
    address by case. Raises INVALID_EMAIL.
    """
    try:
        # `@example.com` and its kin are allowed: they are what people test with.
        found = validate_email(value.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Invalid("This is not an email address.", code="INVALID_EMAIL") from None
    return unicodedata.normalize("NFC", found.normalized).lower()


@lru_cache(maxsize=4096)
def phone(value: str, region: str) -> str | None:
    """Return a phone number as E.164, or None when it cannot be one.

    Takes national numbers of the region, international ones with + or 00, and bare international digits (31612345678).
    """
    digits = re.sub(r"[^\d+]", "", value)
    tries = [(value, region)]
    if digits.isdigit() and not digits.startswith("0"):
        # Where a 0 is dialled, digits without it begin with a country code; elsewhere they are the region's own
        # number first: 473 269 1234 is Grenada's and not Norway's.
        dials_zero = phonenumbers.ndd_prefix_for_region(region, strip_non_digits=True) == "0"
        tries.insert(0 if dials_zero else 1, (f"+{digits}", ""))
    elif digits.startswith("00"):
        tries.insert(0, (f"+{digits[2:]}", ""))
    for spelled, where in tries:
        try:
            number = phonenumbers.parse(spelled, where or None)
        except NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return None


@lru_cache(maxsize=4096)
def phone_words(e164: str) -> tuple[str, ...]:
    """Return how people type a number: with country code, as dialled at home, and without the 0."""
    number = phonenumbers.parse(e164, None)
    national = str(number.national_number)
    home = re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))
    return tuple(dict.fromkeys((e164[1:], home, national)))


@lru_cache(maxsize=4096)
def iban(value: str) -> str:
    """Return an IBAN without spaces, checked with its national digits; raises INVALID_IBAN in words that help."""
    compact = re.sub(r"\s", "", value).upper()
    try:
        with warnings.catch_warnings():
            # Some countries have no check digits of their own; that is said by a warning and is no fault.
            warnings.simplefilter("ignore")
            found = str(IBAN(compact, validate_bban=True))
    except SchwiftyException:
        raise Invalid(_iban_help(compact), code="INVALID_IBAN") from None
    if not _STRICTER.get(found[:2], _anything)(found[4:]):
        raise Invalid("The check digits of this IBAN are wrong.", code="INVALID_IBAN")
    return found


def _anything(_national: str) -> bool:
    return True


def _belgian(national: str) -> bool:
    return int(national[10:]) == (int(national[:10]) % 97 or 97)


def _norwegian(national: str) -> bool:
    weighted = zip((int(digit) for digit in national), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)
    return sum(digit * weight for digit, weight in weighted) % 11 == 0


def _brazilian(national: str) -> bool:
    return national[:23].isdigit()


# What the library takes although no bank gives it out: found with python-stdnum as the judge.
_STRICTER = {"BE": _belgian, "NO": _norwegian, "BR": _brazilian}


def _iban_help(compact: str) -> str:
    try:
        length = IBAN(compact, allow_invalid=True).spec.iban_length
    except (SchwiftyException, KeyError):
        return "An IBAN begins with a country code, such as NL91 ABNA 0417 1643 00."
    if len(compact) != length:
        return f"An IBAN from {compact[:2]} has {length} characters, this has {len(compact)}."
    return "The check digits of this IBAN are wrong."


def mask(value: str) -> str:
    """Return an IBAN as everybody may see it: NL91 **** 4300."""
    return f"{value[:4]} **** {value[-4:]}"


def bic(value: str) -> str | None:
    """Return a BIC in capitals; raises INVALID."""
    compact = re.sub(r"\s", "", value).upper()
    if compact and not re.fullmatch(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", compact):
        raise Invalid("A BIC has 8 or 11 letters and digits.")
    return compact or None


@lru_cache(maxsize=1024)
def push_token(text: str) -> str:
    """Return a push token as it is stored: without spaces around it; raises Invalid for spaces and controls within."""
    token = text.strip()
    if not token or not token.isprintable() or " " in token:
        raise Invalid("A push token is one printable word.", code="INVALID_IDENTIFIER")
    return token


def country(value: str) -> str | None:
    """Return the ISO 3166 two-letter code of a country named by code or in English; raises UNKNOWN_COUNTRY."""
    name = value.strip()
    if not name:
        return None
    alias = _COUNTRY_ALIASES.get(name.lower())
    if alias:
        return alias
    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        raise Invalid(
            "This is no country that ISO 3166 knows: use a two-letter code or the English name.", code="UNKNOWN_COUNTRY"
        ) from None


def day(value: str) -> str | None:
    """Return a date of birth as yyyy-mm-dd; raises INVALID_DATE for days that are not, or not yet, or before 1850."""
    if not value:
        return None
    try:
        found = date.fromisoformat(value)
    except ValueError:
        raise Invalid("This is no day of the calendar: write it as 1988-04-12.", code="INVALID_DATE") from None
    if not MIN_YEAR <= found.year <= date.max.year:
        raise Invalid(f"A date of birth lies after {MIN_YEAR}.", code="INVALID_DATE")
    return found.isoformat()


def locale(value: str) -> str | None:
    """Return a language tag in its usual case, nl-NL; raises INVALID_LOCALE."""
    name = value.strip().replace("_", "-")
    if not name:
        return None
    if not _LOCALE.fullmatch(name):
        raise Invalid("A locale is a language tag such as nl-NL.", code="INVALID_LOCALE")
    head, *rest = name.split("-")
    return "-".join([head.lower(), *(part.upper() if len(part) == 2 else part for part in rest)])  # noqa: PLR2004


def language(value: str) -> str | None:
    """Return the language and the country of a language tag, nl-NL; what else it says may point to a person."""
    head, *rest = value.split("-")
    return "-".join([head, *(part for part in rest if len(part) == 2)][:2])  # noqa: PLR2004


def midnight(value: datetime) -> datetime:
    """Return the beginning of a moment's day, in UTC."""
    return value.replace(hour=0, minute=0, second=0, microsecond=0)


def month(value: datetime) -> datetime:
    """Return the beginning of a moment's month, in UTC."""
    return midnight(value).replace(day=1)


def first_version(_value: int) -> int:
    """Return 1: how often somebody was saved is as good as a name."""
    return 1


def time_zone(value: str) -> str | None:
    """Return the name of a time zone that exists; raises INVALID_TIME_ZONE."""
    name = value.strip()
    if name and name not in _zones():
        raise Invalid("A time zone is a name such as Europe/Amsterdam.", code="INVALID_TIME_ZONE")
    return name or None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def reference(value: str) -> str | None:
    """Return a reference id as it is, trimmed; raises INVALID for unprintable ones, TOO_LONG beyond 128."""
    found = text(value, 128)
    if found and not found.isprintable():
        raise Invalid("A reference id holds printable characters only.")
    return found


def tag(value: str) -> str | None:
    """Return a tag as typed, single-spaced; raises TOO_LONG beyond 64."""
    found = text(re.sub(r"\s+", " ", value), MAX_TAG)
    if found and "," in found:
        raise Invalid("A tag holds no comma.")
    return found


def url(value: str) -> str | None:
    """Return a web address; raises INVALID for anything but http and https."""
    found = text(value, 500)
    if found and not re.match(r"https?://[^\s/]+", found, re.IGNORECASE):
        raise Invalid("A link begins with https:// or http://.")
    return found


def words(value: str) -> list[str]:
    """Return the folded words of a text, each at most 24 letters."""
    return [word[:MAX_TOKEN] for word in re.findall(r"[^\W_]+", fold(value))]
