"""What several benchmarks need: a line of the report, the costs of a process, a raw UDP ping-pong."""

import contextlib
import json
import multiprocessing
import os
import pathlib
import socket
import statistics
import subprocess
import time

UDP_GOODPUT = "udp 1200 B datagrams"
"""The yardstick of goodput: udp_goodput() in its plain mode."""


def report(name, value, unit, yardstick=None, **more):
    """Prints one JSON object. @param yardstick: (name, value) measured in the same run and unit."""
    line = {"name": name, "value": round(value, 3), "unit": unit}
    if yardstick:
        line |= {"yardstick": {"name": yardstick[0], "value": round(yardstick[1], 3)}, "ratio": round(value / yardstick[1], 2)}
    print(json.dumps(line | more), flush=True)


def cpu_seconds(pid):
    """User and system time of a process so far, to the nanosecond where the kernel counts so."""
    return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text(encoding="ascii").split()[0]) / 1e9 + sum(
        int(thread.read_text(encoding="ascii").split()[0]) / 1e9
        for thread in pathlib.Path(f"/proc/{pid}/task").glob("*/schedstat") if thread.parent.name != str(pid))


def resident_mib(pid):
    """Resident memory, and the part of it that no other process shares."""
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    values = {line.split()[0]: int(line.split()[1]) / 1024 for line in rollup.splitlines()[1:]}
    return values["Rss:"], values["Private_Clean:"] + values["Private_Dirty:"]


def load(build, program, mode, number, one_core=False):
    """What a program of tests/bench prints: bench-link-load goodput 2, say.

    @param one_core Both of its processes share a core, and none has to be woken: that alone takes 30 us on a virtual
    machine that is at rest, or nothing, as the scheduler likes.
    """
    command = [pathlib.Path(build) / "bin" / program, mode, str(number)]
    if one_core:
        command = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0))), *command]
    return float(subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True).stdout)


def udp_goodput(build, mode="plain", seconds=1):
    """Mbit/s of payload that one process delivers to another on loopback, in datagrams of 1,200 bytes.

    @param build Folder of a build with the benchmarks. @param mode "plain": one call a datagram; or "batched".
    """
    return load(build, "bench-udp-load", mode, seconds)


def _echo(endpoint):
    while data := endpoint.recvfrom(2048):
        endpoint.sendto(*data)


def udp_one_way(rounds, size, pause=0.0):
    """Microseconds that a datagram takes to another process on loopback: half a round trip, the median.

    @param pause Seconds between two, for both processes fall asleep in it, as they do when people talk.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as far, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as near:
        far.bind(("127.0.0.1", 0))
        near.connect(far.getsockname())
        near.settimeout(5)
        echo = multiprocessing.get_context("fork").Process(target=_echo, args=(far,), daemon=True)
        echo.start()
        try:
            times = []
            for _ in range(rounds):
                time.sleep(pause)
                start = time.perf_counter()
                near.send(bytes(size))
                near.recv(2048)
                times.append((time.perf_counter() - start) / 2 * 1e6)
            return statistics.median(times)
        finally:
            with contextlib.suppress(ProcessLookupError):
                echo.kill()
            echo.join()
