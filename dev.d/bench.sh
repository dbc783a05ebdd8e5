# shellcheck shell=bash
# ./dev bench: measures what docs/PERFORMANCE.md reports. Each tests/bench/NAME prints one JSON object a line.

bench_command() {
	local known=(link stun rendezvous chat start udp) name
	for name; do
		case " ${known[*]} " in *" $name "*) ;; *) usage "bench: no '$name' (${known[*]})" ;; esac
	done
	[ $# -gt 0 ] || set -- "${known[@]}"
	deps build bench
	configure release -DGIMLET_BENCH=ON
	build release
	for name; do
		say "$name"
		tests/bench/"$name" build
	done
}
