#!/usr/bin/env bash
# usage: start.sh [-p PORT] [-w host|arm64] [-S] [-t MB] [-n] WORK
# Start an OpenSSH server on 127.0.0.1:PORT (default 2222); prints the pid of its supervisor.
#   -w host   the user sees this machine's file system (default); the home is WORK/state-PORT/home
#   -w arm64  a "Linux board": an arm64 userland through QEMU (binfmt_misc in a user namespace: Linux 6.7 or later);
#             uname -m says aarch64; /sys and /proc/cpuinfo are a board's, tests may rewrite WORK/board/sys/...
#   -S        no sftp subsystem
#   -t        the home is a tmpfs of that many megabytes (disk full)
#   -n        the home is a tmpfs mounted noexec (half of the memory large without -t)
# Login: user `bench`, keys only. WORK/state-PORT/ holds client.json (host, port, user, key paths),
# keys/{client,client_rsa,client_locked,stranger} (locked: passphrase `bench`; stranger: not authorised), known_hosts,
# sshd_config, sshd.log. Keys stay the same over restarts; delete state-PORT for new ones.
# QEMU_CPU=cortex-a53 and the like in the environment choose the board's CPU. WORK must not contain a colon.
# `kill -9 <pid>` or stop.sh = power off. As root it first becomes uid 65534, which must be able to reach WORK.
set -euo pipefail
PORT=2222 WORLD=host SFTP=1 TMPFS=''
while getopts p:w:St:n f; do
    case $f in
    p) PORT=$OPTARG ;;
    w) WORLD=$OPTARG ;;
    S) SFTP='' ;;
    t) TMPFS+=,size=${OPTARG}m ;;
    n) TMPFS+=,noexec ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
WORK=$(readlink -f "${1:?usage: start.sh [-p PORT] [-w host|arm64] [-S] [-t MB] [-n] WORK}")
STATE=$WORK/state-$PORT
S=$WORK/server
[ -x "$S/sshd" ] || { echo "no $S/sshd; run setup.sh first" >&2; exit 1; }
case $WORLD in
host) ;;
arm64) [ -x "$WORK/board/opt/server/sshd" ] || { echo "no $WORK/board; run setup.sh -w arm64 first" >&2; exit 1; } ;;
*) echo "-w: host or arm64" >&2; exit 2 ;;
esac
up() { (exec 3<>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; }
if up; then
    echo "port $PORT is taken" >&2
    exit 1
fi
host_tool() { "$S/ld-linux-x86-64.so.2" --library-path "$S" "$S/$1" "${@:2}"; }
mkdir -p "$STATE/keys" "$STATE/home"
K=$STATE/keys
if [ ! -f "$K/host" ]; then
    host_tool ssh-keygen -q -t ed25519 -N '' -C host -f "$K/host"
    host_tool ssh-keygen -q -t ed25519 -N '' -C client -f "$K/client"
    host_tool ssh-keygen -q -t rsa -b 2048 -N '' -C client_rsa -f "$K/client_rsa"
    host_tool ssh-keygen -q -t ed25519 -N bench -C client_locked -f "$K/client_locked"
    host_tool ssh-keygen -q -t ed25519 -N '' -C stranger -f "$K/stranger"
fi
cat "$K/client.pub" "$K/client_rsa.pub" "$K/client_locked.pub" >"$STATE/authorized_keys"
echo "[127.0.0.1]:$PORT $(cut -d' ' -f1,2 "$K/host.pub")" >"$STATE/known_hosts"
cat >"$STATE/client.json" <<EOC
{"host": "127.0.0.1", "port": $PORT, "user": "bench", "key": "$K/client", "keys": "$K", "known_hosts": "$STATE/known_hosts"}
EOC
# paths as the server sees them
CONF=$STATE
[ "$WORLD" = host ] || CONF=/run/sshd
cat >"$STATE/sshd_config" <<EOC
Port $PORT
ListenAddress 127.0.0.1
HostKey $CONF/host_key
AuthorizedKeysFile $CONF/authorized_keys
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
PrintLastLog no
X11Forwarding no
LogLevel VERBOSE
EOC
[ -z "$SFTP" ] || echo "Subsystem sftp internal-sftp" >>"$STATE/sshd_config"
[ -z "${QEMU_CPU:-}" ] || echo "SetEnv QEMU_CPU=$QEMU_CPU" >>"$STATE/sshd_config"
cp "$K/host" "$STATE/host_key"
chmod 600 "$STATE/host_key"
SSHD=(sshd -r -D -e -f "$CONF/sshd_config") # -r: one process image, so that it may be started through its loader
printf '%s\n' 'root:x:0:0:root:/:/bin/bash' "bench:*:1000:1000:bench:$STATE/home:/bin/bash" >"$STATE/passwd"
printf '%s\n' 'root:x:0:' 'bench:x:1000:' >"$STATE/group" # no group tty: sshd would try to chown terminals to it
cat >"$STATE/init.sh" <<'INIT'
set -euo pipefail
hostname bench"$([ "$WORLD" = host ] && echo host || echo board)"
R=''
if [ "$WORLD" = arm64 ]; then
    R=$WORK/board
    mount --bind "$R" "$R"
    mount -t tmpfs -o mode=755 tmpfs "$R/dev"
    for d in null zero full random urandom tty; do
        : >"$R/dev/$d"
        mount --bind "/dev/$d" "$R/dev/$d"
    done
    mkdir "$R/dev/pts" "$R/dev/shm"
    mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
    mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
    ln -s pts/ptmx "$R/dev/ptmx"
    ln -s /proc/self/fd "$R/dev/fd"
    mount -t tmpfs -o mode=755 tmpfs "$R/run"
    mkdir "$R/run/sshd"
    cp "$STATE"/{sshd_config,host_key,authorized_keys} "$R/run/sshd/"
    mount --bind "$R/usr" "$R/usr"
    mount -o remount,bind,ro "$R/usr"
else
    mount --bind "$STATE/passwd" /etc/passwd
    mount --bind "$STATE/group" /etc/group
fi
HOME_DIR=$([ -n "$R" ] && echo "$R/home/bench" || echo "$STATE/home")
[ -z "$TMPFS" ] || mount -t tmpfs -o "mode=755$TMPFS" tmpfs "$HOME_DIR"
mount -t proc proc "$R/proc"
[ "$WORLD" = host ] || mount --bind "$R/etc/cpuinfo" "$R/proc/cpuinfo"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$R/dev/pts"
[ -n "$R" ] || mount --bind /dev/pts/ptmx /dev/ptmx
S=$([ -n "$R" ] && echo /opt/server || echo "$WORK/server")
run=("$S/ld-linux-x86-64.so.2" --library-path "$S")
cd /
# without the ambient capabilities the next exec is an ordinary user's
exec env -i --default-signal PATH=/usr/local/bin:/usr/bin:/bin /usr/sbin/chroot "${R:-/}" \
    "${run[@]}" "$S/setpriv" --ambient-caps=-all --inh-caps=-all "${run[@]}" "$S/sshd" "$@"
INIT
NS=(--user --map-user=1000 --map-group=1000 --keep-caps --mount --pid --fork --kill-child=KILL --uts --propagation private)
DROP=()
read -r _ _ ids </proc/self/uid_map
if [ "$(id -u)" = 0 ] && [ "$ids" != 1 ]; then # real root, not that of a small user namespace
    DROP=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    chown -R 65534:65534 "$STATE"
    [ "$WORLD" = host ] || [ "$(stat -c %u "$WORK/board")" = 65534 ] || chown -R 65534:65534 "$WORK/board"
    "${DROP[@]}" test -r "$STATE/host_key" || { echo "uid 65534 cannot reach $WORK; choose another folder" >&2; exit 1; }
fi
OUTER=()
if [ "$WORLD" = arm64 ]; then
    # arm64 programs run through QEMU: registered in a user namespace around the other one, because only a uid 0
    # may register. It lives as long as it is mounted. F: QEMU is opened now, so the root need not contain it.
    mkdir -p "$STATE/binfmt"
    cat >"$STATE/outer.sh" <<'INIT'
set -euo pipefail
mount -t binfmt_misc binfmt_misc "$STATE/binfmt" ||
    { echo "cannot mount binfmt_misc in a user namespace (needs Linux 6.7)" >&2; exit 1; }
printf '%s' ':qemu-aarch64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:'"$WORK/qemu-aarch64-static:F" >"$STATE/binfmt/register"
exec "$@"
INIT
    OUTER=(unshare --user --map-root-user --mount --propagation private /bin/bash "$STATE/outer.sh")
fi
export WORLD WORK STATE TMPFS
setsid "${DROP[@]}" "${OUTER[@]}" unshare "${NS[@]}" /bin/bash "$STATE/init.sh" "${SSHD[@]:1}" \
    </dev/null >"$STATE/sshd.log" 2>&1 &
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
echo "sshd does not listen:" >&2
cat "$STATE/sshd.log" >&2
kill -9 $PID 2>/dev/null || true
exit 1
