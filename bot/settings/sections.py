"""Every setting: what it is, what it takes, its default. ``config.toml`` repeats this as comments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX: Final = "SCRIPTORIUM_"
SEPARATOR: Final = "__"
EMBEDDED: Final = "embedded"
_CAP: Final = r"\w+=\d+(\.\d+)?[KMGT]i?B"
_CAPS: Final = rf"^({_CAP}(,{_CAP})*)?$"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a field takes, where its type does not tell."""

    text: str


def _is_url(*schemes: str) -> AfterValidator:
    def check(value: str) -> str:
        parts = urlsplit(value)
        if "@" in parts.netloc:
            raise ValueError("should hold no password; keys belong into the environment")
        if value and (parts.scheme not in schemes or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("should be a URL of that kind")
        return value.rstrip("/")

    return AfterValidator(check)


def _is_zero_or(least: int, most: int) -> AfterValidator:
    def check(value: int) -> int:
        if value and not least <= value <= most:
            raise ValueError("should be another number")
        return value

    return AfterValidator(check)


def _names_something(value: Path) -> Path:
    if not value.name:
        raise ValueError("names nothing")
    return value.expanduser()


HttpUrl = Annotated[str, _is_url("http", "https"), Allowed("empty, or an http:// or https:// URL")]
WebSocketUrl = Annotated[str, _is_url("ws", "wss"), Allowed("empty, or a ws:// or wss:// URL")]
Place = Annotated[Path, Field(strict=False), AfterValidator(_names_something), Allowed("a path")]
MaybePlace = Annotated[str, Allowed("empty, or a path")]


class Section(BaseModel):
    """One ``[section]`` of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DiscordSection(Section):
    """How the bot meets Discord."""

    api_url: HttpUrl = Field(
        default="",
        description="Another address of Discord's REST API, with /api/v10; empty leaves Discord's own.",
    )
    gateway_url: WebSocketUrl = Field(
        default="", description="Another address of Discord's gateway; empty leaves Discord's own."
    )
    message_content: bool = Field(
        default=False,
        description="Whether the bot may read what people type in a session's thread. "
        "Needs the Message Content intent, switched on in Discord's developer portal.",
    )
    moderator_role: Annotated[str, Allowed("empty, or a role's name or id")] = Field(
        default="", description="A role whose members moderate, beside those who hold Manage Server."
    )


class StorageSection(Section):
    """Where everything durable lives."""

    path: Place = Field(default=Path("data/scriptorium.db"), description="The database file.")
    busy_timeout_seconds: float = Field(
        default=5.0, ge=0.1, le=60, description="How long to wait for a database that is locked, in seconds."
    )
    backups_kept: int = Field(
        default=2,
        ge=1,
        le=100,
        description="How many copies of the database to keep, made before each change of its form.",
    )


class ModelSection(Section):
    """The language model: the embedded server's, or another server's."""

    url: HttpUrl = Field(
        default="",
        description="An OpenAI-compatible server, with /v1; its key is MODEL_API_KEY in the environment. "
        "Empty starts the embedded server beside the bot.",
    )
    name: Annotated[str, Allowed("embedded, a Hugging Face id, a folder, or with url a name there")] = Field(
        default=EMBEDDED,
        description="Which model. With url, embedded or empty means the first model that the server lists.",
    )
    device: Literal["auto", "cpu", "cuda", "mps", "xpu"] = Field(
        default="auto",
        description="What the embedded server computes on; auto takes a GPU where there is one.",
    )
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = Field(
        default="auto", description="The embedded model's number format; auto chooses by the device."
    )
    max_memory: Annotated[
        str, Field(pattern=_CAPS), Allowed("empty, or device=size pairs, such as 0=20GiB,cpu=8GiB")
    ] = Field(
        default="",
        description="Most memory for the embedded model's weights, by device; empty sets no limit.",
    )
    threads: int = Field(
        default=0,
        ge=0,
        le=1024,
        description="Processor threads of the embedded server; 0 leaves it to the machine.",
    )
    context_tokens: Annotated[
        int, _is_zero_or(256, 10_000_000), Allowed("0, or a whole number from 256 to 10,000,000")
    ] = Field(default=0, description="Most tokens of prompt and answer together; 0 leaves it to the server.")
    max_concurrent: int = Field(
        default=8, ge=1, le=256, description="How many texts the embedded server writes at the same time."
    )
    max_queue: int = Field(
        default=32,
        ge=0,
        le=10_000,
        description="How many requests may wait for the embedded server before it says no.",
    )
    cache_folder: MaybePlace = Field(
        default="",
        description="Where the embedded server keeps converted models; empty is the user's cache folder.",
    )
    adapters_folder: MaybePlace = Field(
        default="",
        description="Where LoRA adapters for the embedded server's model lie, a folder each; /preset gives one to a "
        "style. Empty serves none.",
    )
    start_seconds: float = Field(
        default=300.0,
        ge=0,
        le=86_400,
        description="How long a request waits for a model that is still loading, in seconds.",
    )
    first_text_seconds: float = Field(
        default=180.0, ge=1, le=86_400, description="How long a request waits for its first text, in seconds."
    )
    next_text_seconds: float = Field(
        default=60.0,
        ge=1,
        le=86_400,
        description="How long it then waits for each further piece, in seconds.",
    )
    retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a request is tried again when the server is busy or fails.",
    )

    @property
    def wanted(self) -> str:
        """The name to ask another server for; empty for the first that it lists."""
        return "" if self.name == EMBEDDED else self.name


class WritingSection(Section):
    """Bounds on what people and the model write."""

    passage_characters: int = Field(
        default=12_000,
        ge=100,
        le=100_000,
        description="Longest passage that a person may add, in characters.",
    )
    prompt_tokens: int = Field(
        default=4096,
        ge=256,
        le=10_000_000,
        description="Most tokens of story and instructions that the model is given for one continuation; "
        "never more than it can hold.",
    )


class BallotSection(Section):
    """Votes."""

    minutes: float = Field(
        default=10.0,
        ge=0.1,
        le=10_080,
        description="How long a vote stays open at most, in minutes; extended once.",
    )


class TerminalSection(Section):
    """The terminal, which runs where no Discord token is set."""

    name: Annotated[
        str, Field(pattern=r"^\S{0,32}$"), Allowed("empty, or one word of up to 32 characters")
    ] = Field(default="", description="What the person at the keyboard is called; empty is the login name.")


class ExportSection(Section):
    """Exported stories."""

    folder: Place = Field(default=Path("exports"), description="Where the terminal writes exported stories.")


class LogSection(Section):
    """The log."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important lines that are written."
    )
    file: MaybePlace = Field(
        default="",
        description="Where to write them; empty is standard error, in the terminal data/scriptorium.log.",
    )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter=SEPARATOR, extra="forbid", frozen=True, strict=True
    )

    discord: DiscordSection = DiscordSection()
    storage: StorageSection = StorageSection()
    model: ModelSection = ModelSection()
    writing: WritingSection = WritingSection()
    ballot: BallotSection = BallotSection()
    terminal: TerminalSection = TerminalSection()
    export: ExportSection = ExportSection()
    log: LogSection = LogSection()
