"""Values of the code under test as gdb shows them: seam words as their value, locks as who holds
them, addresses of objects with the objects' names, and stacks of tasks that are switched away.
"""

import re

import gdb
import gdb.printing

ARENA = 0x7E8000000000  # memory/arena.h, kArenaBase
ARENA_OBJECTS = 1 << 20
NAMES = {}  # arena offset -> model name of the last object born there


def remember_names(events):
    for event in events:
        if event["kind"] == "born" and "location" in event:
            NAMES[event["location"]] = event["object"].split(".")[0]


def name_of_address(address):
    """"page#1", or "page#1+0x8" within one; "" for what lies outside of known objects."""
    offset = address - ARENA
    if not 0 <= offset < ARENA_OBJECTS:
        return ""
    starts = [start for start in NAMES if start <= offset and offset - start < 4096]
    if not starts:
        return ""
    start = max(starts)
    return NAMES[start] + ("+0x%x" % (offset - start) if offset != start else "")


def shown(value):
    """A pointer or integer that may be the address of an object, with its name."""
    kind = value.type.strip_typedefs().code
    if kind not in (gdb.TYPE_CODE_PTR, gdb.TYPE_CODE_INT):
        return value.format_string()
    name = name_of_address(int(value))
    number = "0x%x" % int(value) if kind == gdb.TYPE_CODE_PTR or name else value.format_string()
    return "%s (%s)" % (number, name) if name else number


def unwrapped(value):
    """The plain value inside std::atomic, whose member's name depends on what it holds."""
    while value.type.strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
        value = value[[f for f in value.type.fields() if hasattr(f, "bitpos")][0]]  # no statics
    return value


class SeamWord:
    """atomic, coherent, cell and ghost: the value."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        value = self.value
        for field in value.type.fields():  # atomic and coherent derive from word
            if field.is_base_class:
                value = value[field]
        inner = value["value_"]
        if inner.type.strip_typedefs().code != gdb.TYPE_CODE_STRUCT:
            return shown(inner)
        if "std::atomic" in str(inner.type.strip_typedefs()):
            return shown(unwrapped(inner))
        return inner.format_string()


class Lock:
    """spinlock_t, rwlock_t, mutex, rw_semaphore: is it held, who waits (kernel/lock_word.h)."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        word = self.value["word"] if self.value.type.has_key("word") else self.value
        bits = int(unwrapped(word["bits"]["value_"]))
        said = []
        if bits & 1:
            said.append("held for writing")
        if bits >> 24:
            said.append("%d readers" % (bits >> 24))
        waiting = [t for t in range(8) if bits >> (8 + t) & 1 or bits >> (16 + t) & 1]
        said += ["T%d waits" % t for t in waiting]
        return ", ".join(said) or "free"


def register():
    printer = gdb.printing.RegexpCollectionPrettyPrinter("racewalk")
    printer.add_printer("seam", "^rw::sync::(word|atomic|coherent|cell|ghost|tally)<", SeamWord)
    locks = "^rw::kernel::(lock_word|spinlock_t|rwlock_t|mutex|rw_semaphore)$"
    printer.add_printer("lock", locks, Lock)
    gdb.printing.register_pretty_printer(None, printer, replace=True)


# ---- objects by name -----------------------------------------------------------------------------

_types = {}  # "vma" -> gdb type rw::mm::vm_area_struct


def type_named(shown_name):
    """The C++ type that reports call so: RW_TYPE_NAMED leaves describe<type>::info behind."""
    if not _types:
        listed = gdb.execute("info variables -q describe<.*>::info", to_string=True)
        for name in re.findall(r"describe<(.+)>::info;", listed):
            try:
                info = gdb.lookup_global_symbol("rw::sync::describe<%s>::info" % name)
                _types[info.value()["name"].string()] = gdb.lookup_type(name)
            except (gdb.error, AttributeError):
                continue  # of another target, and dropped by the linker
    return _types.get(shown_name)


def value_of(events, name):
    """The object of that model name where it lies now; None if its type is unknown."""
    births = [e for e in events if e["kind"] == "born" and e["object"].split(".")[0] == name]
    if not births:
        return None
    found = type_named(births[-1]["text"])
    if found is None:
        return None
    return gdb.Value(ARENA + births[-1]["location"]).cast(found.pointer()).dereference()


# ---- stacks of tasks that do not run -------------------------------------------------------------


def word_at(address):
    word = gdb.lookup_type("unsigned long")
    return int(gdb.Value(address).cast(word.pointer()).dereference())


def saved_registers(task):
    """rsp, rbp and rip of a task that is switched away (fuzz/exec/debug.h)."""
    state = gdb.lookup_global_symbol("racewalk_debug").value()
    saved = int(state["contexts"][task])
    if not int(state["boost_switches"]):
        return word_at(saved), word_at(saved + 8), word_at(saved + 16)
    frame = word_at(saved)
    return frame + 0x40, word_at(frame + 0x30), word_at(frame + 0x38)


def parked_frames(task, frames_here):
    """What `frames_here` returns on the stack of a task that is switched away.

    The thread is lent that task's registers for the moment.
    """
    registers = ("$rsp", "$rbp", "$rip")
    word = gdb.lookup_type("unsigned long")
    gdb.newest_frame().select()
    own = [int(gdb.parse_and_eval(name).cast(word)) for name in registers]
    try:
        lend(registers, saved_registers(task))
        return frames_here()
    except gdb.error:
        return []
    finally:
        lend(registers, own)


def lend(registers, values):
    gdb.newest_frame().select()
    for name, value in zip(registers, values):
        gdb.execute("set %s = %d" % (name, value), to_string=True)


def recorded_frames(task, short_name):
    """The same under rr, which lets nobody change a register: by the chain of frame pointers.

    Of functions that were inlined only the innermost one's line is known.
    """
    frames = []
    _, rbp, pc = saved_registers(task)
    while ARENA <= rbp < ARENA + (1 << 26):
        frames += functions_at(pc - 1, short_name)
        rbp, pc = word_at(rbp), word_at(rbp + 8)
    return frames


def functions_at(pc, short_name):
    """The function at `pc` and those it was inlined into, of the code under test only."""
    found = []
    line = gdb.find_pc_line(pc).line
    block = gdb.block_for_pc(pc)
    while block is not None and not block.is_static and not block.is_global:
        symbol = block.function
        if symbol is not None:
            name = symbol.symtab.fullname()
            at = name.find("targets/")
            if at >= 0:
                found.append({"function": short_name(symbol.name), "file": name[at:], "line": line})
            line = 0
        block = block.superblock
    return found
