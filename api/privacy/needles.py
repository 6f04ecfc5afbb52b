"""What is searched for: addresses, numbers, bank accounts, reference ids and devices, and how they are cut out of a text.

They are kept as digests of this process, 8 bytes each, so that a million persons fit into memory.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import unquote

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, ndd_prefix_for_region

MIN_CHARACTERS = 6
MIN_DIGITS, MAX_DIGITS = 9, 15
MIN_IBAN = 15
MAX_CHARACTERS = 4_096
"""Of one identifier; those of devices are the longest."""
_CELLS = 256
_MARKS = 2**23
"""Of each spelling one place is marked, so that most of what it is not is told apart at once."""
_TOKEN = re.compile(r'[^\s"<>(),;|{}\[\]\\`]+')
_PART = re.compile(r"[^:=/&?#*!]+")
_PARTS_TOGETHER = 3
_EDGES = ".:!?'*-_~"
_CELL = re.compile(r'[^\n\r\t,;"|]+')
_NUMBER = re.compile(r"[+\d][\d ().\-/]*")
_NUMBERS = re.compile(r"(?<!\w)\+?\d[\d ().\-/]{7,200}\d(?!\w)")
_DIGITS = re.compile(r"\d+")
_IBAN = re.compile(r"\b[a-z]{2}\d{2}(?: [a-z0-9]{1,4}){3,8}")
_QUOTED = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_PACKED = re.compile(r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,}={0,2}")
_NO_TEXT = re.compile(r"(?:[a-z]{3}_)?[0-9a-f]+")


class Needles:
    """The set of a run; several spellings of each."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._cells = [array("q") for _ in range(_CELLS)]
        self._marks = bytearray(_MARKS)
        self._sorted = True
        self.short = 0
        """How many are not searched for, because they are too short to mean anybody."""

    def add(self, names: Iterable[str]) -> None:
        """Take in identifiers, as they were typed or as they are compared."""
        for name in names:
            one = _plain(name).strip()
            digits = re.sub(r"\D", "", one)
            is_number = _NUMBER.fullmatch(one) is not None
            if len(one) < MIN_CHARACTERS or (is_number and len(digits) < MIN_DIGITS):
                self.short += 1
                continue
            self._put(one.lower())
            if is_number:
                self._put(f"#{digits}")
                for spelled in _dialled(one):
                    self._put(f"#{spelled}")

    def __contains__(self, spelled: str) -> bool:
        """Tell whether a spelling, in lower case, is one of theirs."""
        self._sort()
        digest = hash(spelled)
        cell = self._cells[digest % _CELLS]
        place = bisect_left(cell, digest)
        return place < len(cell) and cell[place] == digest

    def found(self, text: str) -> set[str]:
        """Return what of a text is one of theirs, as it stands there; numbers as digits."""
        if len(text) < MIN_CHARACTERS:
            return set()
        each = {_same(one): one for layer in _layers(text) for one in self._cut(_plain(layer))}
        return set(each.values())

    def _cut(self, text: str) -> Iterator[str]:
        lower, marks = text.lower(), self._marks
        for one in _words(lower):
            if marks[hash(one) % _MARKS] and one in self and len(one) >= MIN_CHARACTERS:
                # Reference ids are told apart by case; whoever looks one up needs it as it stands there.
                place = lower.find(one)
                yield text[place : place + len(one)] if place >= 0 and len(lower) == len(text) else one
        for one in _numbers(lower):
            spelled = f"#{one}"
            if marks[hash(spelled) % _MARKS] and spelled in self:
                yield one

    def _put(self, spelled: str) -> None:
        digest = hash(spelled)
        self._cells[digest % _CELLS].append(digest)
        self._marks[digest % _MARKS] = 1
        self._sorted = False

    def _sort(self) -> None:
        if not self._sorted:
            # One cell after the other: lists of numbers take five times the room of an array.
            self._cells = [array("q", sorted(set(cell))) for cell in self._cells]
            self._sorted = True


def _same(found: str) -> str:
    """Return what is equal for two spellings of one find, so that it counts once."""
    return re.sub(r"\D", "", found) if _NUMBER.fullmatch(found) else found.lower()


def _plain(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def _dialled(number: str) -> list[str]:
    """Return how people type an international number at home, as digits."""
    if not number.startswith("+"):
        return []
    digits = re.sub(r"\D", "", number)
    for length in (1, 2, 3):
        code = int(digits[:length])
        if code in COUNTRY_CODE_TO_REGION_CODE:
            home = _trunk(code) + digits[length:]
            return [home] if len(home) >= MIN_DIGITS else []
    return []


@lru_cache(maxsize=512)
def _trunk(code: int) -> str:
    """Return what people dial before a number of their own country; nothing where that is the country's code."""
    found = ndd_prefix_for_region(COUNTRY_CODE_TO_REGION_CODE[code][0], strip_non_digits=True) or ""
    return "" if found == str(code) else found


def _words(text: str) -> set[str]:
    """Return what may be an identifier: the whole, its cells, its words, and parts of these."""
    whole = text.strip()
    if whole.isalnum():
        return {whole}
    words = {whole}
    words.update(_TOKEN.findall(text))
    words.update(one.strip() for one in _CELL.findall(text))
    words.update([part for one in words if not one.isalnum() for part in _parts(one)])
    for found in _IBAN.findall(text):
        groups = found.split(" ")
        joined = ("".join(groups[:end]) for end in range(1, len(groups) + 1))
        words.update(one for one in joined if len(one) >= MIN_IBAN)
    return words


def _parts(word: str) -> Iterator[str]:
    if len(word) <= MAX_CHARACTERS:
        yield word.strip(_EDGES)
        spans = [found.span() for found in _PART.finditer(word)]
        for place, (begin, _) in enumerate(spans if len(spans) > 1 else ()):
            yield from (word[begin:end].strip(_EDGES) for _, end in spans[place : place + _PARTS_TOGETHER])


def _numbers(text: str) -> Iterator[str]:
    """Yield what may be a phone number: digits, with what people put between them left out."""
    for found in _NUMBERS.findall(text):
        groups = _DIGITS.findall(found)
        for begin in range(len(groups)):
            joined = ""
            for group in groups[begin:]:
                joined += group
                if len(joined) > MAX_DIGITS + 2:
                    break
                if len(joined) >= MIN_DIGITS:
                    yield joined
                    if joined.startswith("00"):
                        yield joined[2:]


def _layers(text: str) -> Iterator[str]:
    """Yield a text, and what is packed in it: as a link, as JSON, in base64."""
    yield text
    if "%" in text and _QUOTED.search(text):
        yield unquote(text)
    if "\\u" in text:
        yield _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    for run in _PACKED.findall(text):
        inner = _unpacked(run)
        if inner:
            yield inner


def _unpacked(run: str) -> str:
    if _NO_TEXT.fullmatch(run):
        return ""
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        found = base64.b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, ValueError):
        return ""
    return found if found.isprintable() or "\n" in found else ""
