# shellcheck shell=bash
# ./dev lint: what a reviewer need not look for.

lint_command() {
	local tidy=no kinds=()
	while [ $# -gt 0 ]; do
		case $1 in
			--tidy) tidy=yes ;;
			format | shell | python) kinds+=("$1") ;;
			*) usage "lint: no '$1' (format, shell, python, --tidy)" ;;
		esac
		shift
	done
	[ ${#kinds[@]} -gt 0 ] || kinds=(format shell python)
	deps lint
	local kind
	for kind in "${kinds[@]}"; do "lint_$kind"; done
	[ $tidy = no ] || lint_tidy
}

lint_format() {
	say "clang-format"
	sources | xargs -0 clang-format --dry-run -Werror
}

lint_shell() {
	say "shellcheck"
	# --norc: the same answer on every machine.
	shell_scripts | xargs -0 shellcheck --norc
}

# shell_scripts: every file whose name ends in .sh or whose first line names a shell.
shell_scripts() {
	find dev dev.d .ci cmake docker etc tests -type f \( -name '*.sh' -o ! -name '*.*' \) -print0 |
		while IFS= read -r -d '' file; do
			case $file in
				*.sh) printf '%s\0' "$file" ;;
				*) if head -n 1 "$file" | grep -aqE '^#!.*\b(ba)?sh\b'; then printf '%s\0' "$file"; fi ;;
			esac
		done
}

lint_python() {
	say "python"
	find tests docker -name '*.py' -print0 | xargs -0 -r python3 -c '
import ast, sys
for name in sys.argv[1:]:
    ast.parse(open(name, encoding="utf-8").read(), name)
'
}

lint_tidy() {
	deps build test
	configure debug
	say "clang-tidy"
	find node plugins -name '*.cpp' -print0 | xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p build-debug
}
