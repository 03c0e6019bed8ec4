"""What the pages say can be done and found, can be."""

import re
import shlex
from pathlib import Path

import pytest

from bot.commands import COMMANDS, parse
from bot.operations.arguments import parse as parse_arguments
from bot.settings.loading import fields_of
from bot.settings.sections import Settings
from bot.storage.schema import metadata

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FOR_PEOPLE = [ROOT / "README.md", *(ROOT / "docs" / f"{name}.md" for name in ("writers", "moderators"))]
FOR_OPERATORS = [ROOT / "README.md", ROOT / "docs" / "operators.md"]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^ {4}(.+)$|`([^`\n]+)`", re.MULTILINE)
NAMES = {command.name for command in COMMANDS}
COMMAND = re.compile(r"(?:@\w+ )?/[a-z].*")


def relative(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).lower().replace(" ", "-") for heading in headings}


def code(page: Path) -> list[str]:
    found = CODE.findall(page.read_text(encoding="utf-8"))
    return [(block or inline).strip() for block, inline in found]


def typed(page: Path) -> list[str]:
    """Return what somebody would type: commands, and in README's session what stands behind the prompt."""
    session = re.findall(r"^> (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [line for line in (*code(page), *session) if COMMAND.fullmatch(line)]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_somewhere(page):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("https://", "http://")):
            continue
        file, _, anchor = target.partition("#")
        place = (page.parent / file).resolve() if file else page
        assert place.exists(), target
        assert not anchor or anchor in anchors(place), target


@pytest.mark.parametrize("page", FOR_PEOPLE, ids=relative)
def test_every_command_that_is_shown_can_be_typed(page):
    assert typed(page)
    for line in typed(page):
        if line.removeprefix("/") not in NAMES:
            parse(line)


@pytest.mark.parametrize("page", FOR_OPERATORS, ids=relative)
def test_every_order_to_the_program_is_understood(page):
    for line in code(page):
        if found := re.search(r"python -m bot ([^|>#]+)", line):
            parse_arguments(shlex.split(found[1]))


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_setting_that_is_named_exists(page):
    sections = "|".join(Settings.model_fields)
    for line in code(page):
        for section, key in re.findall(rf"^({sections})\.([a-z_]+)(?: = .+)?$", line):
            assert key in fields_of(section), line


def test_the_privacy_policy_knows_every_table():
    page = (ROOT / "docs" / "privacy-policy.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(\w+)`", page.partition("which table holds what")[2]))
    assert told == set(metadata.tables)


def test_the_readme_leads_to_a_page_for_everyone():
    linked = set(LINK.findall((ROOT / "README.md").read_text(encoding="utf-8")))
    assert {f"docs/{name}.md" for name in ("writers", "moderators", "operators", "privacy-policy")} <= linked
