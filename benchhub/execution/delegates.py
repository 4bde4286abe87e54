"""Asks every tool of a device which delegates it could measure there, without measuring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchhub.devices.facts import read_facts
from benchhub.devices.inventory import Device
from benchhub.devices.transport import Transport
from benchhub.errors import AccessError, BenchhubError, ConnectionLostError
from benchhub.execution.equipment import tool_settings
from benchhub.records import (
    OPTIONS,
    Case,
    Configuration,
    DelegateOptions,
    DeviceFacts,
    ExternalOptions,
    ModelVariant,
    NpuOptions,
    ToolIdentity,
)
from benchhub.tools.delegates.litert import VENDORS
from benchhub.tools.delegates.offer import NotPossible, offer, place_of
from benchhub.tools.delegates.products import PRODUCTS
from benchhub.tools.tool import Tool, make_tool, tool_names
from benchhub.workspace import Workspace

# A library that no device has: only the way to hand it over is asked for.
_ANY_LIBRARY = "LIBRARY"


@dataclass(frozen=True, slots=True)
class Possibility:
    """Whether a delegate can be measured with a tool on a device.

    Attributes:
        delegate: E.g. `gpu`, or with product or vendor, `external edgetpu`.
        tool: Name of the tool.
        refused: Why it is not possible; empty if it is.
        advice: What to do then; may be empty.
        flags: What it becomes on the tool's command line, as far as that has flags for it.
        notes: What it needs besides.
    """

    delegate: str
    tool: str
    refused: str = ""
    advice: str = ""
    flags: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Possibilities:
    """What a device offers.

    Attributes:
        facts: What it says of itself.
        tools: Its measuring programs.
        missing: Why a tool cannot be used there, by name.
        rows: One for each delegate and tool.
    """

    facts: DeviceFacts
    tools: tuple[ToolIdentity, ...]
    missing: dict[str, str]
    rows: tuple[Possibility, ...]


def possibilities(device: Device, workspace: Workspace) -> Possibilities:
    """Return what could be measured on a device; programs are brought there to be asked.

    Raises:
        TransportError: The device does not answer.
    """
    transport = device.file.open(workspace)
    try:
        return _ask(device, transport, workspace)
    finally:
        transport.close()


def _ask(device: Device, transport: Transport, workspace: Workspace) -> Possibilities:
    facts = read_facts(transport)
    found: dict[str, tuple[Tool, ToolIdentity]] = {}
    missing: dict[str, str] = {}
    for name in tool_names():
        try:
            tool = make_tool(name, tool_settings(device, name, facts.platform, workspace))
            found[name] = tool, tool.identify(transport)
        except (ConnectionLostError, AccessError):
            raise
        except BenchhubError as error:
            missing[name] = str(error)
    rows = (
        _row(what, configuration, tool, identity, facts)
        for what, configuration in _configurations()
        for tool, identity in found.values()
    )
    identities = tuple(identity for _, identity in found.values())
    return Possibilities(facts, identities, missing, tuple(rows))


def _configurations() -> Iterator[tuple[str, Configuration]]:
    yield "none", Configuration("none", "none", 1)
    for word, kind in OPTIONS.items():
        chosen: dict[str, DelegateOptions] = {"": kind()}
        if kind is ExternalOptions:
            chosen = {"": ExternalOptions(_ANY_LIBRARY)}
            chosen |= {name: ExternalOptions(product=name) for name in PRODUCTS}
        if kind is NpuOptions:
            chosen = {vendor: NpuOptions(vendor) for vendor in VENDORS}
        for name, options in chosen.items():
            yield f"{word} {name}".rstrip(), Configuration(word, word, 1, options=options)


def _row(
    what: str, configuration: Configuration, tool: Tool, identity: ToolIdentity, facts: DeviceFacts
) -> Possibility:
    variant = ModelVariant("model", "variant", "model.tflite", "", 0)
    refusal = tool.refuse(Case(variant, configuration, tool.name), identity, facts)
    if refusal is not None:
        failure = refusal.failure
        return Possibility(what, tool.name, failure.message, failure.advice)
    if not identity.flags:
        return Possibility(what, tool.name, notes=_needs(configuration.options))
    offered = offer(configuration, place_of(identity, facts))
    if isinstance(offered, NotPossible):
        return Possibility(what, tool.name, offered.message, offered.advice)
    return Possibility(what, tool.name, flags=offered.arguments, notes=offered.notes)


def _needs(options: DelegateOptions | None) -> tuple[str, ...]:
    product = PRODUCTS.get(options.product) if isinstance(options, ExternalOptions) else None
    return (product.needs,) if product else ()
