"""What a device says of itself at the start of a run: Linux and Android alike.

One shell command collects the text, pure functions read it; a value that is not there is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from benchhub.devices.clusters import clusters_of, parse_cpu_list
from benchhub.devices.told import integer, pairs
from benchhub.devices.transport import Transport
from benchhub.records import DeviceFacts

TIMEOUT_S = 20.0

# Each line is `key=value`; a file that does not exist gives no line. For dash, mksh and ash, with
# the tools of coreutils, busybox and toybox. What each part relies on:
# - the user land's bits: getconf, else the ELF class (fifth byte) of the shell; never uname;
# - the C library: getconf (glibc), else the library prints its version when it is started;
# - Android's properties: one getprop, which prints `[name]: [value]`.
_FACTS = r"""
exec 2>/dev/null
say() { [ -r "$2" ] && echo "$1=$(tr -d '\0' <"$2")"; }
echo "system=$(uname -s)"; echo "kernel=$(uname -r)"; echo "arch=$(uname -m)"
echo "uid=$(id -u)"; echo "user=$(id -un)"; echo "cores=$(nproc)"
[ -r /etc/os-release ] && (. /etc/os-release; echo "os=$PRETTY_NAME")
sed -n 's/^model name[[:space:]]*: /cpu=/p;s/^Model[[:space:]]*: /board=/p
s/^Hardware[[:space:]]*: /hardware=/p' /proc/cpuinfo | sort -u
for t in /sys/firmware/devicetree/base /proc/device-tree; do
  say board "$t/model"; say serial "$t/serial-number"
  [ -r "$t/compatible" ] && echo "compatible=$(tr '\0' ' ' <"$t/compatible")"
done
say boot_id /proc/sys/kernel/random/boot_id
sed -n 's/^MemTotal: *\([0-9]*\) kB/memory_kb=\1/p' /proc/meminfo
sed -n 's/^Cpus_allowed_list:[[:space:]]*/allowed=/p' /proc/self/status
[ -x /system/bin/getprop ] && echo "android=yes" && /system/bin/getprop |
  sed -n 's/^\[\(ro\.[^]]*\)\]: \[\(.*\)\]$/\1=\2/p' |
  grep -E '^ro\.(product|soc|build|board|hardware|serialno)'
bits=$(getconf LONG_BIT)
case $bits in 32|64) echo "bits=$bits" ;; *)
  for s in /system/bin/sh /bin/sh; do
    [ -r "$s" ] && echo "elf_class=$(od -An -tx1 -j4 -N1 "$s")" && break
  done ;;
esac
libc=$(getconf GNU_LIBC_VERSION)
[ -z "$libc" ] && for l in /lib/*-linux-*/libc.so.6 /lib64/libc.so.6 /lib/libc.so.6 \
  /lib/ld-musl-*.so.1; do
  [ -z "$libc" ] && [ -x "$l" ] && libc=$("$l" 2>&1 </dev/null | head -n 2 | tr '\n' ' ')
done
echo "libc=$libc"
{ [ -e /system/bin/linker64 ] || [ -e /system/bin/linker ]; } && echo "linker=bionic"
say online /sys/devices/system/cpu/online
for d in /sys/devices/system/cpu/cpu[0-9]*; do
  c=${d##*/cpu}
  read -r x <"$d/cpu_capacity" && echo "capacity.$c=$x"
  [ -r "$d/cpufreq/scaling_governor" ] || [ -r "$d/cpufreq/cpuinfo_max_freq" ] || continue
  read -r x <"$d/cpufreq/cpuinfo_max_freq" && echo "hardware_khz.$c=$x"
  read -r x <"$d/cpufreq/scaling_governor" && echo "governor=$x"
  read -r x <"$d/cpufreq/scaling_min_freq" && echo "min_khz=$x"
  read -r x <"$d/cpufreq/scaling_max_freq" && echo "max_khz=$x"
done
true
"""

# Android's fixed user of adb shells (AID_SHELL), for a device whose `id` knows no names.
_SHELL_UID = "2000"
_MOST_CPUS = 8192


def read_facts(transport: Transport) -> DeviceFacts:
    """Ask a device for its facts.

    Raises:
        TransportError: It does not answer.
    """
    return parse_facts(transport.run(["sh", "-c", _FACTS], timeout_s=TIMEOUT_S).stdout)


def parse_facts(text: str) -> DeviceFacts:
    """Read the lines of the facts command; anything may be missing."""
    lines = list(pairs(text))
    first: dict[str, str] = {}
    for key, value in lines:
        first.setdefault(key, value)
    kind = "android" if "android" in first else first.get("system", "").lower() or None
    memory = integer(first.get("memory_kb"))
    soc = _soc(first)
    return DeviceFacts(
        os=_os(first, kind),
        kernel=first.get("kernel"),
        arch=first.get("arch"),
        cpu=first.get("board") or first.get("cpu") or soc,
        cores=integer(first.get("cores")) or len(_cpus(first.get("allowed"))) or None,
        memory_bytes=None if memory is None else memory * 1024,
        governors=tuple(dict.fromkeys(value for key, value in lines if key == "governor")),
        min_khz=min(_integers(lines, "min_khz"), default=None),
        max_khz=max(_integers(lines, "max_khz"), default=None),
        kind=kind,
        abis=_abis(first),
        soc=soc,
        model=_model(first),
        serial=first.get("ro.serialno") or first.get("serial"),
        api_level=integer(first.get("ro.build.version.sdk")),
        fingerprint=first.get("ro.build.fingerprint"),
        security_patch=first.get("ro.build.version.security_patch"),
        libc=_libc(first),
        user_bits=_bits(first),
        clusters=clusters_of(
            _online(first), _numbered(lines, "hardware_khz."), _numbered(lines, "capacity.")
        ),
        allowed_cpus=_cpus(first.get("allowed")),
        boot_id=first.get("boot_id"),
        user=_user(first, kind),
    )


def _integers(lines: Iterable[tuple[str, str]], wanted: str) -> list[int]:
    found = (integer(value) for key, value in lines if key == wanted)
    return [number for number in found if number is not None]


def _numbered(lines: Iterable[tuple[str, str]], prefix: str) -> dict[int, int]:
    """Return the numbers of keys such as `capacity.3`, by the number in the key."""
    found = {}
    for key, value in lines:
        cpu = integer(key.removeprefix(prefix)) if key.startswith(prefix) else None
        number = integer(value)
        if cpu is not None and number is not None and 0 <= cpu < _MOST_CPUS and number > 0:
            found[cpu] = number
    return found


def _online(told: Mapping[str, str]) -> tuple[int, ...]:
    """Return the CPUs that are online; those that are allowed are, at least."""
    return _cpus(told.get("online")) or _cpus(told.get("allowed"))


def _cpus(text: str | None) -> tuple[int, ...]:
    try:
        return parse_cpu_list(text or "")
    except ValueError:
        return ()


def _os(told: Mapping[str, str], kind: str | None) -> str | None:
    release = told.get("ro.build.version.release")
    return f"Android {release}" if kind == "android" and release else told.get("os")


def _soc(told: Mapping[str, str]) -> str | None:
    """Return Android's name of the chip, or the most general `compatible` of the device tree."""
    maker, chip = told.get("ro.soc.manufacturer"), told.get("ro.soc.model")
    if chip:
        return _joined(maker, chip)
    compatible = told.get("compatible", "").split()
    platform = told.get("ro.board.platform") or told.get("hardware")
    return platform or (compatible[-1] if compatible else None)


def _model(told: Mapping[str, str]) -> str | None:
    name = told.get("ro.product.model")
    return _joined(told.get("ro.product.manufacturer"), name) if name else told.get("board")


def _joined(maker: str | None, name: str) -> str:
    """Put the maker before the name, unless the name starts with it."""
    return name if not maker or name.casefold().startswith(maker.casefold()) else f"{maker} {name}"


def _abis(told: Mapping[str, str]) -> tuple[str, ...]:
    names = [told.get("ro.product.cpu.abi", ""), *told.get("ro.product.cpu.abilist", "").split(",")]
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def _libc(told: Mapping[str, str]) -> str | None:
    """Read `glibc 2.36` (getconf) or what the library prints when it is started.

    glibc: `GNU C Library (...) stable release version 2.36.`; musl: `musl libc (aarch64)
    Version 1.2.4`. Android's linker stands for bionic, which has no version of its own.
    """
    text = told.get("libc", "")
    if match := re.match(r"glibc ([0-9][0-9.]*)", text):
        return f"glibc {match[1].rstrip('.')}"
    if match := re.search(r"GNU C Library .*release version ([0-9]+(?:\.[0-9]+)+)", text):
        return f"glibc {match[1]}"
    if text.startswith("musl"):
        match = re.search(r"Version ([0-9][0-9.]*)", text)
        return f"musl {match[1]}" if match else "musl"
    return told.get("linker")


def _bits(told: Mapping[str, str]) -> int | None:
    """Return 32 or 64; EI_CLASS of ELF is 1 for 32 bits and 2 for 64."""
    known = {"32": 32, "64": 64}.get(told.get("bits", ""))
    return known or {"01": 32, "02": 64}.get(told.get("elf_class", ""))


def _user(told: Mapping[str, str], kind: str | None) -> str | None:
    if kind == "android" and told.get("uid") == _SHELL_UID:
        return "shell"
    return told.get("user") or told.get("uid")
