"""The shell on a device that stands around every command: it ends the whole tree, always.

A daemon on a device does not do that: sshd leaves a silent command running when its connection
breaks, adbd sends a SIGHUP that can be ignored. So each command runs in a session of its own, below
a shell that waits for its end or for the end of its own standard input, whichever is first, and
then kills the session and every descendant that carries the command's token in its environment.
Closing standard input cancels; a broken connection closes it too.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

# Inherited by every descendant, also by those that start a session of their own.
TOKEN_VARIABLE = "BENCHHUB_PROCESS_TOKEN"  # noqa: S105 - a marker, no secret

# Below what the guard prints when the command could not be started, with the token before it.
MISSING = "missing"
NOT_EXECUTABLE = "not executable"
NO_FOLDER = "no folder"

# For dash, bash, mksh and busybox, with the tools of coreutils, toybox or busybox. grep -q says 0
# if it finds one, whatever it could not read: processes end meanwhile. Nearly always there is none,
# so the first look costs one process. The token is in the command's environment only, so that
# neither the guard nor grep finds itself.
_SWEEP = f"""
carriers() {{ grep "$1" -F "{TOKEN_VARIABLE}=$token" /proc/[0-9]*/environ; }}
sweep() {{
  while carriers -q; do
    for p in $(carriers -l); do p=${{p%/environ}}; kill -9 "${{p#/proc/}}"; done
  done
}}
"""

_GUARD = f"""
umask 022
token=$1 folder=$2 variables=$3; shift 3
refuse() {{ echo "benchhub:$token:$2" >&2; exit "$1"; }}
cd "$folder" 2>/dev/null || {{ mkdir -p "$folder" && cd "$folder"; }} || refuse 125 '{NO_FOLDER}'
while [ "$variables" -gt 0 ]; do export "$1"; shift; variables=$((variables - 1)); done
case $1 in
*/*) [ -e "$1" ] || refuse 127 {MISSING}
  [ -x "$1" ] && [ ! -d "$1" ] || refuse 126 '{NOT_EXECUTABLE}' ;;
*) command -v "$1" >/dev/null 2>&1 || refuse 127 {MISSING} ;;
esac
{_SWEEP}
end() {{ kill -9 "-$pid"; sweep; }}
session=; command -v setsid >/dev/null 2>&1 && session=setsid
exec 3<&0
{TOKEN_VARIABLE}=$token $session "$@" 3<&- </dev/null &
pid=$!
exec >/dev/null 2>&1
trap end HUP TERM
(trap '' HUP TERM; read -r line <&3; end) &
watch=$!
wait $pid; code=$?
kill -9 $watch
end
exit $code
"""

_END = f"""
token=$1
{_SWEEP}
sweep 2>/dev/null
"""


def guarded(
    token: str, folder: str, argv: Sequence[str], env: Mapping[str, str] | None = None
) -> str:
    """Return the POSIX shell that runs a command in a folder, under guard.

    Args:
        token: Mark of the command's processes; no other command on the device has it.
        folder: Where it runs; made if it is not there.
        argv: Program and arguments; they arrive as they are.
        env: Variables to set.
    """
    variables = [f"{name}={value}" for name, value in (env or {}).items()]
    words = [token, folder, str(len(variables)), *variables, *argv]
    return f"set -- {shlex.join(words)}\n{_GUARD}"


def end_processes(prefix: str) -> list[str]:
    """Return the argv that kills every process whose token begins like that, and waits for it."""
    return ["sh", "-c", _END, "sh", prefix]


def refusal(token: str, stderr: str) -> str | None:
    """Return why the guard did not start the command, or None if it did."""
    line = stderr.strip().rpartition("\n")[2]
    mark = f"benchhub:{token}:"
    return line.removeprefix(mark) if line.startswith(mark) else None
