"""Chromium, which takes the pictures: found on this machine, never downloaded."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.async_api import Browser, async_playwright
from simcord.preview import Preview

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
COLOURS: Final = 128
"""Enough for letters on a dark ground."""
_FLAGS: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_READY: Final = "() => window.simcordPreview && window.simcordPreview.ready"
_ONLY_DISCORD: Final = """
[data-workbench], #history-older, #history-newer, #new-messages, .message-edited-compact { display: none !important; }
"""


class NoChromium(Exception):
    """There is no browser to take pictures with."""

    def __str__(self) -> str:
        return f"no browser is found ({', '.join(NAMES)}); install one, on Debian: apt-get install chromium"


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of a picture, and what its name ends with."""

    suffix: str
    width: int
    height: int


DESKTOP: Final = Frame("", 820, 800)
PHONE: Final = Frame("-phone", 390, 844)


def chromium() -> str:
    """Return the path of the browser. Raises NoChromium."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise NoChromium
    return found


@asynccontextmanager
async def open_browser() -> AsyncGenerator[Browser, None]:
    """Run the browser, without a window. Raises NoChromium."""
    path = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


async def picture(browser: Browser, preview: Preview, frame: Frame, file: Path) -> None:
    """Save what an open preview shows, without simcord's own tools around it, as a small PNG."""
    context = await browser.new_context(
        viewport={"width": frame.width, "height": frame.height},
        reduced_motion="reduce",
        bypass_csp=True,
    )
    try:
        page = await context.new_page()
        await page.goto(preview.url)
        await page.add_style_tag(content=_ONLY_DISCORD)
        await page.wait_for_function(_READY)
        shot = await page.screenshot(animations="disabled", caret="hide")
    finally:
        await context.close()
    Image.open(BytesIO(shot)).convert("RGB").quantize(COLOURS).save(file, optimize=True)
