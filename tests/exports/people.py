"""Random customers as they may be stored: every declared field, with whatever a person or a program could have put there."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from api.core.context import Context
from api.core.mongo import Doc
from api.customers import acts, edits, parsing, rules
from api.customers.derive import derived

SIGNS = "=+-@'\"#;,|\t\n\r<>&%$\\/.:*()[]{}_ \u00a0\u200b\uff1d\uff0b\u2013éßÅ名字😀\u0131İ0123456789eEabcXYZ"
WORDS = ("Anna", "O'Brien", "de Vries", "=1+1", "'=1+1", "''x", "#N/A", "#REF!", "4.2E+11", "'6001", "+31", "-", "@ada", '"quoted"', "a;b", ";",
         '"', "null", "NULL", "true", "\u200b=1", "first\n=second", "x\r\n@y", "\uff1dHYPERLINK(1)", "29-02-1990", "NL91 **** 4300", "0012", "1,5")  # fmt: skip
IBANS = ("NL91ABNA0417164300", "DE89370400440532013000", "GB29NWBK60161331926819", "FR1420041010050500013M02606")


def text(dice: random.Random, most: int = 12) -> str | None:
    """Return a word, or letters at random; None when nothing of it would be kept."""
    found = dice.choice(WORDS) if dice.random() < 0.4 else "".join(dice.choices(SIGNS, k=dice.randrange(1, most)))
    return found.strip() or None


def person(dice: random.Random, n: int) -> dict[str, Any]:
    """Return what somebody sends about customer number n."""

    def some(share: float, value: Any) -> Any:
        return value if dice.random() < share else None

    emails = [
        {"address": f"{dice.choice(('p', 'P.', 'q+', 'ö'))}{n}x{k}@Example.org", "label": some(0.5, text(dice))}
        for k in range(dice.randrange(3))
    ]
    phones = [
        {
            "number": dice.choice((f"06{n:08d}", f"+31 6 1{k}{n:06d}", f"call me {k} {text(dice) or ''}")),
            "label": some(0.3, text(dice)),
        }
        for k in range(dice.randrange(3))
    ]
    addresses = [
        {
            part: some(0.6, text(dice))
            for part in ("street", "house_number", "extra", "postal_code", "city", "region", "label")
        }
        | {"country_code": some(0.7, dice.choice(("NL", "BE", "Germany")))}
        for _ in range(dice.randrange(3))
    ]
    banks = [
        {"iban": one, "holder": some(0.6, text(dice)), "bic": some(0.3, "ABNANL2A")}
        for one in dice.sample(IBANS, dice.choice((0, 0, 1, 2)))
    ]
    socials = [
        {
            "provider": dice.choice(("linkedin", "x")),
            "handle": text(dice) or "h",
            "url": some(0.5, "https://x.example/a;b"),
            "verified": dice.random() < 0.5 or None,
        }
        for _ in range(dice.choice((0, 0, 2)))
    ]
    tokens = [
        {"token": f"tok{n}{k}=;'", "channel": dice.choice(("PUSH", "WEB_PUSH")), "label": some(0.5, text(dice))}
        for k in range(dice.choice((0, 0, 1)))
    ]
    wish = {
        "given_name": some(0.8, text(dice)), "family_name": some(0.8, text(dice)), "job_title": some(0.5, text(dice)), "organization": some(0.5, text(dice)),
        "date_of_birth": some(0.5, f"{dice.randrange(1900, 2010)}-0{dice.randrange(1, 10)}-1{dice.randrange(10)}"), "gender": some(0.5, dice.choice(("FEMALE", "MALE", "OTHER", "UNDISCLOSED"))),
        "locale": some(0.5, dice.choice(("nl-NL", "zh-Hant", "en"))), "time_zone": some(0.3, "Europe/Amsterdam"),
        "reference_id": some(0.5, dice.choice((f"R{n}", f"'{n}", f"{n}E+11", f"={n}", f"00{n}"))),
        "last_seen_at": some(0.5, datetime(2026, 1, 1, tzinfo=UTC) + timedelta(milliseconds=dice.randrange(10**9))),
        "emails": emails, "phones": phones, "addresses": addresses, "bank_accounts": banks, "social_accounts": socials, "push_tokens": tokens,
        "tags": [word for word in (text(dice) for _ in range(dice.randrange(4))) if word and "," not in word],
    }  # fmt: skip
    return {name: value for name, value in wish.items() if value}


def stored(ctx: Context, dice: random.Random, n: int, customer_id: Any) -> Doc:
    """Return a customer as the rules would store it; what cannot be taken falls away."""
    wish = {name: {"add": value} if isinstance(value, list) else value for name, value in person(dice, n).items()}
    for _ in range(20):
        found = parsing.parse(wish, acts.reader(ctx))
        if not found.errors:
            break
        for one in found.errors:
            wish.pop(one.path[0], None)
    try:
        paths = edits.diff({}, found.edit)
    except Exception:  # noqa: BLE001 - two items that are the same
        return stored(ctx, dice, n, customer_id)
    doc = rules.prepared(ctx, customer_id, {}, paths, ctx.now())
    doc.update(derived(doc))
    return doc
