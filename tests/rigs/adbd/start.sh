#!/usr/bin/env bash
# usage: start.sh [-p PORT] [-d DEVICE] [-a] [-1] [-t MB] [-n] WORK
# Start adbd in its Android-like root on 127.0.0.1:PORT (default 5555); prints the pid of its supervisor.
#   -d  folder in WORK that build-root.sh made (default: device)
#   -a  require RSA keys: public keys in WORK/DEVICE/data/misc/adb/adb_keys
#   -1  do not restart adbd when it dies (as Android's init would, 0.3 s later)
#   -t  /data/local/tmp is a tmpfs of that many megabytes (disk full)
#   -n  /data/local/tmp is a tmpfs mounted noexec (half of the memory large without -t)
# `kill -9 <pid>` or stop.sh = power off: the whole pid namespace dies. Killing the adbd process = the daemon crashes.
# As root, adbd and its commands run as uid 2000 (shell); otherwise in a user namespace, with uid 0 inside it.
# ADB_TRACE=all gives adbd's own log. Log and pid: WORK/state-PORT/.
set -euo pipefail
PORT=5555 DEVICE=device AUTH='' ONCE='' TMPFS=''
while getopts p:d:a1t:n f; do
    case $f in
    p) PORT=$OPTARG ;;
    d) DEVICE=$OPTARG ;;
    a) AUTH=1 ;;
    1) ONCE=1 ;;
    t) TMPFS+=,size=${OPTARG}m ;;
    n) TMPFS+=,noexec ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
WORK=$(readlink -f "${1:?usage: start.sh [-p PORT] [-d DEVICE] [-a] [-1] [-t MB] [-n] WORK}")
ROOT=$WORK/$DEVICE
STATE=$WORK/state-$PORT
[ -x "$ROOT/system/bin/adbd" ] || { echo "$ROOT is not a device root; run setup.sh first" >&2; exit 1; }
mkdir -p "$STATE"
export PORT ROOT AUTH ONCE TMPFS
up() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }
if up; then
    echo "port $PORT is taken" >&2
    exit 1
fi
NS=(--mount --pid --fork --kill-child=KILL --uts --propagation private)
[ "$(id -u)" = 0 ] || NS+=(--user --map-root-user)
cat >"$STATE/init.sh" <<'INIT'
set -euo pipefail
hostname benchdev 2>/dev/null || true
mount --bind "$ROOT" "$ROOT"
mount -t proc proc "$ROOT/proc"
mount -t tmpfs -o mode=755,size=1m tmpfs "$ROOT/dev"
for d in null zero full random urandom tty; do
    : >"$ROOT/dev/$d"
    mount --bind "/dev/$d" "$ROOT/dev/$d"
done
mkdir "$ROOT/dev/pts" "$ROOT/dev/shm"
if mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$ROOT/dev/pts" 2>/dev/null; then
    ln -s pts/ptmx "$ROOT/dev/ptmx"
fi
ln -s /proc/self/fd "$ROOT/dev/fd"
[ -z "$TMPFS" ] || mount -t tmpfs -o "mode=771$TMPFS" tmpfs "$ROOT/data/local/tmp"
mount --bind "$ROOT/system" "$ROOT/system"
mount -o remount,bind,ro "$ROOT/system" # as on Android
BIN=/system/bin/adbd
[ -z "$AUTH" ] || BIN=/system/bin/adbd-auth
read -r _ _ ids </proc/self/uid_map
DROP=()
if [ "$ids" != 1 ]; then # real root; in a user namespace only uid 0 exists
    DROP=(--userspec=2000:2000 --groups=)
    chown 2000:2000 "$ROOT/data/local/tmp" "$ROOT/data/property" "$ROOT/sdcard"
fi
L=/usr/lib/x86_64-linux-gnu
while :; do
    # background jobs start with SIGINT and SIGQUIT ignored; the device's processes must not
    env -i --default-signal /usr/sbin/chroot "${DROP[@]}" "$ROOT" /system/bin/env \
        PATH=/system/bin:/system/xbin:/vendor/bin ANDROID_ROOT=/system ANDROID_DATA=/data EXTERNAL_STORAGE=/sdcard \
        LD_PRELOAD=$L/libpropshim.so LD_LIBRARY_PATH=$L:$L/android \
        ADBD_LISTEN="tcp:localhost:$PORT" ${ADB_TRACE:+ADB_TRACE="$ADB_TRACE"} "$BIN" || true
    [ -z "$ONCE" ] || exit 0
    echo "adbd ended, restarting"
    sleep 0.3
done
INIT
setsid unshare "${NS[@]}" /bin/bash "$STATE/init.sh" </dev/null >"$STATE/adbd.log" 2>&1 &
PID=$!
echo $PID >"$STATE/pid"
for ((i = 0; i < 200; i++)); do
    if up; then
        echo $PID
        exit 0
    fi
    kill -0 $PID 2>/dev/null || break
    sleep 0.05
done
echo "adbd does not listen:" >&2
cat "$STATE/adbd.log" >&2
kill -9 $PID 2>/dev/null || true
exit 1
