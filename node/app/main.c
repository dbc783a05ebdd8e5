// The program: it holds the signals back and then loads the node.
//
// A signal must end a node in an orderly way at any moment of its start. To load and relocate the libraries
// that a node is made of takes some ten milliseconds, and more on a busy machine; until main() runs nobody
// could hold a SIGTERM back. This program needs the C library alone, so that its main() runs within a
// fraction of a millisecond.
#include <dlfcn.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef int (*Main)(int argc, char** argv);

static const int SOFTWARE_ERROR = 70; // sysexits.h: EX_SOFTWARE

// The node's library, found from where this program is, so that an installation can be moved.
static void* load(void)
{
	char path[PATH_MAX + sizeof GIMLET_NODE_LIBRARY];
	const ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
	if (length <= 0)
		return NULL;
	path[length] = '\0';
	strcpy(strrchr(path, '/') + 1, GIMLET_NODE_LIBRARY);
	// Global, as if it were linked: the libraries that node and plugins share are then one and the same.
	return dlopen(path, RTLD_NOW | RTLD_GLOBAL);
}

int main(int argc, char** argv)
{
	// The rest of what is to be known of signals is in Signals.cpp.
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGQUIT);
	sigaddset(&signals, SIGHUP);
	sigprocmask(SIG_BLOCK, &signals, NULL);

	void* node = load();
	void* symbol = node ? dlsym(node, "gimlet_main") : NULL;
	if (!symbol)
	{
		const char* error = dlerror();
		fprintf(stderr, "gimlet: %s\n", error ? error : "cannot tell where this program is: /proc is needed");
		return SOFTWARE_ERROR;
	}
	Main run;
	*(void**)&run = symbol; // the way that POSIX shows, since C has no other
	return run(argc, argv);
}
