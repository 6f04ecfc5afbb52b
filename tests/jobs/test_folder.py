"""The data folder of `up`: one holder at a time, a secret of its own, and a note for the other commands."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.core.settings import SettingsError
from jobs.folder import Folder

pytestmark = pytest.mark.unit


def test_its_secret_is_drawn_once_and_for_its_owner_only(tmp_path: Path) -> None:
    first = Folder(tmp_path).secret()
    assert len(first) == 64
    assert Folder(tmp_path).secret() == first
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert Folder(tmp_path / "..").path == tmp_path.parent


def test_one_holds_it_at_a_time(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "data")
    assert folder.is_held() is False
    with folder.locked():
        assert Folder(tmp_path / "data").is_held() is True
        with pytest.raises(SettingsError, match="runs already"), Folder(tmp_path / "data").locked():
            pass
    assert folder.is_held() is False
    with folder.locked():
        assert folder.is_held() is True


def test_other_commands_find_what_runs_here_and_nothing_that_ran(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    known = {"MONGODB_URL": "mongodb://127.0.0.1:4711", "REGULARS_SECRET": "x" * 32, "PORT": "8000"}
    with folder.locked():
        folder.remember(known)
        assert (tmp_path / "state.json").stat().st_mode & 0o777 == 0o600
        assert folder.filled({"PORT": "", "HOME": "/root"}) == {**known, "HOME": "/root"}
        assert folder.filled({"PORT": "9000"})["PORT"] == "9000"
        # Another database is another installation: neither the secret nor the queue of this one belong to it.
        assert folder.filled({"MONGODB_URL": "mongodb://elsewhere"}) == {"MONGODB_URL": "mongodb://elsewhere"}
        # A named server that `up` was given too is the same installation.
        assert folder.filled({"MONGODB_URL": "mongodb://127.0.0.1:4711"}) == known
    assert folder.filled({}) == {}
    with folder.locked():
        folder.forget()
        assert folder.filled({}) == {}


def test_the_environment_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Folder.of({}).path == tmp_path / "data"
    assert Folder.of({"REGULARS_DATA_DIR": "/srv/regulars"}).path == Path("/srv/regulars")
