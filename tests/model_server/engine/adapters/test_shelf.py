import os
import shutil
import threading

import pytest
import torch
from support.adapters import halves_of, write_adapter
from torch import nn

from model_server.engine.adapters.interface import (
    AdapterInUse,
    NoRoomForAdapter,
    UnfitAdapter,
    UnknownAdapter,
)
from model_server.engine.adapters.reading import CONFIG, WEIGHTS, Base
from model_server.engine.adapters.shelf import Shelf


class Small(nn.Module):
    dtype = torch.float32

    def __init__(self):
        super().__init__()
        self.q_proj = nn.Linear(8, 6)


MODEL = Small()


@pytest.fixture
def folder(tmp_path):
    for seed, name in enumerate(("noir", "haiku", "fable")):
        write_adapter(tmp_path / name, halves_of(MODEL, seed))
    return tmp_path


@pytest.fixture
def shelf(folder):
    return Shelf(folder, Base(MODEL, "small"), most=2)


def used(shelf, name):
    shelf.load(name)
    return shelf.take(name)


def test_an_adapter_is_found_when_it_is_put_there_and_gone_when_it_is_taken_away(shelf, folder):
    write_adapter(folder / "ballad", halves_of(MODEL, 4))
    shutil.rmtree(folder / "noir")
    (folder / ".hidden").mkdir()
    (folder / "empty").mkdir()
    assert shelf.names() == ["ballad", "fable", "haiku"]
    assert used(shelf, "ballad").name == "ballad"
    with pytest.raises(UnknownAdapter):
        shelf.load("noir")


def test_it_is_read_once(shelf):
    assert used(shelf, "noir") is used(shelf, "noir")


def test_what_was_unused_for_longest_makes_room(shelf):
    first = {name: used(shelf, name) for name in ("noir", "haiku")}
    for adapter in first.values():
        shelf.give_back(adapter)
    shelf.load("noir")
    shelf.load("fable")
    assert shelf.take("noir") is first["noir"]
    with pytest.raises(NoRoomForAdapter):
        shelf.take("haiku")


def test_one_in_use_makes_no_room_and_is_not_unloaded(shelf):
    noir, _ = used(shelf, "noir"), used(shelf, "haiku")
    with pytest.raises(NoRoomForAdapter):
        shelf.load("fable")
    with pytest.raises(AdapterInUse):
        shelf.unload("noir")
    shelf.give_back(noir)
    shelf.load("fable")


def test_unloaded_means_read_anew(shelf):
    noir = used(shelf, "noir")
    shelf.give_back(noir)
    shelf.unload("noir")
    with pytest.raises(UnknownAdapter):
        shelf.unload("noir")
    assert used(shelf, "noir") is not noir


def test_other_bytes_under_a_name_are_another_adapter(shelf, folder):
    old = used(shelf, "noir")
    write_adapter(folder / "noir", halves_of(MODEL, 9))
    new = used(shelf, "noir")
    assert new.digest != old.digest
    with pytest.raises(NoRoomForAdapter):
        shelf.load("haiku")
    shelf.give_back(old)
    shelf.load("haiku")
    assert used(shelf, "noir") is new


@pytest.mark.parametrize(
    "name", ["..", ".", "../noir", "noir/../noir", "/etc", "noir\0", "n" * 200, "é", "no one"]
)
def test_a_name_is_never_a_way_out_of_the_folder(shelf, name):
    with pytest.raises(UnknownAdapter):
        shelf.load(name)


def test_the_model_itself_is_no_adapter(shelf):
    assert used(shelf, "") is None
    shelf.give_back(None)


def test_what_was_refused_is_read_again_only_when_its_files_have_changed(shelf, folder, caplog):
    weights = folder / "noir" / WEIGHTS
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-9])
    reasons = set()
    for _ in range(3):
        with pytest.raises(UnfitAdapter) as refused:
            shelf.load("noir")
        reasons.add(refused.value.reason)
    assert len(reasons) == 1
    assert len(caplog.records) == 1
    weights.write_bytes(whole)
    assert used(shelf, "noir").name == "noir"


def test_who_asks_for_what_is_held_does_not_wait_until_another_is_read(shelf):
    used(shelf, "noir")
    asking = threading.Thread(target=shelf.load, args=["noir"], daemon=True)
    with shelf._reading:
        asking.start()
        asking.join(timeout=60)
        assert not asking.is_alive()


def test_what_cannot_be_served_is_said_of_every_sub_folder(shelf, folder):
    (folder / ".being-copied").mkdir()
    (folder / "empty").mkdir()
    (folder / "README.md").write_text("not an adapter")
    write_adapter(folder / "two words", halves_of(MODEL, 4))
    write_adapter(folder / "dora", halves_of(MODEL, 4), use_dora=True)
    (folder / "haiku" / WEIGHTS).rename(folder / "haiku" / "adapter_model.bin")
    (folder / "fable" / WEIGHTS).write_bytes(b"none")
    seen = shelf.unfit(thoroughly=False)
    assert list(seen) == ["dora", "empty", "haiku", "two words"]
    assert "pickle" in seen["haiku"]
    assert "use_dora" in seen["dora"]
    assert "Value error" not in seen["dora"]
    assert "safetensors" in (shelf.unfit(thoroughly=True) | seen)["fable"]
    assert "noir" not in shelf.unfit(thoroughly=True)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with a name here")
def test_a_pipe_is_not_waited_for(shelf, folder):
    (folder / "noir" / CONFIG).unlink()
    os.mkfifo(folder / "noir" / CONFIG)
    with pytest.raises(UnfitAdapter, match="no file"):
        shelf.load("noir")
