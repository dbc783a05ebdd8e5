# shellcheck shell=bash
# ./dev test: one build for each way of looking, then one run of CTest over all of them.
#
#   build-asan   AddressSanitizer, UndefinedBehaviorSanitizer and gcov: unit plugins sim interop-ice integration
#   build-tsan   ThreadSanitizer: the core's tests again
#   build-fuzz   libFuzzer (clang): a fixed number of executions each
#   build        what users get: page natlab interop e2e demo package image, and lint
test_kinds="unit plugins sim interop-ice integration tsan fuzz page natlab interop e2e demo package image lint"

test_command() {
	leave_plain_chroot "$@"
	local kinds=() trees=() tree kind everything=no
	while [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; do
		tree_of "$1" >/dev/null
		kinds+=("$1")
		shift
	done
	if [ ${#kinds[@]} = 0 ]; then
		read -ra kinds <<<"$test_kinds"
		[ $# -gt 0 ] || everything=yes
	fi
	deps build unit "${kinds[@]}"
	for kind in "${kinds[@]}"; do
		tree=$(tree_of "$kind")
		case " ${trees[*]-} " in *" $tree "*) ;; *) trees+=("$tree") ;; esac
	done
	for tree in "${trees[@]}"; do build "$tree"; done
	join_trees "${trees[@]}"

	local labels
	labels=$(IFS='|'; printf '^(%s)$' "${kinds[*]}")
	if [ $everything = yes ]; then
		find build-asan -name '*.gcda' -delete
		run_ctest --label-regex "^(${labels:2:-2}|coverage)\$"
	else
		run_ctest --label-regex "$labels" --fixture-exclude-cleanup '.*' "$@"
	fi
}

# leave_plain_chroot ARGUMENT...: network namespaces and images can be made only where "/" is a mount point, which
# it is not in a plain chroot. There the command begins again in a root that is bound to itself, seen by it alone.
leave_plain_chroot() {
	if [ "$(id -u)" != 0 ] || mountpoint -q / || ! unshare --mount --propagation unchanged true 2>/dev/null; then
		return
	fi
	mkdir -p build-test/root
	# shellcheck disable=SC2016
	exec unshare --mount --propagation unchanged bash -c 'mount --rbind / "$1" && exec chroot "$1" "$2/dev" test "${@:3}"' \
		bash "$PWD/build-test/root" "$PWD" "$@"
}

tree_of() {
	case $1 in
		unit | plugins | sim | interop-ice | integration) echo asan ;;
		tsan | fuzz) echo "$1" ;;
		page | natlab | interop | e2e | demo | package | image | lint) echo release ;;
		*) usage "test: no kind '$1' ($test_kinds)" ;;
	esac
}

# join_trees PRESET...: build-test/, whose tests are those of all these build folders.
join_trees() {
	mkdir -p build-test
	local tree
	for tree; do
		printf 'subdirs("%s/%s")\n' "$PWD" "$(build_folder "$tree")"
	done >build-test/CTestTestfile.cmake
}

# run_ctest OPTION...: CTest prints nothing of a test that passed, but the coverage is wanted: it is
# printed when its test has ended, so that CTest's summary stays last.
run_ctest() {
	local line
	ctest --test-dir build-test --output-on-failure --no-tests=error --parallel "$(nproc)" "$@" |
		while IFS= read -r line; do
			printf '%s\n' "$line"
			case $line in *": coverage ."*) grep -E '^(lines|node|plugins)' build-asan/coverage.txt || true ;; esac
		done
	return "${PIPESTATUS[0]}"
}
