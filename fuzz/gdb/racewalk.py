"""gdb commands for an execution of racewalk: where it is, how it got there, back and forth.

`racewalk debug FILE` starts gdb with this script; docs/rr.md shows a session. By hand:

    gdb -x .../racewalk.py --args racewalk inferior program.race     then: rw-run
"""

import os
import sys

import gdb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True  # the folder may be a recording's
import batch  # noqa: E402
import printers  # noqa: E402
from execution import (  # noqa: E402
    EVENTS,
    TRACE,
    all_frames,
    field,
    go_to_event,
    go_to_failure,
    has_failed,
    need_trace,
    phase,
    position,
    select_user_frame,
    short_name,
    show_position,
    stack,
    under_rr,
    what_happens,
    who,
)

SHOWN = 24  # events that rw-timeline and rw-object show around where the execution stands
HIDDEN = ("operation_end", "acquired", "released")  # told by the operation around them


# ---- the commands --------------------------------------------------------------------------------


class Command(gdb.Command):
    def __init__(self, function):
        self.__doc__ = function.__doc__
        self.function = function
        super().__init__(function.__name__.replace("_", "-"), gdb.COMMAND_USER)

    def invoke(self, argument, from_tty):
        self.function(argument.strip())
        # An empty line must not do it again: rw-back would go on.
        self.dont_repeat()


@Command
def rw_run(argument):
    """rw-run: to the failure, and say where that is."""
    go_to_failure()
    show_position()


@Command
def rw_goto(argument):
    """rw-goto STEP | failure: to the first thing that happens in that step (see rw-timeline)."""
    if argument == "failure":
        go_to_failure()
        return show_position()
    need_trace()
    if not argument.isdigit():
        raise gdb.GdbError("write rw-goto STEP or rw-goto failure")
    for number, event in enumerate(EVENTS, 1):
        if event["step"] >= int(argument):
            go_to_event(number)
            return show_position()
    if int(argument) > TRACE["failure"]["step"]:
        raise gdb.GdbError("the last step is %d" % TRACE["failure"]["step"])
    go_to_failure()
    show_position()


def touches(event, name):
    """Whether the event is about that object, or ends or begins the life of the object it is in."""
    about = event.get("object", "")
    if event["kind"] in ("died", "born"):
        return about.split(".")[0] == name.split(".")[0]
    return about == name


def object_here():
    if has_failed():
        return TRACE["object"]
    return EVENTS[position() - 1].get("object", "") if position() >= 1 else ""


@Command
def rw_back(argument):
    """rw-back [NAME]: to the previous access of that object, or the one here, by another task."""
    need_trace()
    name = argument or object_here()
    if not name:
        raise gdb.GdbError("this step is about no object; write rw-back NAME (see rw-timeline)")
    task = int(field("task"))
    for number in range(min(position() - 1, len(EVENTS)), 0, -1):
        event = EVENTS[number - 1]
        if event["task"] != task and touches(event, name) and event["kind"] not in HIDDEN:
            go_to_event(number)
            return show_position()
    raise gdb.GdbError("no other task has touched %s before" % name)


def in_table(number, event, tasks):
    width = max(24, 92 // max(tasks, 1))
    mark = ">" if number == position() else " "
    indent = " " * (event["task"] * width)
    return "%s%5d  %s%s" % (mark, event["step"], indent, event["what"])


PHASES = {
    "setup": "-- set-up --",
    "parallel": "-- the tasks begin --",
    "finish": "-- all tasks have ended --",
}


class Table:
    """Lines of events; where it is not the tasks that run, and where that changes, it says so."""

    def __init__(self):
        self.phase = "parallel"

    def line(self, at, text):
        if at != self.phase:
            print("       " + PHASES[at])
        self.phase = at
        print(text)


def print_events(numbers, around=SHOWN):
    """Of the events with these numbers those before and behind where the execution stands."""
    here = position()
    table = Table()
    before = [n for n in numbers if n <= here]
    behind = [n for n in numbers if n > here]
    tasks = 1 + max(event["task"] for event in EVENTS)
    if len(before) > around:
        print("  ... %d before" % (len(before) - around))
    for n in before[-around:] + behind[: around // 4]:
        table.line(EVENTS[n - 1]["phase"], in_table(n, EVENTS[n - 1], tasks))
    if here > len(EVENTS):
        width = max(24, 92 // tasks)
        indent = " " * (int(field("task")) * width)
        table.line(phase(), ">%5d  %s%s" % (int(field("step")), indent, what_happens()))
    if len(behind) > around // 4:
        print("  ... %d behind" % (len(behind) - around // 4))


@Command
def rw_timeline(argument):
    """rw-timeline [all]: steps around the present one, a column for each task; all: all events."""
    need_trace()
    everything = argument == "all"
    print_events(
        [
            n
            for n, e in enumerate(EVENTS, 1)
            if everything or (e["kind"] not in HIDDEN and not inside_operation(e))
        ],
        len(EVENTS) * 4 if everything else SHOWN,
    )


def inside_operation(event):
    return "operation" in event and event["kind"] not in ("operation_begin", "born", "died")


@Command
def rw_object(argument):
    """rw-object NAME: what happened to anon_vma#0 or anon_vma#0.root so far, and what it holds."""
    need_trace()
    name = argument or object_here()
    numbers = [
        n
        for n, e in enumerate(EVENTS, 1)
        if e["kind"] not in HIDDEN
        and (touches(e, name) or e.get("object", "").startswith(name + "."))
    ]
    if not numbers:
        raise gdb.GdbError("nothing touched '%s'; rw-timeline shows what there is" % name)
    print_events(numbers)
    value = printers.value_of(EVENTS, name.split(".")[0])
    if value is not None:
        shown = value.format_string(pretty_structs=True, static_members=False)
        print("%s at %s = %s" % (name.split(".")[0], value.address, shown))


def held_locks():
    """Per task the locks it holds where the execution stands, as events that took them."""
    held = {}
    for event in EVENTS[: min(position(), len(EVENTS))]:
        locks = held.setdefault(event["task"], [])
        if event["kind"] == "acquired":
            locks.append(event)
        elif event["kind"] == "released":
            taken = [e for e in locks if e["object"] == event["object"]]
            if taken:
                locks.remove(taken[-1])
    return held


@Command
def rw_locks(argument):
    """rw-locks: who holds which lock, since when; at the failure also who waits."""
    need_trace()
    nobody = True
    for task, locks in sorted(held_locks().items()):
        for event in locks:
            nobody = False
            how = " (shared)" if event.get("before") else ""
            at = event["where"]
            print(
                "%s holds %s%s since step %d  %s:%d"
                % (
                    who(task, event["phase"]),
                    event["object"],
                    how,
                    event["step"],
                    at["file"],
                    at["line"],
                )
            )
    for status in TRACE["failure"]["tasks"] if has_failed() else []:
        if status["state"].startswith("waits"):
            nobody = False
            print("T%d %s" % (status["task"], status["state"]))
    if nobody:
        print("no task holds a lock")


def parked_stack(task):
    if under_rr():
        return printers.recorded_frames(task, short_name)
    return printers.parked_frames(task, all_frames)


@Command
def rw_tasks(argument):
    """rw-tasks: what each task is doing, and its stack in the code under test."""
    if not int(field("running")):
        return gdb.execute("thread apply all backtrace")
    ops = {}
    for event in EVENTS[: min(position(), len(EVENTS))]:
        if event["kind"] == "op_begin":
            ops[event["task"]] = event["what"]
    running = int(field("running").dereference())
    for task in sorted(set(ops) | {running}):
        name = who(task, phase() if task == running else "parallel")
        print("%s%s %s" % (">" if task == running else " ", name, ops.get(task, "")))
        for at in stack() if task == running else parked_stack(task):
            place = at["file"] + (":%d" % at["line"] if at["line"] else "")
            print("    %-24s %s" % (at["function"], place))
    select_user_frame()


@Command
def rw_batch(argument):
    """rw-batch forward|reverse FILE: what `racewalk debug --batch` asks for (batch.py)."""
    mode, _, path = argument.partition(" ")
    batch.run(mode, path)


def prepare():
    gdb.execute("set breakpoint pending on")
    gdb.execute("set pagination off")
    gdb.execute("set print object off")
    gdb.execute("handle SIGUSR1 SIGPIPE nostop noprint pass", to_string=True)
    gdb.Breakpoint("racewalk_failure").silent = True
    printers.remember_names(EVENTS)
    printers.register()


prepare()
