"""The copy as a page to read and print: one file without scripts, pictures or links to anywhere."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from api.core import languages
from api.core.mongo import Doc
from api.core.personal import Holding
from api.privacy import words
from api.privacy.words import Words

_STYLE = """
:root{color-scheme:light dark;--text:#1c1f23;--quiet:#565d66;--line:#d9dde2;--back:#fff;--soft:#f5f6f8}
@media (prefers-color-scheme:dark){:root{--text:#e8eaed;--quiet:#aab1ba;--line:#3a4048;--back:#16181b;--soft:#1f2226}}
@media print{:root{color-scheme:light;--text:#000;--quiet:#444;--line:#bbb;--back:#fff;--soft:#fff}article{break-inside:avoid}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
main{max-width:54rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.75rem;line-height:1.2;margin:0 0 .5rem}
h2{font-size:1.25rem;margin:2.5rem 0 .25rem;padding-top:.75rem;border-top:1px solid var(--line)}
h3{font-size:1rem;margin:1.25rem 0 .25rem}
p{margin:.25rem 0 .75rem}
.quiet{color:var(--quiet)}
table{width:100%;border-collapse:collapse;table-layout:fixed}
th,td{padding:.3rem .6rem;border-bottom:1px solid var(--line);text-align:start;vertical-align:top;overflow-wrap:anywhere}
th{width:32%;font-weight:500;color:var(--quiet)}
ul{margin:0;padding-inline-start:1.1rem}
code{display:block;padding:.5rem;background:var(--soft);font-size:.75rem;overflow-wrap:anywhere}
a{color:inherit}
.text{white-space:pre-wrap}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_BEGIN = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{digest}'">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
"""
_END = """
</main>
</body>
</html>
"""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TITLES = ("at", "recordedAt", "value", "kind")
_RECEIPT = "receipt"
_ACTOR = {"kind", "name"}
_CHANGE = {"path", "before", "after"}


class Page:
    """Writes for one reader, piece by piece: `begin`, then each part, `end`."""

    def __init__(self, doc: Doc) -> None:
        """Write for whom a profile is about: in her language where it is known, in her time zone."""
        self.said: Words = languages.spoken(words.LANGUAGES, doc.get("locale"))
        self._zone = doc.get("time_zone") or "UTC"
        # The names of fields are English whatever the page's language is.
        self._lang = "" if self.said.language == "en" else ' lang="en"'

    def begin(self, manifest: Doc) -> bytes:
        """Return what stands before the parts: who it is about, and what follows."""
        said = self.said
        begin = _BEGIN.format(language=said.language, digest=_HASH, title=escape(said.title), style=_STYLE)
        return f"{begin}{self._head(manifest)}\n{self._contents(manifest['parts'])}\n".encode()

    def part(self, holding: Holding) -> bytes:
        """Return how a part begins."""
        name, about = holding.part, escape(holding.about)
        heading = f'<h2 id="{name}">{escape(self._heading(name))}</h2><p class="quiet"{self._lang}>{about}</p>'
        return f'<section aria-labelledby="{name}">{heading}'.encode()

    def row(self, row: Doc, number: int) -> bytes:
        """Return one of several rows of a part."""
        title = next((self._plain(row[name]) for name in _TITLES if name in row), "")
        return f"<article><h3>{number}. {title}</h3>{self._table(row)}</article>".encode()

    def only(self, row: Doc | None) -> bytes:
        """Return the row of a part that has no other, or that there is none."""
        return (self._table(row) if row is not None else f"<p>{escape(self.said.nothing)}</p>").encode()

    def part_end(self) -> bytes:
        """Return how a part ends."""
        return b"</section>\n"

    def end(self) -> bytes:
        """Return what stands after the parts."""
        return _END.encode()

    def _head(self, manifest: Doc) -> str:
        said = self.said
        facts = [
            (said.number, manifest["customer"]),
            (said.made, manifest["madeAt"]),
            (said.by, manifest["madeBy"]["name"]),
            (said.reason, manifest["reason"]),
        ]
        rows = "".join(self._line(label, value, "") for label, value in facts if value)
        times = escape(said.times.format(zone=self._zone))
        return (
            f'<h1>{escape(said.title)}</h1>\n<p>{escape(said.intro)} <span class="quiet">{times}</span></p>\n'
            f"<table><tbody>{rows}</tbody></table>"
        )

    def _contents(self, parts: Sequence[Doc]) -> str:
        lines = "".join(
            f'<li><a href="#{one["part"]}">{escape(self._heading(one["part"]))}</a> ({one["count"]})</li>'
            for one in parts
        )
        label = escape(self.said.contents)
        return f'<nav aria-label="{label}"><h2>{label}</h2><ul>{lines}</ul></nav>'

    def _heading(self, part: str) -> str:
        return self.said.parts.get(part, _label(part))

    def _table(self, row: Doc) -> str:
        lines = "".join(self._line(_label(name), value, self._lang, name) for name, value in _ids_last(row))
        return f"<table><tbody>{lines}</tbody></table>"

    def _line(self, label: str, value: Any, lang: str, name: str = "") -> str:
        cell = self._receipt(value) if name == _RECEIPT else self._cell(value)
        return f'<tr><th scope="row"{lang}>{escape(label)}</th><td>{cell}</td></tr>'

    def _receipt(self, value: str) -> str:
        return f"<details><summary>{escape(self.said.receipt)}</summary><code>{escape(value)}</code></details>"

    def _cell(self, value: Any) -> str:
        if isinstance(value, Mapping):
            return self._pairs(value)
        if isinstance(value, list | tuple):
            if not any(isinstance(one, Mapping | list) for one in value):
                return ", ".join(self._plain(one) for one in value)
            return f"<ul>{''.join(f'<li>{self._cell(one)}</li>' for one in value)}</ul>"
        return self._plain(value)

    def _pairs(self, value: Mapping[str, Any]) -> str:
        if value.keys() == _ACTOR:
            return f"{self._plain(value['name'])} ({escape(_label(value['kind']).lower())})"
        if value.keys() == _CHANGE:
            before, after = (self._cell(value[one]) for one in ("before", "after"))
            return f"{escape(_label(value['path'].partition('.')[0]))}: {before} &rarr; {after}"
        if any(isinstance(one, Mapping | list) for one in value.values()):
            inner = "".join(f"<li>{escape(_label(name))}: {self._cell(one)}</li>" for name, one in _ids_last(value))
            return f"<ul>{inner}</ul>"
        return "; ".join(f"{escape(_label(name))}: {self._plain(one)}" for name, one in _ids_last(value))

    def _plain(self, value: Any) -> str:
        if value is None:
            return "-"
        if isinstance(value, bool):
            return escape(self.said.yes if value else self.said.no)
        if isinstance(value, datetime):
            local = value.astimezone(ZoneInfo(self._zone))
            return escape(f"{self.said.date(local)}, {local:%H:%M}")
        if isinstance(value, str) and _DAY.fullmatch(value):
            return escape(self._day(value))
        return f'<bdi class="text">{escape(str(value))}</bdi>'

    def _day(self, value: str) -> str:
        try:
            return self.said.date(date.fromisoformat(value))
        except ValueError:
            return value


def _ids_last(row: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what stands in a row, what a program needs after what a person reads."""
    return sorted(row.items(), key=lambda one: one[0] == "id")


def _label(name: str) -> str:
    """Return the words of a field's name: `givenName` is "Given name"."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name.replace("_", " "))
    return spaced[:1].upper() + spaced[1:].lower()
