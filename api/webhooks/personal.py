"""Messages to other systems are kept as ids; what they said is read when they are sent."""

from __future__ import annotations

from api.core.personal import Holding

HOLDINGS = (
    Holding(collection="webhooks", excused="Which systems are told of changes, and their secrets; nobody is named."),
    Holding(
        collection="webhook_deliveries",
        excused="Which entry went to which system, by ids only, for 30 days; what was sent is the entry itself.",
    ),
)
