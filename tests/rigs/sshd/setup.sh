#!/usr/bin/env bash
# usage: setup.sh [-w host|arm64] [-P "PACKAGE..."] WORK
# Fetch (never install) what start.sh needs into the folder WORK: Debian bookworm's OpenSSH server, and with -w arm64
# also qemu-aarch64-static and an unpacked arm64 userland. -P adds arm64 packages, e.g. -P python3-minimal. No root.
# A server that is there already is kept. The mirror is the one this system's apt uses (or MIRROR=...).
set -euo pipefail
WORLD=host EXTRA=''
while getopts w:P: f; do
    case $f in
    w) WORLD=$OPTARG ;;
    P) EXTRA=$OPTARG ;;
    *) exit 2 ;;
    esac
done
shift $((OPTIND - 1))
WORK=${1:?usage: setup.sh [-w host|arm64] [-P "PACKAGE..."] WORK}
case $WORLD in host | arm64) ;; *) echo "-w: host or arm64" >&2; exit 2 ;; esac
[ "$(uname -m)" = x86_64 ] || { echo "this rig is for x86-64" >&2; exit 1; }
HERE=$(dirname "$(readlink -f "$0")")
# shellcheck source-path=SCRIPTDIR source=../common/debian.sh
. "$HERE/../common/debian.sh"
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
mkdir -p "$WORK"
WORK=$(readlink -f "$WORK")

unpack() { # unpack ROOT DEB...
    local root=$1 d
    shift
    for d in "$@"; do
        dpkg-deb --fsys-tarfile "$d" | tar -C "$root" -x --keep-directory-symlink --no-same-owner --delay-directory-restore
    done
}

fetch_server() { # program, loader and libraries in one flat folder
    mkdir -p "$T/x" "$T/debs"
    apt_private "$T/apt" amd64 bookworm
    (cd "$T/debs" && retry apt-get "${APT[@]}" -qq download openssh-server openssh-client util-linux libcap-ng0 libaudit1 libc6 \
        libcom-err2 libcrypt1 libgssapi-krb5-2 libk5crypto3 libkeyutils1 libkrb5-3 libkrb5support0 libpam0g libselinux1 \
        libpcre2-8-0 libssl3 libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1 liblzma5 libzstd1 libwrap0 libnsl2 \
        libtirpc3 zlib1g)
    unpack "$T/x" "$T"/debs/*.deb
    mkdir -p "$WORK/server"
    find "$T/x" \( -path '*/lib/x86_64-linux-gnu/lib*.so*' -o -name 'ld-linux-x86-64.so.2' \) ! -type d -exec cp -L {} "$WORK/server/" \; 2>/dev/null
    cp "$T/x/usr/sbin/sshd" "$T/x/usr/bin/ssh-keygen" "$T/x/usr/bin/setpriv" "$WORK/server/"
    "$WORK/server/ld-linux-x86-64.so.2" --library-path "$WORK/server" "$WORK/server/sshd" -V 2>&1 | sed -n '/OpenSSH/p' || true
}
[ -x "$WORK/server/sshd" ] || fetch_server

[ "$WORLD" = arm64 ] || exit 0
"$HERE/../common/fetch-qemu.sh" "$WORK"
rm -rf "$T/apt" "$T/debs"
mkdir -p "$T/debs"
apt_private "$T/apt" arm64 bookworm
# shellcheck disable=SC2086  # lists of words
apt_closure base-files bash coreutils dash findutils grep gzip hostname libgomp1 libstdc++6 mawk procps psmisc sed \
    tar util-linux xz-utils $EXTRA >"$T/names"
# shellcheck disable=SC2046
(cd "$T/debs" && retry apt-get "${APT[@]}" -qq download $(cat "$T/names"))
R=$WORK/board
rm -rf "$R"
mkdir -p "$R"/usr/{bin,sbin,lib} "$R"/{etc,dev,proc,sys,tmp,run,var/tmp,home/bench,opt}
for d in bin sbin lib; do ln -s usr/$d "$R/$d"; done
unpack "$R" "$T"/debs/*.deb
[ -e "$R/bin/sh" ] || ln -s dash "$R/bin/sh"
[ -e "$R/usr/bin/awk" ] || ln -s mawk "$R/usr/bin/awk"
printf '%s\n' 'root:x:0:0:root:/:/bin/bash' 'bench:*:1000:1000:bench:/home/bench:/bin/bash' >"$R/etc/passwd"
printf '%s\n' 'root:x:0:' 'bench:x:1000:' >"$R/etc/group" # no group tty: sshd would try to chown terminals to it
echo benchboard >"$R/etc/hostname"
# a board's /proc/cpuinfo; written by hand (four Cortex-A72), put over the real one at start
for i in 0 1 2 3; do
    printf 'processor\t: %d\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\nCPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n' $i
done >"$R/etc/cpuinfo"
printf 'Model\t\t: Bench Board 4 Model B\n' >>"$R/etc/cpuinfo"
"$HERE/../common/fake-sys.sh" "$R/sys" board
# the x86-64 server, out of the way
mkdir -p "$R/opt/server"
cp -a "$WORK/server/." "$R/opt/server/"
du -sh "$R"
