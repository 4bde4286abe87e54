#!/usr/bin/env bash
# usage: build-root.sh WORK [DEVICE]
# Build an Android-like root for adbd in WORK/DEVICE (default: device) from the packages fetch.sh put into WORK/debs.
# One root per simulated device. Needs gcc and python3; no root.
set -euo pipefail
WORK=$(readlink -f "${1:?usage: build-root.sh WORK [DEVICE]}")
D=$WORK/${2:-device}
HERE=$(dirname "$(readlink -f "$0")")
X=$(mktemp -d "$WORK/unpack.XXXXXX")
trap 'rm -rf "$X"' EXIT
for d in "$WORK"/debs/*.deb; do dpkg-deb -x "$d" "$X"; done
gcc -O2 -Wall -shared -fPIC -o "$X/libpropshim.so" "$HERE/propshim.c"
python3 "$HERE/patch_auth.py" "$X/usr/lib/android-sdk/platform-tools/adbd" "$X/adbd-auth"

mkdir -p "$D"/system/{bin,etc,xbin} "$D"/vendor/bin "$D"/data/local/tmp "$D"/data/misc/adb "$D"/data/property \
    "$D"/{dev,proc,sys,tmp,mnt,sdcard,usr/lib}
ln -sfn /system/bin "$D/bin"
ln -sfn /system/etc "$D/etc"
ln -sfn usr/lib "$D/lib"
ln -sfn usr/lib/x86_64-linux-gnu "$D/lib64"
# glibc stands in for bionic: one folder of libraries
L=$D/usr/lib/x86_64-linux-gnu
mkdir -p "$L"
cp -a "$X"/usr/lib/x86_64-linux-gnu/{ld-linux-x86-64.so.2,lib*.so*,android} "$L/"
if [ -d "$X/lib/x86_64-linux-gnu" ]; then cp -a "$X"/lib/x86_64-linux-gnu/lib*.so* "$L/"; fi
install -m755 "$X/usr/lib/android-sdk/platform-tools/adbd" "$D/system/bin/adbd"
install -m755 "$X/adbd-auth" "$D/system/bin/adbd-auth"
install -m755 "$X/libpropshim.so" "$L/"
# Android's own userland: mksh as sh, toybox for the tools
install -m755 "$X/usr/lib/x86_64-linux-musl/bin/mksh" "$D/system/bin/sh"
install -m755 "$X/usr/bin/toybox" "$D/system/bin/toybox"
TOOLS=$("$L/ld-linux-x86-64.so.2" --library-path "$L" "$X/usr/bin/toybox")
for t in $TOOLS; do
    case $t in
    sh | bash | -sh | -bash | toysh | init | oneit | su | login | reboot | poweroff | halt | shutdown | mount | umount | \
        insmod | rmmod | modprobe) ;;
    *) ln -sf toybox "$D/system/bin/$t" ;;
    esac
done
# tools that Android's toybox (or one-true-awk) has and Debian's build has not
BUSYBOX=$X/usr/bin/busybox
[ -e "$BUSYBOX" ] || BUSYBOX=$X/bin/busybox
install -m755 "$BUSYBOX" "$D/system/bin/busybox"
for t in tr dd awk diff expr bc vi traceroute ping ifconfig netstat route ip gzip gunzip zcat tar less more getopt brctl; do
    [ -e "$D/system/bin/$t" ] || ln -sf busybox "$D/system/bin/$t"
done
printf '%s\n' 'root:x:0:0:root:/:/system/bin/sh' 'shell:x:2000:2000:shell:/:/system/bin/sh' >"$D/system/etc/passwd"
printf '%s\n' 'root:x:0:' 'shell:x:2000:' >"$D/system/etc/group"
cp -a --remove-destination "$HERE/device-files/." "$D/"
# Android commands this device does not have: they say so and exit with 127
for t in am cmd input logcat pm settings svc wm; do
    # shellcheck disable=SC2016
    printf '#!/system/bin/sh\necho "%s: not on this test device: $*" >&2\nexit 127\n' "$t" >"$D/system/bin/$t"
done
"$HERE/../common/fake-sys.sh" "$D/sys" phone
chmod 755 "$D"/system/bin/*
chmod 771 "$D/data/local" "$D/data/local/tmp"
echo "$D"
