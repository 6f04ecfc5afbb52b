"""What found those who go: what they let go, what is suppressed, and what finds nobody else and so is theirs elsewhere too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bson import ObjectId

from api.core.context import Context
from api.core.mongo import Doc, Tx
from api.core.personal import Act, Gone, Spans
from api.customers import standing, store

TOGETHER = 900


@dataclass(frozen=True, slots=True)
class Found:
    """A customer with all that ever found her, as she was when it was read."""

    customer_id: ObjectId
    version: int
    """0 where there was none."""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    """Ids of all that found her, once or now, and of what stands for herself -> their types."""
    texts: Mapping[str, tuple[frozenset[str], Spans]] = field(default_factory=dict)
    """Each name as typed and as compared, and bank accounts in clear -> the identifiers that it stands for, and when it was
    hers."""

    @property
    def documents(self) -> int:
        """How many documents `clear` writes for her, at most."""
        return 3 + len(self.identifiers)


class Leaving:
    """The identifiers of those who go, as they are in the transaction."""

    def __init__(self, going: Sequence[Found], docs: Mapping[str, Doc]) -> None:
        """Take who goes, and the documents of what found them."""
        self._types = {name: kind for one in going for name, kind in one.identifiers.items()}
        self._docs = docs
        who = {one.customer_id for one in going}
        self._others = {name: [one for one in doc.get("holders", ()) if one not in who] for name, doc in docs.items()}
        self.writes: list[Any] = []
        self.lost: list[str] = []

    @classmethod
    async def open(cls, ctx: Context, tx: Tx, going: Sequence[Found]) -> Leaving:
        """Load them; one command for each thousand."""
        wanted = sorted({name for one in going for name in one.identifiers})
        docs: dict[str, Doc] = {}
        for start in range(0, len(wanted), TOGETHER):
            docs |= await store.identifiers_by_ids(ctx, wanted[start : start + TOGETHER], tx)
        return cls(going, docs)

    def release(self, suppressed: Doc | None) -> set[str]:
        """Decide what becomes of each; return those that are suppressed now, or were before."""
        marked: set[str] = set()
        for name, kind in sorted(self._types.items()):
            doc, others = self._docs.get(name, {}), self._others.get(name)
            if others:
                if len(others) < len(doc["holders"]):
                    self.writes.append(store.left(name, others))
            elif "suppressed" in doc:
                marked.add(name)
            elif suppressed and kind != standing.OWN:
                marked.add(name)
                self.writes.append(store.suppress(name, kind, suppressed))
            elif "subject" in doc:
                if doc["holders"]:
                    self.writes.append(store.left(name, []))
            elif doc:
                self.lost.append(name)
        return marked

    def gone(self, one: Found, act: Act, at: datetime) -> Gone:
        """Return her with what found her and finds nobody else."""
        hers = {name for name in one.identifiers if not self._others.get(name)}
        chains = (self._docs[name] for name in sorted(hers) if "subject" in self._docs.get(name, {}))
        return Gone(
            customer_id=one.customer_id,
            act=act,
            at=at,
            identifiers=tuple(sorted(hers)),
            subjects={doc["subject"]: doc["head"]["seq"] for doc in chains},
            names={text: spans for text, (means, spans) in one.texts.items() if means <= hers},
        )
