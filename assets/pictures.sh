#!/usr/bin/env bash
# Takes the pictures of the README and of docs/guide.md: the real window, with a real node behind each person in it, on a network
# of their own. Needs root or user namespaces, and xvfb, xdotool, imagemagick, iproute2.  Usage: assets/pictures.sh VECINO
set -euo pipefail

if [ -z "${SCENE:-}" ]; then
    vecino=$(realpath "$1")
    cd "$(dirname "$0")/.."
    user=(--user --map-root-user)
    [ "$(id -u)" != 0 ] || user=()
    for SCENE in many dark one start; do
        STAGE=$(mktemp -d)
        THEME=light
        [ $SCENE != dark ] || THEME=dark
        export SCENE THEME STAGE
        timeout 100 unshare "${user[@]}" --net --mount --pid --fork --kill-child --mount-proc "$PWD/assets/pictures.sh" "$vecino"
        [ $SCENE != many ] || mv "$STAGE/many.png" assets/screenshot.png
        mv "$STAGE"/*.png docs/pictures/ 2>/dev/null || true
        rm -r "$STAGE"
    done
    exit
fi

vecino=$1
export HOME=$STAGE LANG=C.UTF-8
cd "$STAGE"
ip link set lo up multicast on
ip address add 192.168.1.20/24 dev lo
ip route add 224.0.0.0/4 dev lo
mkdir -p -m 1777 /tmp/.X11-unix
mount -t tmpfs tmpfs /tmp/.X11-unix

as() { "$vecino" --data-dir "$STAGE/$1" "${@:2}"; }
say() { as "$1" send "$2" "$3" "${@:4}" >/dev/null; }
node() { exec "$vecino" --data-dir "$STAGE/$1" node --nickname "$1" --listen /ip4/192.168.1.20/tcp/0 >/dev/null; }
window() { # PERSON DISPLAY
    mkdir -m 700 "$1"
    printf 'nickname = "%s"\ntheme = "%s"\ndownload_dir = "%s"\n' "$1" "$THEME" "$STAGE/$1" >"$1/settings.toml"
    Xvfb ":$2" -nolock -noreset -nolisten tcp -screen 0 1180x760x24 2>/dev/null &
    until [ -S "/tmp/.X11-unix/X$2" ]; do sleep 0.1; done
    DISPLAY=:$2 as "$1" --listen "/ip4/192.168.1.20/tcp/4823$2" 2>/dev/null &
    press "$2" search --sync --onlyvisible --class '^vecino$' windowfocus --sync mousemove 1179 400
}
press() { DISPLAY=:$1 xdotool "${@:2}"; }
here() { as "$1" peers --json 2>/dev/null | grep -o '"presence":"online"' | wc -l; }
field() { as ana transfers --json | tr '{' '\n' | grep '"direction":"out"' | grep -o "\"$1\":[^,]*" | cut -d: -f2 | tr -d '"'; }

take() { DISPLAY=:0 import -window root "$1.png"; }

# Somebody's first start.
if [ "$SCENE" = start ]; then
    mkdir -m 700 ana
    Xvfb :0 -nolock -noreset -nolisten tcp -screen 0 1180x760x24 2>/dev/null &
    until [ -S /tmp/.X11-unix/X0 ]; do sleep 0.1; done
    USER=ana DISPLAY=:0 as ana --listen /ip4/192.168.1.20/tcp/0 2>/dev/null &
    press 0 search --sync --onlyvisible --class '^vecino$' windowfocus --sync mousemove 1179 400
    press 0 type ana
    sleep 3
    take first-start
    exit
fi

# Two people, the other of whom comes later.
if [ "$SCENE" = one ]; then
    window ana 0
    sleep 10 # until reasons are given
    take nobody
    node luis &
    until [ -S ana/control.sock ] && [ "$(here ana)" = 1 ]; do sleep 0.1; done
    say luis ana "Morning! I walked through the house with the client"
    say luis ana "The patio stays, the plan for the roof changes"
    sleep 1 # until it's shown
    press 0 key ctrl+1
    say ana luis "Good. Do you have a photo of the patio?"
    say ana luis "The new plan is due on Friday"
    convert -size 1200x900 gradient:'#87ceeb-#2e8b57' -fill '#b5651d' -draw 'rectangle 220,670 980,900' \
        -fill '#78380f' -draw 'polygon 180,670 600,320 1020,670' ana/patio.png
    as luis share ana ana/patio.png >/dev/null 2>&1 &
    until ana_id=$(as ana transfers --json | grep -o '"id":"[^"]*"' | head -1 | cut -d'"' -f4) && [ -n "$ana_id" ]; do sleep 0.1; done
    as ana accept "$ana_id" >/dev/null 2>&1
    sleep 3
    take conversation
    press 0 key ctrl+k type plan
    sleep 2
    take search
    press 0 key Escape key ctrl+comma
    sleep 2
    take settings
    exit
fi

window ana 0
window luis 1
node melani &
node reception &
node fernanda &
fernanda=$!
until [ -S ana/control.sock ] && [ "$(here ana)" = 4 ]; do sleep 0.1; done

say ana fernanda "don't forget the notes from class"
kill $fernanda
until [ "$(here ana)" = 3 ]; do sleep 0.1; done
say ana fernanda "and bring an umbrella ☔" --wait none
say ana melani "my office at four?"
say melani ana "yes, I'll bring the coffee ☕"
say melani ana "see you at four then 👍"
say luis ana "Morning! Did the drawings arrive?"
say luis ana "I need them before five, the client is coming by 🙂"
sleep 1 # until it's shown
press 0 key ctrl+1
press 1 key ctrl+1
say ana luis "Not yet, exporting now. Two versions: the one with the patio and the one without."
say ana luis "Sending both as one file" --wait read
truncate -s 1440M planos-casa.zip
truncate -s 4100K obra-norte.jpg
as ana share luis planos-casa.zip >/dev/null 2>&1 &
until [ "$(field state)" = offered ]; do sleep 0.1; done
until as luis accept "$(field id)" >/dev/null 2>&1; do sleep 0.1; done
say luis ana "Great. Here is a photo of the site"
as luis share ana obra-norte.jpg >/dev/null 2>&1 &
until [ "$(field done)" -gt 650000000 ]; do sleep 0.1; done
take "$SCENE"
