"""What more than one part of this room shows in GraphQL."""

from __future__ import annotations

import strawberry

from api.core.personal import Act

strawberry.enum(
    Act,
    name="PrivacyAct",
    description="ANONYMIZE: the profile stays, without anything personal. ERASE: it goes. In both cases nothing else is left.",
)


@strawberry.type
class RetentionPolicyRef:
    """Which policy it is."""

    id: strawberry.ID
    name: str
