"""Where an execution of racewalk stands in gdb, and how to get it elsewhere.

Reads racewalk_debug (fuzz/exec/debug.h) and, beside this file, trace.json: the trace of the same
execution, recorded before. Moves forward by running to the n-th event of the trace; backward by
reverse execution under rr, else by running the program again. Both come to the same step, because a
steered execution is a function of its program.
"""

import json
import os

import gdb

FOLDER = os.path.dirname(os.path.abspath(__file__))


def load_trace():
    try:
        with open(os.path.join(FOLDER, "trace.json"), encoding="utf-8") as file:
            return json.load(file)
    except OSError:
        return None


TRACE = load_trace()
EVENTS = TRACE["events"] if TRACE else []


def need_trace():
    if not EVENTS:
        raise gdb.GdbError("there is no trace of this execution (on real threads none is recorded)")


# ---- where the execution stands ------------------------------------------------------------------


def field(name):
    # Not by an expression: gdb would look through half of the debug information for each.
    return gdb.lookup_global_symbol("racewalk_debug").value()[name]


def text(name):
    value = field(name)
    return value.string() if int(value) != 0 else ""


def has_failed():
    return int(field("failure")) != 0


def position():
    """The event that has just happened, from 1; one more than the last at the failure."""
    return len(EVENTS) + 1 if has_failed() and EVENTS else int(field("event"))


def phase():
    """Of the execution: "setup", "parallel" or "finish", as trace.json calls them."""
    if not EVENTS:
        return "parallel"
    if has_failed():
        if TRACE["failure"]["tasks"]:
            return "parallel"
        return "setup" if EVENTS[-1]["phase"] == "setup" else "finish"
    return EVENTS[position() - 1]["phase"] if position() >= 1 else "setup"


def who(task, at):
    """Whose a step of phase `at` is: set-up and final checks run as task 0 and are no task's."""
    return {"setup": "set-up", "finish": "final checks"}.get(at, "T%d" % task)


def is_live():
    return gdb.selected_inferior().pid != 0


def under_rr():
    connection = gdb.selected_inferior().connection
    return connection is not None and "remote" in connection.type


def is_of_target(frame):
    symtab = frame.find_sal().symtab
    return symtab is not None and "targets/" in symtab.fullname()


def target_frames():
    """Frames of the code under test, innermost first."""
    frames = []
    frame = gdb.newest_frame()
    while frame is not None:
        if is_of_target(frame):
            frames.append(frame)
        elif frames:
            break  # the engine's, which called it
        frame = frame.older()
    return frames


def is_at(frame, file, line):
    """Whether the frame is in that file, at that line (0: any)."""
    sal = frame.find_sal()
    return line in (0, sal.line) and sal.symtab.fullname().endswith("/" + file)


def user_frame():
    """The frame that reports name for this step, else the innermost; None outside of the target.

    A step's place is where a lock or READ_ONCE was called, not where that is written. A function
    that ended in a tail call has no frame: then it is its caller in the same file.
    """
    frames = target_frames()
    for line in (int(field("line")), 0):
        for frame in frames:
            if is_at(frame, text("file"), line):
                return frame
    return frames[0] if frames else None


def short_name(name):
    """"rw::mm::(anonymous namespace)::f<int>(char)" -> "f"."""
    name = name.replace("(anonymous namespace)::", "")
    plain, depth = "", 0
    for c in name.split("(")[0]:
        depth += (c == "<") - (c == ">")
        if depth == 0 and c != ">":
            plain += c
    return plain.split("::")[-1].split(" ")[-1]


def place(frame):
    sal = frame.find_sal()
    name = sal.symtab.fullname() if sal.symtab else ""
    at = name.find("targets/")
    return {
        "function": short_name(frame.name() or "?"),
        "file": name[at:] if at >= 0 else name,
        "line": sal.line,
    }


def user_frames():
    """Of the task's frames the user frame and those below it, outermost last."""
    frames = target_frames()
    first = user_frame()
    while frames and frames[0] != first:
        del frames[0]
    return [place(frame) for frame in frames]


def all_frames():
    return [place(frame) for frame in target_frames()]


def stack():
    """The step's own place, then those that called it."""
    here = {"function": text("function"), "file": text("file"), "line": int(field("line"))}
    frames = user_frames()
    if not here["line"] or (frames and frames[0] == here):
        return frames
    return [here] + [frame for frame in frames if frame["function"] != here["function"]]


def source_line(at):
    """The text at a place; "" if the source is not where the binary was built."""
    path = gdb.newest_frame().find_sal().symtab.fullname()  # .../fuzz/exec/debug.cc
    root = path[: path.rfind("fuzz/")]
    try:
        with open(root + at["file"], encoding="utf-8", errors="replace") as file:
            return file.read().splitlines()[at["line"] - 1].strip()
    except (OSError, IndexError):
        return ""


def what_happens():
    """The event or failure that the execution stands at, in words."""
    at = position()
    if has_failed():
        words = TRACE["failing"] if TRACE else ""
        return text("failure") + (": " + words if words else "")
    if 1 <= at <= len(EVENTS):
        return EVENTS[at - 1]["what"]
    return text("function") or "set-up"


def show_position():
    task = who(int(field("task")), phase())
    print("step %d, %s: %s" % (int(field("step")), task, what_happens()))
    if has_failed():
        print("  " + text("message"))
    places = stack()
    for n, at in enumerate(places):
        print("  %s %-24s %s:%d" % ("by" if n else "in", at["function"], at["file"], at["line"]))
    if places:
        print("  > " + source_line(places[0]))
    select_user_frame()


def select_user_frame():
    frame = user_frame()
    if frame is not None:
        frame.select()


# ---- going there ---------------------------------------------------------------------------------


class At:
    """Breakpoints for the failure and, if given, one event; gone when the block ends."""

    def __init__(self, event=0):
        self.event = event
        self.points = []

    def __enter__(self):
        for point in gdb.breakpoints() or []:
            if point.location == "racewalk_failure" and point.enabled:
                break
        else:
            self.add("racewalk_failure")
        if self.event:
            self.add("racewalk_event").condition = "racewalk_debug.event == %d" % self.event
        return self

    def add(self, where):
        point = gdb.Breakpoint(where, internal=True)
        point.silent = True
        self.points.append(point)
        return point

    def __exit__(self, *_):
        for point in self.points:
            point.delete()


def run(command):
    gdb.execute(command, to_string=True)
    if not is_live():
        raise gdb.GdbError("the program has ended; rw-run starts it again")


def run_again():
    """From the beginning of the program or of the recording to the first breakpoint."""
    gdb.execute("set confirm off")
    run("run")


def go_to_event(number):
    here = position() if is_live() else 0
    if number == here:
        return
    with At(number):
        if is_live() and number > here:
            run("continue")
        elif under_rr():
            run("reverse-continue")
        else:
            run_again()
    if int(field("event")) != number or has_failed():
        raise gdb.GdbError("event %d was not reached: another program than trace.json's?" % number)


def go_to_failure():
    if is_live() and has_failed():
        return
    with At():
        if is_live():
            run("continue")
        else:
            run_again()
