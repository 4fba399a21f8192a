"""What `racewalk debug --batch` runs in gdb: both accesses of a failure, as JSON.

forward: runs to each stop of trace.json in turn, then to the failure. reverse, under rr: runs to
the failure and from there back, with watchpoints on what failed. The file is written after every
stop, so that what was found is there if the time is over.
"""

import json
import os

import execution as ex
import gdb

MOST_HITS = 16  # of the watchpoint; what lies farther back explains little


class Report:
    def __init__(self, path):
        self.path = path
        self.stops = []
        self.accesses = []

    def write(self, done=False):
        with open(self.path + ".tmp", "w", encoding="utf-8") as file:
            json.dump({"done": done, "stops": self.stops, "accesses": self.accesses}, file)
        os.replace(self.path + ".tmp", self.path)


def here():
    frames = ex.stack()
    return {
        "task": int(ex.field("task")),
        "phase": ex.phase(),
        "step": int(ex.field("step")),
        "event": ex.position(),
        "what": ex.what_happens(),
        "failed": ex.has_failed(),
        "frames": frames,
        "source": ex.source_line(frames[0]) if frames else "",
    }


def forward(report):
    for stop in ex.TRACE["stops"] if ex.TRACE else []:
        ex.go_to_event(stop["event"])
        report.stops.append(here())
        report.write()
    ex.go_to_failure()
    report.stops.append(here())


def watch_hits(report, address):
    """Runs back from one access of `address` to the one before, up to the earliest stop."""
    watch = gdb.Breakpoint(
        "*(int *)%d" % address, gdb.BP_WATCHPOINT, gdb.WP_ACCESS, internal=True
    )
    watch.silent = True
    stops = [stop["event"] for stop in ex.TRACE["stops"]] if ex.TRACE else []
    before = ex.all_frames()
    try:
        with ex.At(min(stops) if stops else 0):
            for _ in range(MOST_HITS):
                ex.run("reverse-continue")
                if stops and int(ex.field("event")) in stops and not ex.has_failed():
                    report.stops.append(here())
                    report.write()
                    if int(ex.field("event")) == min(stops):
                        return
                frames = ex.all_frames()
                if frames and frames != before:
                    report.accesses.append({"thread": gdb.selected_thread().num, "frames": frames})
                    report.write()
                before = frames
    finally:
        watch.delete()


def reverse(report):
    ex.go_to_failure()
    failure = here()
    address = int(ex.field("address"))
    if address:
        watch_hits(report, address)
    else:
        for stop in reversed(ex.TRACE["stops"] if ex.TRACE else []):
            ex.go_to_event(stop["event"])
            report.stops.append(here())
    report.stops.reverse()
    report.stops.append(failure)


def run(mode, path):
    report = Report(path)
    report.write()
    try:
        {"forward": forward, "reverse": reverse}[mode](report)
        report.write(done=True)
    except gdb.error as error:
        print("racewalk: %s" % error)
