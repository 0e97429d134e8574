"""What all peers share: the command line, the conversation with dmoerm-bench, and how a run is timed.

A peer is a class with
    versions()                  name -> version
    engines()                   engine -> the items it can do -> tokens of a run, so that its time can be foreseen
    prepare(item, engine)       returns (run, finish): what is timed, and what is called afterwards
"""

import argparse
import contextlib
import json
import os
import statistics
import sys
import time

SCHEMA = "dmoerm-peer/1"
CACHE = os.environ.get("DMOERM_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "dmoerm")


def seconds(run, repetitions):
    """Of one run."""
    start = time.perf_counter()
    for _ in range(repetitions):
        run()
    return (time.perf_counter() - start) / repetitions


def peak_bytes():
    """The most memory this process has held; ru_maxrss would tell the parent's, if that was larger."""
    try:
        with open("/proc/self/status") as file:
            return 1024 * next(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        import resource
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else 1024 * peak


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument(
        "--backbone", help="a GGUF file",
        default=os.environ.get("DMOERM_BACKBONE") or os.path.join(CACHE, "SmolLM2-135M-Instruct.Q4_1.gguf"))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    parser.add_argument("--threads", type=int, default=cores, help="default: every core")
    parser.add_argument("--memory-hog", action="store_true", help="offer the step that takes all memory")
    parser.add_argument("--engine", help="with --job or --time: whose way; default: every engine")
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--serve", action="store_true", help="do what dmoerm-bench says on standard input")
    group.add_argument("--job", metavar="ITEM", help="do an item once and print this process's peak memory")
    group.add_argument("--time", metavar="ITEM", action="append", help="time an item and print it; may be repeated")
    return parser.parse_args()


def main(peer, options):
    if options.serve:
        serve(peer, options)
    elif options.job:
        run, _ = peer.prepare(options.job, options.engine)
        run()
        print(json.dumps({"peakBytes": peak_bytes()}))
    else:
        for item in options.time:
            for engine, items in peer.engines().items():
                if item in items and options.engine in (None, engine):
                    run, finish = peer.prepare(item, engine)
                    seconds(run, 1)
                    samples = [seconds(run, 1) for _ in range(5)]
                    finish()
                    print(f"{engine}  {item}  {statistics.median(samples):.4f} s "
                          f"({min(samples):.4f} - {max(samples):.4f})", flush=True)


def serve(peer, options):
    """Answers every line of JSON with one; standard output carries nothing else."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # libraries that print do not disturb

    def reply(**what):
        replies.write(json.dumps(what) + "\n")
        replies.flush()

    reply(schema=SCHEMA, versions=peer.versions(), threads=options.threads, engines=peer.engines())
    prepared = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["action"] == "prepare":
                prepared[request["engine"]] = peer.prepare(request["item"], request["engine"])
                reply()
            elif request["action"] == "run":
                reply(seconds=seconds(prepared[request["engine"]][0], request["repetitions"]))
            elif request["action"] == "release":
                for _, finish in prepared.values():
                    finish()
                prepared.clear()
                reply()
            else:
                reply(error=f"unknown action {request['action']}")
        except Exception as error:  # the bench shows it and stops
            reply(error=f"{type(error).__name__}: {error}")
    with contextlib.suppress(OSError):
        replies.close()


def ids(count, vocabulary_size):
    """The same as dmoerm-bench's."""
    return [(i * 7919 + 13) % vocabulary_size for i in range(count)]
