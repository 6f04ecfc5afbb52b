"""Files are passed on as they are: what came of their rows for a person is told by the room that read them."""

from __future__ import annotations

from api.core.personal import Holding
from api.files import clearing

HOLDINGS = (
    Holding(
        collection="files",
        excused="Names and sizes of files that hold many people, for 7 days, and of copies like this one, for an hour; "
        "each copy is an entry of the access log.",
        clear=clearing.clear,
    ),
    Holding(
        collection="file_parts",
        excused="The bytes of those files. They hold other people too; what a row said of this person is told in her "
        "import rows.",
        clear=clearing.clear_parts,
    ),
)
