from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from deployments.contracts.errors import JournalUnavailable, SettingError
from deployments.journal.connections import OLDEST_SQLITE, engine_for, refuse_old_sqlite


def test_an_sqlite_that_may_corrupt_its_log_is_refused() -> None:
    with pytest.raises(SettingError, match=r"needs SQLite 3\.51\.3 or newer, and this library is 3\.51\.2"):
        refuse_old_sqlite((3, 51, 2))
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        with pytest.raises(SettingError):
            refuse_old_sqlite(sqlite3.sqlite_version_info)
    refuse_old_sqlite(OLDEST_SQLITE)


def test_every_sqlite_connection_syncs_at_each_commit_and_overwrites_what_it_deletes(path: Path) -> None:
    engine = engine_for(str(path))
    with engine.connect() as one, engine.connect():
        pragmas = {name: one.scalar(sa.text(f"PRAGMA {name}")) for name in _WANTED}
        version = one.scalar(sa.text("SELECT sqlite_version()"))
    assert pragmas == _WANTED
    assert tuple(map(int, str(version).split("."))) >= OLDEST_SQLITE
    engine.dispose()


_WANTED = {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1, "foreign_keys": 1, "auto_vacuum": 2}


def test_the_journal_is_its_owner_s_alone(path: Path) -> None:
    engine_for(str(path))
    assert path.stat().st_mode & 0o077 == 0


def test_a_path_and_a_url_name_the_same_file_whatever_its_characters(tmp_path: Path) -> None:
    odd = tmp_path / "a b?c#d%20" / "journal.sqlite"
    with engine_for(str(odd)).begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (a)"))
    assert odd.stat().st_size > 0
    plain = tmp_path / "plain.sqlite"
    with engine_for(f"sqlite:///{plain}").begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (a)"))
    with engine_for(str(plain)).connect() as connection:
        assert connection.scalar(sa.text("SELECT count(*) FROM t")) == 0


@pytest.mark.parametrize("url", ["nothing://x/y", "postgresql://host:port/x", "://"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(SettingError):
        engine_for(url)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalUnavailable):
        engine_for(str(tmp_path / "file" / "journal.sqlite"))
