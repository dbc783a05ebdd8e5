#!/bin/bash
# Installs a build into a folder, builds the plugin beside this file against it with find_package(Gimlet), and
# runs the installed program with that plugin. usage: test.sh BUILD_FOLDER CMAKE [CMAKE_ARGUMENT...]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$1 cmake=$2
shift 2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

prefix=$work/prefix
"$cmake" --install "$build" --prefix "$prefix" >"$work/log"
grep -E '^-- (Installing|Up-to-date): ' "$work/log" | grep -vF ": $prefix/" && { echo 'FAILED: installed elsewhere'; exit 1; }
# What somebody has written into a configuration is kept by the next installation.
echo '; mine' >>"$prefix/etc/gimlet/node.ini"
"$cmake" --install "$build" --prefix "$prefix" >/dev/null
tail -n 1 "$prefix/etc/gimlet/node.ini" | grep -q '; mine' || { echo 'FAILED: node.ini was overwritten'; exit 1; }
# Whatever the plugin needs must come from there, not from the source tree.
cp -r "$here" "$work/outside"
"$cmake" -G Ninja -S "$work/outside" -B "$work/build" -DCMAKE_PREFIX_PATH="$prefix" "$@" >"$work/log" 2>&1 ||
	{ cat "$work/log"; exit 1; }
"$cmake" --build "$work/build" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }

fail() { echo "FAILED: $1"; cat "$work/out" "$work/err"; exit 1; }
gimlet=$prefix/bin/gimlet
printf '[node]\nplugins = outside\nplugin_path = %s\n[http]\nlisten = none\n' "$work/build" >"$work/node.ini"

"$gimlet" plugins outside --config "$work/node.ini" >"$work/out" 2>"$work/err" || fail 'plugins outside'
grep -q 'word = hello' "$work/out" || fail 'the key is not explained'

"$gimlet" check --config "$work/node.ini" --set outside.word= >"$work/out" 2>"$work/err" && fail 'the empty word passed'
grep -q -- '--set outside.word=: is empty; a word is right' "$work/err" || fail 'its complaint is not told'

# The installed program finds its own plugins and its page beside itself.
"$gimlet" plugins >"$work/out" 2>"$work/err" || fail 'plugins'
grep -q "^stun-server " "$work/out" || fail 'the installed plugins are not found'
[ -f "$prefix/share/gimlet/web/index.html" ] || fail 'the page is not installed'

mkfifo "$work/fifo"
"$gimlet" --config "$work/node.ini" 2>"$work/fifo" &
node=$!
: >"$work/out"
while read -r line; do
	echo "$line" >>"$work/err"
	case $line in *'from outside: {"word":"hello"}'*) kill -TERM "$node" ;; esac
done <"$work/fifo"
wait "$node" || fail "exit code $?"
grep -q 'back outside' "$work/err" || fail 'it was not stopped'
echo 'A plugin built outside of the tree runs.'
