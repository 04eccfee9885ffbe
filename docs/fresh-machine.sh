#!/usr/bin/env bash
# Tries the two commands on a bare machine: a Debian root holding only python3, python3-venv and ca-certificates.
# Needs root, debootstrap and git on the machine it is run on. See fresh-machine.md.
#
#   docs/fresh-machine.sh [DIRECTORY]     DIRECTORY keeps the bare root for the next run (default: a new one)
#   SUITE=trixie docs/fresh-machine.sh    another Debian (default: bookworm)
#   TEST="tests/catalog -x" …             other arguments for ./portal test (default: none, the whole suite)
set -euo pipefail
project=$(cd "$(dirname "$0")/.." && pwd)
suite=${SUITE:-bookworm}
base=${1:-$(mktemp -d)}
mkdir -p "$base"
root=$base/$suite

if [ "${INSIDE:-}" != yes ]; then
    [ "$(id -u)" -eq 0 ] || { echo "This needs root: it makes a root directory and mounts into it."; exit 1; }
    # In name spaces of its own: every mount and every process is gone when the script ends, however it ends.
    exec env INSIDE=yes unshare --mount --pid --fork --kill-child --propagation private "$0" "$base"
fi

say() { printf '%s\n' "$*"; }
seconds() { # seconds NAME COMMAND…: runs it in the bare root and prints how long it took
    local name=$1 begun code=0
    shift
    begun=$(date +%s.%N)
    bare "$@" >"$base/last.log" 2>&1 || code=$?
    printf '%-58s %6.1f s   %s\n' "$name" "$(echo "$(date +%s.%N) $begun" | awk '{print $1 - $2}')" \
        "$([ "$code" -eq 0 ] && echo ok || echo "FAILED ($code)")"
    [ "$code" -eq 0 ] || { tail -n 40 "$base/last.log"; exit 1; }
}

# -- the bare root -----------------------------------------------------------------------------------------------
if [ ! -e "$root/.complete" ]; then
    say "Making a bare Debian ($suite) in $root …"
    # From wherever this machine's own packages come from.
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    rm -rf "$root"
    debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates "$suite" "$root" "$mirror" \
        >"$base/debootstrap.log" 2>&1 || { tail -n 20 "$base/debootstrap.log"; exit 1; }
    touch "$root/.complete"
fi
mount -t proc proc /proc # ours: the process list below is that of this name space
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/tmp"
chmod 1777 "$root/tmp"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/" 2>/dev/null || true

# -- this machine's way to packages: what pip is told here it is told there ----------------------------------------
pip_settings=()
while IFS='=' read -r name value; do
    value=${value#\'} value=${value%\'}
    case $name in
        global.* | install.* | :env:.*) name=${name##*.} ;;
        *) continue ;;
    esac
    pip_settings+=("PIP_$(printf '%s' "$name" | tr 'a-z-' 'A-Z_')=$(printf '%b' "$value")")
done < <(python3 -m pip config list 2>/dev/null || true)
# Files and directories that those settings name are made visible at the same place; of an index directory, the one
# above it, because an index may point to its neighbours.
for setting in "${pip_settings[@]}"; do
    for place in ${setting#*=}; do
        case $place in file://?*) place=$(dirname "${place#file://}") ;; esac
        case $place in /?*) ;; *) continue ;; esac
        [ -e "$place" ] || continue
        if [ -d "$place" ]; then mkdir -p "$root$place"; else mkdir -p "$root$(dirname "$place")"; touch "$root$place"; fi
        mount --bind "$place" "$root$place"
    done
done

user=root
bare() {
    local home=/root identity=()
    [ "$user" = root ] || { home=/home/$user; identity=("--userspec=$user:$user"); }
    chroot "${identity[@]}" "$root" /usr/bin/env -i HOME="$home" USER="$user" LANG=C.UTF-8 PATH=/usr/bin:/bin:/usr/sbin:/sbin \
        "${pip_settings[@]}" "$@"
}
clone() { # a clean clone of what is committed; the bare root has no git
    rm -rf "$root$1"
    git -c safe.directory='*' clone --quiet --no-hardlinks "$project" "$root$1"
}
page='import sys, urllib.request as u; sys.exit(u.urlopen(sys.argv[1]).status != 200)'

# -- the trial -----------------------------------------------------------------------------------------------------
say "Bare $(. "$root/etc/os-release" && echo "$PRETTY_NAME"), $(bare python3 --version), $(nproc) cores; commit $(git -c safe.directory='*' -C "$project" rev-parse --short HEAD)"
rm -rf "$root/root/.cache" "$root/home"
clone /root/tongti
seconds "./portal up, clean clone, empty package cache" /root/tongti/portal up --detach --port 18000
grep -h 'Ready after' "$base/last.log" | sed 's/^/    /'
seconds "the page answers" python3 -c "$page" http://127.0.0.1:18000/
seconds "./portal down" /root/tongti/portal down
seconds "./portal up, second start" /root/tongti/portal up --detach --port 18000
grep -h 'Ready after' "$base/last.log" | sed 's/^/    /'
seconds "./portal down" /root/tongti/portal down
say "    packages on disk: $(du -sm "$root/root/tongti/.venv" | cut -f1) MB, data: $(du -sm "$root/root/tongti/var" | cut -f1) MB"
# shellcheck disable=SC2086
seconds "./portal test ${TEST:-}, first run (installs the test tools)" /root/tongti/portal test ${TEST:-}
tail -n 1 "$base/last.log" | sed 's/^/    /'
clone /root/tongti
seconds "./portal up, clean clone, warm package cache" /root/tongti/portal up --detach --port 18000
seconds "./portal down" /root/tongti/portal down

grep -q '^tester:' "$root/etc/passwd" || chroot "$root" useradd --create-home tester
user=tester
clone /home/tester/tongti
chroot "$root" chown -R tester:tester /home/tester
seconds "./portal up as a plain user, clean clone, empty cache" /home/tester/tongti/portal up --detach --port 18000
seconds "the page answers" python3 -c "$page" http://127.0.0.1:18000/
seconds "./portal down" /home/tester/tongti/portal down
seconds "./portal test of the supervisor as a plain user" /home/tester/tongti/portal test tests/matchmaking/devstack
tail -n 1 "$base/last.log" | sed 's/^/    /'
left=$(ps -eo args= | grep -c '[p]ostgres -D\|[v]alkey-server\|[m]atchmaking' || true)
say "processes left: $left"
[ "$left" -eq 0 ]
