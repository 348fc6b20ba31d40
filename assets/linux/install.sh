#!/bin/sh
# Installs vecino on Linux as any other app: the program, its entry in the menu, its description and its icons. With
# --remove it takes them away again; what vecino keeps of you isn't touched.
set -eu

usage() {
    cat <<END
usage: install.sh [--prefix DIR] [--program FILE] [--remove]
  --prefix DIR    where to: ~/.local by default, /usr/local for everybody on this computer
  --program FILE  the program: by default what \`cargo build --release\` made
  --remove        remove what was installed there
END
}

here=$(cd "$(dirname "$0")" && pwd)
prefix=${HOME:+$HOME/.local}
program=$here/../../target/release/vecino
remove=false
while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --program)
            [ $# -gt 1 ] || { usage >&2; exit 2; }
            case $1 in --prefix) prefix=$2 ;; *) program=$2 ;; esac
            shift
            ;;
        --remove) remove=true ;;
        --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[ -n "$prefix" ] || { usage >&2; exit 2; }

sizes="16 22 24 32 48 64 128 256 512"
icons=$prefix/share/icons/hicolor
entry=$prefix/share/applications/vecino.desktop
metainfo=$prefix/share/metainfo/vecino.metainfo.xml

# Menus and icon themes are read from caches on some desktops; without the tools there are none.
refresh() {
    if command -v update-desktop-database >/dev/null; then
        update-desktop-database -q "$prefix/share/applications" || true
    fi
    if command -v gtk-update-icon-cache >/dev/null && [ -f "$icons/index.theme" ]; then
        gtk-update-icon-cache -q -f "$icons" || true
    fi
}

if $remove; then
    rm -f "$prefix/bin/vecino" "$entry" "$metainfo" "$icons/scalable/apps/vecino.svg"
    for size in $sizes; do
        rm -f "$icons/${size}x${size}/apps/vecino.png"
    done
    refresh
    echo "vecino is removed from $prefix"
    exit 0
fi

if [ ! -f "$program" ]; then
    echo "install.sh: $program is missing; run cargo build --release first, or name the program with --program" >&2
    exit 1
fi
mkdir -p "$prefix"
prefix=$(cd "$prefix" && pwd)
icons=$prefix/share/icons/hicolor
entry=$prefix/share/applications/vecino.desktop
metainfo=$prefix/share/metainfo/vecino.metainfo.xml
# The entry names the program in full: the folder may not be where the desktop looks for programs. Its rules for quoting
# are those of https://specifications.freedesktop.org/desktop-entry-spec/latest/exec-variables.html.
case $prefix in
    *[\"\`\$\\%\|\&]*)
        echo "install.sh: $prefix has characters that a menu entry can't name" >&2
        exit 1
        ;;
esac
install -D -m 755 "$program" "$prefix/bin/vecino"
install -D -m 644 "$here/vecino.metainfo.xml" "$metainfo"
install -D -m 644 "$here/../icon.svg" "$icons/scalable/apps/vecino.svg"
for size in $sizes; do
    install -D -m 644 "$here/icons/$size.png" "$icons/${size}x${size}/apps/vecino.png"
done
mkdir -p "$(dirname "$entry")"
sed "s|^Exec=vecino|Exec=\"$prefix/bin/vecino\"|" "$here/vecino.desktop" >"$entry"
chmod 644 "$entry"
refresh
echo "vecino is installed in $prefix"
case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) echo "For its commands in a terminal, add $prefix/bin to PATH." ;;
esac
