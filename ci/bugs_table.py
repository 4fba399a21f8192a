#!/usr/bin/env python3
"""ci/bugs_table.py LIST HUNT...: the table of docs/bugs.md.

LIST is what `racewalk bugs --json` prints, each HUNT what `racewalk bugs --hunt ... --json` does;
hunts of one rule may be spread over any number of them. "Found" counts hunts; executions and
seconds are the lowest and highest of those that found the rule, or of all if none did. A hunt that
was interrupted before its time was over does not count.

Exit status: 0, 1 if a file is missing or is something else, or if a rule was hunted that LIST does
not have, 64 bad usage.
"""
import collections
import json
import sys


def span(numbers, form):
    low, high = form(min(numbers)), form(max(numbers))
    return low if low == high else f"{low} to {high}"


def row(rule, hunts):
    found = [h for h in hunts if h["found"]]
    shown = found or hunts
    executions = span([h["executions"] for h in shown], "{:,}".format)
    seconds = span([h["seconds"] for h in shown], "{:.1f}".format)
    kinds = ", ".join(sorted({h["finding"]["kind"] for h in found}))
    smallest = min((h["size"] for h in found), key=in_order, default=None)
    size = " / ".join(str(n) for n in in_order(smallest)) if smallest else ""
    return [rule["name"], rule["source"], f"{len(found)} of {len(hunts)}",
            executions + ("" if found else " tried"), seconds, kinds, size]


def in_order(size):
    return size["tasks"], size["setup_ops"] + size["task_ops"], size["switches"]


def read(path, document, field):
    """The JSON of one file; ends the program if it is not a `document` with a `field`."""
    try:
        with open(path, encoding="utf-8") as file:
            content = json.load(file)
        content[field]
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"{path}: not what {document} prints: {error}", file=sys.stderr)
        sys.exit(1)
    return content


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    rules = {rule["name"]: rule for rule in read(arguments[0], "bugs --json", "bugs")["bugs"]}
    hunts = collections.defaultdict(list)
    for path in arguments[1:]:
        hunt = read(path, "bugs --hunt --json", "entries")
        for entry in hunt["entries"]:
            if entry["found"] or entry["seconds"] >= hunt["limit_seconds"]:
                hunts[entry["name"]].append(entry)
    unknown = sorted(set(hunts) - set(rules))
    if unknown:
        print(f"not in {arguments[0]}: {', '.join(unknown)}", file=sys.stderr)
        return 1
    print("| name | source | found | executions | seconds | shows as | tasks / ops / switches |")
    print("|---|---|---|---|---|---|---|")
    for name, rule in rules.items():
        if name in hunts:
            print("| " + " | ".join(row(rule, hunts[name])) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
