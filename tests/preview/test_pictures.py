"""A picture of the real bot on the real model, where there is a browser to take it."""

import os
import shutil

import pytest
from PIL import Image

from preview.browser import NAMES, PHONE, open_browser, picture
from preview.stage import begin_a_story, open_stage

pytestmark = pytest.mark.skipif(
    not any(map(shutil.which, NAMES)), reason="no browser on this machine: apt-get install chromium"
)


@pytest.mark.slow
async def test_a_picture_shows_the_card_of_a_story(tmp_path):
    file = tmp_path / "card.png"
    async with open_browser() as browser, open_stage(tmp_path, os.environ, print) as stage:
        await begin_a_story(stage)
        async with stage.env.preview(stage.channel, viewers=[stage.ann], layout="channel") as preview:
            await picture(browser, preview, PHONE, file)
    with Image.open(file) as taken:
        assert taken.size == (PHONE.width, PHONE.height)
        colours = taken.convert("RGB").getcolors(maxcolors=1 << 20)
        assert len(colours) > 20
        assert max(count for count, _ in colours) < 0.95 * PHONE.width * PHONE.height
    assert file.stat().st_size < 150_000
