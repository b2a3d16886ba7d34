"""Attacks the interop server while another client calls it, and says what became of that client and of the server.

Usage: hardening.py PORT SERVER-PID. Each attack runs 5 s, or 30 s with VECTORSEARCH_FULL=1. Prints one line for each:
ok or FAIL, and the figures. A failure is a call of the other client that failed, a server that is gone or grew by 100 MB,
or an attacker that the server should have thrown out and did not. In the long form also another client's p99 that more
than doubles beside the control run, in which the attacker's place is taken by a busy but well-formed client.
"""

import os
import subprocess
import sys
import time

import grpc

# The generated code shares the package name of the library.
grpc.__path__.append(os.path.join(os.environ["INTEROP_GENERATED"], "grpc"))
from grpc.testing import empty_pb2, test_pb2_grpc  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FULL = os.environ.get("VECTORSEARCH_FULL") == "1"
SECONDS = 30 if FULL else 5
MAX_GROWTH_MB = 100
MAX_P99_RATIO = 2
# Those whose connections must be closed by the server; floods of control frames are read slowly for 3 s first, and a slow body
# is borne for its grace period.
THROWN_OUT = {"continuation_flood", "big_header"} | ({"rapid_reset", "ping_flood", "settings_flood"} if FULL else set())
ATTACKS = ("rapid_reset", "ping_flood", "settings_flood", "continuation_flood", "big_header", "slow_body")


def memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:")) / 1024


def call_while(process, stub):
    """Calls at 100 a second while the process runs; gives the latencies in ms and the faults."""
    latencies, faults = [], []
    while process.poll() is None:
        begin = time.perf_counter()
        try:
            stub.EmptyCall(empty_pb2.Empty(), timeout=10)
            latencies.append((time.perf_counter() - begin) * 1e3)
        except grpc.RpcError as fault:
            faults.append(str(fault.code()))
        time.sleep(max(0.0, begin + 0.01 - time.perf_counter()))
    return latencies, faults


def run(attack, port, pid, stub):
    before = memory_mb(pid)
    process = subprocess.Popen(
        [sys.executable, os.path.join(HERE, "attack.py"), attack, str(port), str(SECONDS)], stdout=subprocess.PIPE, text=True
    )
    latencies, faults = call_while(process, stub)
    connections, closed, sent = (int(number) for number in process.stdout.read().split())
    latencies.sort()
    return {
        "p99": latencies[int(len(latencies) * 0.99)] if latencies else float("nan"),
        "faults": faults,
        "growth": memory_mb(pid) - before,
        "connections": connections,
        "closed": closed,
        "sent": sent,
    }


def judge(attack, seen, control):
    wrong = []
    if seen["faults"]:
        wrong.append(f"{len(seen['faults'])} calls of the other client failed: {seen['faults'][0]}")
    if seen["growth"] > MAX_GROWTH_MB:
        wrong.append(f"memory grew by {seen['growth']:.0f} MB")
    if attack in THROWN_OUT and seen["closed"] == 0:
        wrong.append("the attacker was not thrown out")
    if FULL and seen["p99"] > MAX_P99_RATIO * control["p99"]:
        wrong.append(f"p99 is {seen['p99'] / control['p99']:.1f} times the control run's")
    return wrong


def main(port, pid):
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        stub = test_pb2_grpc.TestServiceStub(channel)
        stub.EmptyCall(empty_pb2.Empty(), timeout=10, wait_for_ready=True)
        run("control", port, pid, stub)  # once without counting: the server compiles its hot paths
        control = run("control", port, pid, stub)
        print(f"control ok p99 {control['p99']:.1f} ms beside {control['sent']} well-formed calls", flush=True)
        for attack in ATTACKS:
            seen = run(attack, port, pid, stub)
            wrong = judge(attack, seen, control)
            print(
                attack,
                "FAIL " + "; ".join(wrong) + ":" if wrong else "ok",
                f"p99 {seen['p99']:.1f} ms, memory {seen['growth']:+.0f} MB,",
                f"{seen['sent']} sent on {seen['connections']} connections, {seen['closed']} closed by the server",
                flush=True,
            )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
