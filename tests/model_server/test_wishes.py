from pathlib import Path

import pytest

from model_server.engine.interface import Sampling
from model_server.wishes import Wishes

PAGE = Path(__file__).parents[2] / "docs" / "model-server.md"


@pytest.mark.parametrize("name", Wishes.model_fields)
def test_every_parameter_stands_on_the_page_with_its_bounds(name):
    assert f"`{name}`" in PAGE.read_text(encoding="utf-8")


def test_every_setting_of_a_sampler_can_be_asked_for():
    assert set(Sampling.__dataclass_fields__) <= set(Wishes.model_fields)
