"""Everything that a device lends to a run: connections, lease, equipment, settings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from benchhub.devices.inventory import Device
from benchhub.devices.lease import HeldLease, acquire, clean
from benchhub.devices.settings import Change, apply, plan_governor
from benchhub.devices.transport import Transport
from benchhub.errors import BenchhubError, ConnectionLostError, DeviceError, TransportError
from benchhub.execution.equipment import Equipment, equip
from benchhub.records import Failure, Plan, Refusal
from benchhub.workspace import Workspace

CLEAN_UP_TIMEOUT_S = 30.0


class LostMeanwhileError(ConnectionLostError):
    """The device was there, and was lost while it was being equipped."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A device in the hands of a run.

    Attributes:
        transport: The way that measurements take.
        second: Another way, for what happens beside and after them.
        lease: The right to it.
        equipment: Tools and models on it.
        scratch: Folder there for the outputs of invocations.
    """

    transport: Transport
    second: Transport
    lease: HeldLease
    equipment: Equipment
    scratch: str

    def close(self, tell: Callable[[str], None]) -> None:
        """Put everything back and let go. What cannot be done now is healed at the next contact.

        Args:
            tell: Is told what could not be put back.
        """
        try:
            self.second.run(["rm", "-rf", self.scratch], timeout_s=CLEAN_UP_TIMEOUT_S)
            self.lease.release()
        except ConnectionLostError:
            pass  # whoever lost the device tells of it; the lease on it says what is to be done
        except BenchhubError as error:
            tell(str(error))
        finally:
            self.transport.close()
            self.second.close()


def attach(
    plan: Plan,
    device: Device,
    workspace: Workspace,
    wanted: set[str],
    sessions: Collection[str],
    opened: Callable[[Transport], None],
) -> Attachment:
    """Take a device and equip it.

    Args:
        plan: The plan.
        device: The device.
        workspace: Where models and programs are.
        wanted: Ids of the cases that will be measured.
        sessions: Those of earlier attachments of the same work, which may have been lost.
        opened: Is given the first transport at once, to close it from another thread.

    Raises:
        DeviceError: Somebody else has it.
        TransportError: It cannot be reached.
        LostMeanwhileError: It could be reached at first.
    """
    transport = device.file.open(workspace)
    opened(transport)
    second = transport.sibling()
    try:
        lease = acquire(second, plan.run_id, _longest_step_s(plan), sessions)
    except BaseException:
        second.close()
        transport.close()
        raise
    scratch = f"{transport.store}/scratch/{plan.run_id}-{device.name}".removeprefix("./")
    changed: tuple[str, ...] = ()
    try:
        clean(second)
        equipment = equip(plan, device, transport, workspace, wanted)
        problem, changed = _set_governor(plan.conditions.governor, second, lease)
    except BaseException as error:
        transport.close()
        with suppress(TransportError, DeviceError):  # the first error is the one to tell
            lease.release()
        second.close()
        if isinstance(error, ConnectionLostError):
            raise LostMeanwhileError(error.message, error.advice) from error
        raise
    record = replace(
        equipment.record, changed=changed, folder="" if transport.here else transport.folder
    )
    if problem:
        record = replace(record, refusals=_all_refused(problem, device.name, wanted))
    return Attachment(transport, second, lease, replace(equipment, record=record), scratch)


def _longest_step_s(plan: Plan) -> float:
    waiting_s = plan.measure.cooldown_s + plan.conditions.cooldown_timeout_s
    return plan.measure.timeout_s + waiting_s


def _set_governor(
    governor: str | None, transport: Transport, lease: HeldLease
) -> tuple[str, tuple[str, ...]]:
    """Return why it could not be set, if so, and what was changed, for people."""
    if governor is None:
        return "", ()
    wish = plan_governor(transport, governor)
    if wish.problem:
        return wish.problem, ()
    # Written down before it is done: whoever finds the lease can undo it.
    lease.note(wish.changes)
    problem = apply(transport, wish.changes)
    return problem, () if problem else _told(wish.changes)


def _told(changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(f"{change.path}: {change.new} (was {change.old})" for change in changes)


def _all_refused(problem: str, device: str, wanted: set[str]) -> tuple[Refusal, ...]:
    advice = "Permit the change there, or leave `governor` out of the suite's conditions."
    failure = Failure("conditions", problem, advice, DeviceError.exit_code)
    return tuple(Refusal(case_id, device, failure) for case_id in sorted(wanted))
