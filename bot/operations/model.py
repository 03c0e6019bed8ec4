"""The doctor's look at the model: does it load, does it write, how fast."""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final

from bot.model import ModelCannotLoad, ModelClient, open_model
from bot.operations.findings import Finding, fail, ok, warn
from bot.operations.wiring import endpoint_of, first_of, kept_running, patience_of, supervisor_of
from bot.prompt.compose import ChatMessage
from bot.settings import Secrets, SettingsError
from bot.settings.sections import ModelSection
from bot.story.presets import Sampling
from bot.workshop.errors import ModelBusy, ModelDown, ModelError, ModelRefused, ModelTimedOut
from bot.workshop.records import ModelRequest

SLOW: Final = 5.0
"""Tokens a second below which people wait half a minute for a paragraph."""
TRIAL: Final = ModelRequest(
    messages=(ChatMessage("user", "Tell me about a lighthouse in a few sentences."),),
    sampling=Sampling(),
    max_tokens=32,
    seed=1,
)
NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class Speed:
    """How long the first text took, in seconds, and how many tokens a second came then."""

    first_text: float
    tokens: float


async def look_at_model(section: ModelSection, secrets: Secrets) -> Sequence[Finding]:
    """Start the embedded model, or ask the other server, and let it write a little."""
    endpoint, found = endpoint_of(section, secrets), list[Finding]()
    try:
        supervisor = supervisor_of(section, endpoint, lambda _: None)
    except SettingsError as fault:
        return [fail("model", f"{fault.where}: {fault.wrong}", f"{fault.remedy.capitalize()}.")]
    try:
        async with (
            open_model(endpoint, patience_of(section), section.context_tokens) as model,
            kept_running(supervisor),
        ):
            found.append(await _try(model))
            found.extend(await _adapters(model, section))
    except* ModelCannotLoad as faults:
        found = [fail("model", str(first_of(faults)), "Set model.name, model.device or model.max_memory.")]
    except* ModelError as faults:
        found = [_unwell(section, first_of(faults))]
    return found


async def _try(model: ModelClient) -> Finding:
    began = perf_counter()
    info = await model.info()
    loaded = perf_counter() - began
    speed = await _measure(model)
    seen = (
        f"{info.name} answered after {loaded:.1f} s, holds {info.context:,} tokens, "
        f"writes {speed.tokens:.1f} a second, the first after {speed.first_text:.1f} s"
    )
    if speed.tokens < SLOW:
        return warn("model", seen, "People will wait: use a GPU, a smaller model, or another server.")
    return ok("model", seen)


async def _adapters(model: ModelClient, section: ModelSection) -> Sequence[Finding]:
    """Name the adapters that styles can have, and say where a folder for them holds none."""
    if known := await model.adapters():
        return [ok("adapters", ", ".join(known))]
    if section.url or not section.adapters_folder:
        return []
    remedy = f"`python -m model_server doctor --adapters {section.adapters_folder}` says why."
    return [warn("adapters", f"none in {section.adapters_folder} that can be used", remedy)]


async def _measure(model: ModelClient) -> Speed:
    began = first = perf_counter()
    pieces: list[str] = []
    async for piece in model.stream(TRIAL):
        first = first if pieces else perf_counter()
        pieces.append(piece)
    ended = perf_counter()
    (tokens,) = await model.count(["".join(pieces)])
    alone = len(pieces) < 2  # the text came at once, so the wait for it is all there is to measure
    spent = ended - (began if alone else first)
    return Speed(first - began, max(1, tokens if alone else tokens - 1) / max(spent, 1e-6))


def _unwell(section: ModelSection, fault: BaseException) -> Finding:
    where = section.url or "the embedded server"
    match fault:
        case ModelRefused(status) if status == NOT_FOUND:
            return fail("model", f"{where} has no model {section.wanted}", "Correct model.name or model.url.")
        case ModelRefused(status):
            return fail("model", f"{where} refuses ({status})", "See to MODEL_API_KEY and model.name.")
        case ModelBusy():
            return warn("model", f"{where} is busy", "Ask again when it has less to do.")
        case ModelTimedOut(seconds):
            return fail("model", f"{where} said nothing for {seconds:.0f} s", "See to its log and its load.")
        case ModelDown():
            return fail("model", f"{where} does not answer", "Start it, or correct model.url.")
        case _:
            remedy = "Point model.url to an OpenAI-compatible server, with /v1."
            return fail("model", f"{where} answers nonsense", remedy)
