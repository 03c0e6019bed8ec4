import os
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from support.waiting import ENOUGH

from model_server.embedded import converted, find_gguf
from model_server.faults import StartFault


@pytest.fixture
def gguf(tmp_path):
    file = tmp_path / "model.gguf"
    file.write_bytes(b"weights")
    return file


def write(gguf, folder):
    (folder / "model.safetensors").write_bytes(gguf.read_bytes())


def never(gguf, folder):
    raise AssertionError("converted again")


def silent(what):
    pass


def test_the_model_is_found_without_importing_its_package():
    assert find_gguf().suffix == ".gguf"


def test_it_is_converted_once(gguf, tmp_path):
    folder = converted(gguf, tmp_path / "cache", write, silent)
    assert converted(gguf, tmp_path / "cache", never, silent) == folder
    assert [file.name for file in folder.iterdir()] == ["model.safetensors"]


def test_another_file_is_another_conversion(gguf, tmp_path):
    folder = converted(gguf, tmp_path, write, silent)
    gguf.write_bytes(b"other weights")
    assert converted(gguf, tmp_path, write, silent) != folder


def test_a_conversion_that_fails_leaves_nothing_to_be_used(gguf, tmp_path):
    def half(gguf, folder):
        write(gguf, folder)
        raise OSError(28, "No space left on device")

    cache = tmp_path / "cache"
    with pytest.raises(StartFault, match="No space left"):
        converted(gguf, cache, half, silent)
    assert list(cache.iterdir()) == []
    assert converted(gguf, cache, write, silent).is_dir()


def test_two_that_convert_at_the_same_time_both_get_a_whole_one(gguf, tmp_path):
    both = Barrier(2)

    def meet(gguf, folder):
        write(gguf, folder)
        both.wait(timeout=ENOUGH)

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(lambda _: converted(gguf, tmp_path / "cache", meet, silent), range(2))
    assert first == second
    assert list((tmp_path / "cache").iterdir()) == [first]


def test_what_a_killed_conversion_left_is_removed_in_time(gguf, tmp_path):
    old, new = tmp_path / ".converting-old", tmp_path / ".converting-new"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (time.time() - 7200,) * 2)
    converted(gguf, tmp_path, write, silent)
    assert not old.exists()
    assert new.exists()
