# shellcheck shell=bash
# ./dev demo: a rendezvous with its STUN server and two nodes, all on loopback, until Ctrl-C.

demo_command() {
	[ $# = 0 ] || usage "demo takes no argument"
	deps build
	build release

	demo_names=()
	demo_pids=()
	trap demo_end EXIT
	trap 'exit 0' INT TERM HUP

	local rendezvous stun anna ben
	rendezvous=$(free_port tcp 9000)
	# One folder for each demo that runs at the same time.
	demo_folder=build/demo-$rendezvous
	mkdir -p "$demo_folder"
	stun=$(free_port udp 3478)
	anna=$(free_port tcp 8080)
	ben=$(free_port tcp $((anna + 1)))
	demo_start rendezvous --config etc/rendezvous.ini \
		--set "http.listen=127.0.0.1:$rendezvous" --set "stun-server.listen=127.0.0.1:$stun"
	local name port
	for name in anna ben; do
		port=${!name}
		demo_start "$name" --config etc/node.ini --set "http.listen=127.0.0.1:$port" --set "node.name=$name" \
			--set "node.state_dir=$demo_folder/$name" --set "udp-punch.listen=127.0.0.1:0" \
			--set "rendezvous.url=http://127.0.0.1:$rendezvous" --set "stun.servers=127.0.0.1:$stun"
	done

	say "Waiting until the two nodes are linked"
	demo_wait_linked "$anna"
	demo_wait_linked "$ben"
	cat <<END

Linked. Open both pages and chat:

  http://localhost:$anna/   anna
  http://localhost:$ben/   ben

The rendezvous is at http://localhost:$rendezvous, its STUN server at UDP port $stun.
What the three log is in $demo_folder/. Ctrl-C ends them.
END
	# Not "wait -n": it does not see a process that has ended before it is called.
	while demo_check_alive; do
		sleep 0.5 &
		wait $!
	done
}

# demo_start NAME OPTION...
demo_start() {
	local name=$1
	shift
	# The demo is the same whatever the caller's environment says: gimlet reads its settings there too.
	env --ignore-environment PATH="$PATH" HOME="${HOME-/}" build/bin/gimlet "$@" \
		>"$demo_folder/$name.log" 2>&1 </dev/null &
	demo_pids+=($!)
	demo_names+=("$name")
}

demo_check_alive() {
	local i
	for i in "${!demo_pids[@]}"; do
		kill -0 "${demo_pids[i]}" 2>/dev/null && continue
		tail -n 20 "$demo_folder/${demo_names[i]}.log" >&2
		fail "${demo_names[i]} has ended by itself; above are the last lines of $demo_folder/${demo_names[i]}.log"
	done
}

demo_wait_linked() {
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		case $(http_get "$1" /readyz) in *'"peers":['*'"state":"up"'*) return ;; esac
		demo_check_alive
		sleep 0.05
	done
	tail -n 20 "$demo_folder"/*.log >&2
	fail "the nodes did not link within 30 s; above is what they log"
}

# Background processes of a script ignore the terminal's SIGINT, so all three are ended here.
demo_end() {
	trap '' INT TERM HUP
	[ ${#demo_pids[@]} -gt 0 ] || return
	kill "${demo_pids[@]}" 2>/dev/null || true
	wait "${demo_pids[@]}" 2>/dev/null || true
	say "Ended"
}

# http_get PORT PATH: head and body as they come, or nothing; bash alone, as curl may be missing.
http_get() {
	{
		exec 3<>"/dev/tcp/127.0.0.1/$1" || return 0
		printf 'GET %s HTTP/1.0\r\nHost: localhost:%s\r\n\r\n' "$2" "$1" >&3
		timeout 5 cat <&3
	} 2>/dev/null
}

# free_port tcp|udp FROM: the first port from FROM on that nobody has.
free_port() {
	local port=$2 address state used=' '
	while read -r _ address _ state _; do
		# 06 is TIME_WAIT, which hinders no listener.
		[ "$state" = 06 ] || used+="$((16#${address##*:})) "
	done < <(grep -hs : "/proc/net/$1" "/proc/net/${1}6")
	while [[ $used == *" $port "* ]]; do port=$((port + 1)); done
	printf '%s\n' "$port"
}
