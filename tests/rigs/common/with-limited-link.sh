#!/usr/bin/env bash
# usage: with-limited-link.sh [-r RATE] [-m MTU] COMMAND [ARG...]
# Run COMMAND in a network namespace of its own: nothing but a loopback device with MTU 1500 (or -m) that carries RATE
# (default 1gbit; tc's words), both directions together. Start the daemon and its client inside the same call.
# The limit is the kernel's token bucket (sch_tbf), without added delay. Without root it uses a user namespace.
# Needs iproute2 and util-linux.
set -euo pipefail
USAGE="usage: with-limited-link.sh [-r RATE] [-m MTU] COMMAND [ARG...]"
RATE=1gbit MTU=1500
while getopts r:m: f; do
    case $f in
    r) RATE=$OPTARG ;;
    m) MTU=$OPTARG ;;
    *) echo "$USAGE" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || { echo "$USAGE" >&2; exit 2; }
NS=(--net)
[ "$(id -u)" = 0 ] || NS+=(--user --map-root-user)
# burst: more than one 64 KiB send, and what passes in one tick of a slow kernel clock (4 ms of 1 Gbit/s: 500 kB)
# shellcheck disable=SC2016
exec unshare "${NS[@]}" bash -c '
    ip link set lo mtu "$0" up
    tc qdisc add dev lo root tbf rate "$1" burst 512kb latency 50ms ||
        { echo "cannot limit the rate: no tc (iproute2), or this kernel has no sch_tbf" >&2; exit 1; }
    shift
    exec "$@"' "$MTU" "$RATE" "$@"
