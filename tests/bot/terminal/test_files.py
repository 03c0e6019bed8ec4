from pathlib import Path

import pytest

from bot.terminal.files import NotWritten, write_new


def test_a_file_is_written_beside_those_of_its_name(tmp_path: Path):
    folder = tmp_path / "exports"
    written = [write_new(folder, "door.md", text) for text in ("one", "two", "three")]
    assert [path.name for path in written] == ["door.md", "door-2.md", "door-3.md"]
    assert [path.read_text() for path in written] == ["one", "two", "three"]
    assert sorted(folder.iterdir()) == sorted(written)


def test_a_name_leads_nowhere_else(tmp_path: Path):
    assert write_new(tmp_path / "exports", "../../door.md", "x").parent == tmp_path / "exports"


def test_a_fault_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "exports").mkdir()
    with pytest.raises(NotWritten):
        write_new(tmp_path / "exports", "x" * 300, "text")
    assert list((tmp_path / "exports").iterdir()) == []
