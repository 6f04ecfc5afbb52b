"""The data folder of `up`: its lock, its secret, and where its embedded engines answer."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from api.core.settings import SettingsError

LOCK, STATE, SECRET = "up.lock", "state.json", "secret"


class Folder:
    """What `up` keeps between its starts, and what the other commands find while it runs."""

    def __init__(self, path: Path) -> None:
        """Use this folder; it need not exist yet."""
        self.path = path.resolve()

    @classmethod
    def of(cls, env: Mapping[str, str]) -> Folder:
        """Return the folder that REGULARS_DATA_DIR names, ./data by default."""
        return cls(Path(env.get("REGULARS_DATA_DIR", "").strip() or "data"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder, so that no second `up` opens the same database; the system lets go of it if we are killed."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.path / LOCK).open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                message = (
                    f"Regulars runs already with the data folder {self.path}. Stop it first, or set REGULARS_DATA_DIR."
                )
                raise SettingsError(message) from error
            yield

    def is_held(self) -> bool:
        """Tell whether an `up` runs with this folder."""
        try:
            with (self.path / LOCK).open("r+") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def secret(self) -> str:
        """Return the secret of this folder; drawn on the first start, readable by its owner only."""
        path = self.path / SECRET
        if not path.exists():
            self._write(path, secrets.token_hex(32))
        return path.read_text().strip()

    def remember(self, state: Mapping[str, str]) -> None:
        """Note under which settings `up` runs now, for the other commands on this machine."""
        self._write(self.path / STATE, json.dumps(dict(state)))

    def forget(self) -> None:
        """Drop the note."""
        (self.path / STATE).unlink(missing_ok=True)

    def state(self) -> dict[str, str]:
        """Return the note of an `up` that runs now; empty when none does, so that nobody asks a stranger's port."""
        if not self.is_held():
            return {}
        try:
            return dict(json.loads((self.path / STATE).read_text()))
        except (OSError, ValueError):
            return {}

    def filled(self, env: Mapping[str, str]) -> dict[str, str]:
        """Return the environment with what is not set taken from the `up` that runs here."""
        given = {name: value for name, value in env.items() if value.strip()}
        known = self.state()
        if given.get("MONGODB_URL", known.get("MONGODB_URL")) != known.get("MONGODB_URL"):
            # Another database than the one of `up`: its secret and its queue are not ours either.
            known = {}
        return {**known, **given}

    @staticmethod
    def _write(path: Path, text: str) -> None:
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
