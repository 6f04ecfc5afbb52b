"""Legal holds: while one lasts, a customer is neither anonymized nor erased, by nobody and no policy.

It stands on the customer's document as `hold: {at, until (None: until it is lifted), by, personal {reason}}`. It is no
change and does not touch the version; whoever puts one writes the document that erasing deletes, so that of the two one
is first.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any


def is_held(doc: Mapping[str, Any], now: datetime) -> bool:
    """Tell whether a hold keeps a customer; one that has expired keeps nobody."""
    hold = doc.get("hold")
    return hold is not None and (hold["until"] is None or hold["until"] > now)
