#!/usr/bin/python3
"""ci/check_report.py json|sarif|junit FILE...: checks what racewalk writes for other programs.

  json FILE...    each holds one document of `racewalk ... --json`; held against
                  docs/racewalk-1.schema.json, and no field may be there that it does not describe
  sarif FILE...   held against the object model of SARIF 2.1.0 (python3-sarif-python-om, made from
                  the published schema) and against rules of the standard's text;
                  --schema sarif-schema-2.1.0.json checks by the published schema as well, which is
                  OASIS's and not part of this tree
  junit FILE...   read by python3-junitparser; the counts must be those of the cases

Prints one line for each file, document or case. Exit status: 0 all valid, 1 not, 64 bad usage.
"""
import copy
import functools
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


# ---- json ---------------------------------------------------------------------------------------

def closed(schema):
    """The schema with every object that lists its fields refusing others."""
    if isinstance(schema, list):
        return [closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "required" in schema:
        out.setdefault("additionalProperties", False)
    return out


def check_json(path):
    import jsonschema

    schema = closed(json.loads((ROOT / "docs/racewalk-1.schema.json").read_text()))
    document = json.loads(path.read_text())
    kind = document.get("document")
    if {"$ref": f"#/definitions/{kind}"} not in schema["oneOf"]:
        return [f"document {kind!r} is not described"], ""
    # One branch rather than `oneOf`, whose errors do not say which branch was meant.
    one = copy.deepcopy(schema)
    one["oneOf"] = [{"$ref": f"#/definitions/{kind}"}]
    one["$ref"] = one["oneOf"][0]["$ref"]
    del one["oneOf"]
    errors = jsonschema.Draft7Validator(one).iter_errors(document)
    return [f"{list(e.absolute_path)}: {e.message[:200]}" for e in errors], kind


# ---- sarif --------------------------------------------------------------------------------------

# Which class of the object model a property holds; of lists and maps, each element.
HOLDS = {
    "runs": "Run", "tool": "Tool", "driver": "ToolComponent", "rules": "ReportingDescriptor",
    "shortDescription": "MultiformatMessageString", "fullDescription": "MultiformatMessageString",
    "help": "MultiformatMessageString", "defaultConfiguration": "ReportingConfiguration",
    "automationDetails": "RunAutomationDetails", "invocations": "Invocation",
    "results": "Result", "message": "Message", "description": "Message", "locations": "Location",
    "relatedLocations": "Location", "location": "Location", "physicalLocation": "PhysicalLocation",
    "artifactLocation": "ArtifactLocation", "region": "Region",
    "logicalLocations": "LogicalLocation", "codeFlows": "CodeFlow", "threadFlows": "ThreadFlow",
    "suppressions": "Suppression",
}  # fmt: skip
MAPS = {"originalUriBaseIds": "ArtifactLocation"}
FREE = {"properties", "partialFingerprints"}  # a property bag, a map to strings
ENUMS = {
    ("Result", "level"): {"none", "note", "warning", "error"},
    ("ReportingConfiguration", "level"): {"none", "note", "warning", "error"},
    ("ThreadFlowLocation", "importance"): {"important", "essential", "unimportant"},
    ("Suppression", "kind"): {"inSource", "external"},
    ("Suppression", "status"): {"accepted", "underReview", "rejected"},
    ("Run", "columnKind"): {"utf16CodeUnits", "unicodeCodePoints"},
}
LISTS = {"runs", "rules", "invocations", "results", "locations", "relatedLocations",
         "logicalLocations", "codeFlows", "threadFlows", "suppressions"}  # fmt: skip
NUMBERS = {"startLine": 1, "executionOrder": 0, "nestingLevel": 0, "ruleIndex": 0, "id": 0,
           "exitCode": None}  # fmt: skip


# The package was made from a draft that still called this one "state".
RENAMED = {("Suppression", "state"): "status"}


@functools.cache
def properties_of(kind):
    """The properties of a class of the object model, each with whether it must be there."""
    import attr
    import sarif_om

    names = {}
    for attribute in attr.fields(getattr(sarif_om, kind)):
        name = attribute.metadata["schema_property_name"]
        names[RENAMED.get((kind, name), name)] = attribute.default is attr.NOTHING
    return names


def check_scalar(kind, name, value, where, errors):
    if (kind, name) in ENUMS and value not in ENUMS[kind, name]:
        errors.append(f"{where}: {value!r} is no {name} of {kind}")
    # An `id` is a text everywhere but in a location.
    if name in NUMBERS and (name != "id" or kind == "Location"):
        least = NUMBERS[name]
        if not isinstance(value, int) or (least is not None and value < least):
            errors.append(f"{where}: {value!r} is not a whole number of {least} or more")
    elif name == "executionSuccessful":
        if not isinstance(value, bool):
            errors.append(f"{where}: {value!r} is not true or false")
    elif not isinstance(value, str):
        errors.append(f"{where}: {value!r} is not a text")


def check_model(kind, value, where, errors):
    """`value` as an object of class `kind` of the SARIF object model."""
    if not isinstance(value, dict):
        errors.append(f"{where}: not an object")
        return
    known = properties_of(kind)
    for name in value:
        if name not in known:
            errors.append(f"{where}: {kind} has no property {name!r}")
    for name, required in known.items():
        if required and name not in value:
            errors.append(f"{where}: {kind} needs {name!r}")
    for name, inner in value.items():
        at = f"{where}.{name}"
        holds = "ThreadFlowLocation" if (kind, name) == ("ThreadFlow", "locations") else (
            HOLDS.get(name))
        if name in FREE:
            continue
        if name in MAPS:
            for key, one in inner.items():
                check_model(MAPS[name], one, f"{at}.{key}", errors)
        elif holds is None:
            check_scalar(kind, name, inner, at, errors)
        elif name in LISTS:
            if not isinstance(inner, list):
                errors.append(f"{at}: not a list")
                continue
            for i, one in enumerate(inner):
                check_model(holds, one, f"{at}[{i}]", errors)
        else:
            check_model(holds, inner, at, errors)


def check_places(value, bases, where, errors):
    """Each artifact's uri is relative to a base that the run declares (3.4.4, 3.14.14)."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            check_places(one, bases, f"{where}[{i}]", errors)
    elif isinstance(value, dict):
        artifact = value.get("artifactLocation")
        if artifact is not None:
            uri = artifact.get("uri", "")
            # A saved program may lie outside the source tree.
            outside = uri.startswith("file:///") and uri.endswith(".race")
            if not outside and (uri.startswith("/") or ":" in uri or " " in uri or not uri):
                errors.append(f"{where}: {uri!r} is not a relative uri")
            if not outside and artifact.get("uriBaseId") not in bases:
                errors.append(f"{where}: base {artifact.get('uriBaseId')!r} is not declared")
        for name, one in value.items():
            check_places(one, bases, f"{where}.{name}", errors)


def check_flow(flow, where, errors):
    """An interleaving: orders grow within a task, and none belongs to two tasks (3.38.11)."""
    seen = set()
    for thread in flow["threadFlows"]:
        last = 0
        for location in thread["locations"]:
            order = location["executionOrder"]
            if order <= last:
                errors.append(f"{where}: {thread['id']} goes back from {last} to {order}")
            if order in seen:
                errors.append(f"{where}: two steps have the order {order}")
            seen.add(order)
            last = order


def check_results(run, where, errors):
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    if len(set(rules)) != len(rules):
        errors.append(f"{where}: two rules have one id")
    for i, result in enumerate(run["results"]):
        at = f"{where}.results[{i}]"
        if rules[result.get("ruleIndex", 0)] != result["ruleId"]:
            errors.append(f"{at}: ruleIndex {result.get('ruleIndex')} is not {result['ruleId']}")
        if any("physicalLocation" not in location for location in result["locations"]):
            errors.append(f"{at}: a location without a file, which code scanning refuses")
        if not result["partialFingerprints"].get("racewalkKey/v1", "").startswith("k1-"):
            errors.append(f"{at}: no key among the fingerprints")
        for flow in result.get("codeFlows", []):
            check_flow(flow, at, errors)


def check_sarif(path, schema):
    log = json.loads(path.read_text())
    errors = []
    check_model("SarifLog", log, "log", errors)
    if not errors:
        for i, run in enumerate(log["runs"]):
            check_places(run, run.get("originalUriBaseIds", {}), f"runs[{i}]", errors)
            check_results(run, f"runs[{i}]", errors)
    if schema is not None:
        import jsonschema

        for e in jsonschema.Draft4Validator(schema).iter_errors(log):
            errors.append(f"{list(e.absolute_path)}: {e.message[:200]}")
    count = sum(len(run.get("results", [])) for run in log.get("runs", []))
    return errors, f"{count} results"


# ---- junit --------------------------------------------------------------------------------------

def check_junit(path):
    import junitparser

    xml = junitparser.JUnitXml.fromfile(str(path))
    errors, lines = [], []
    totals = [0, 0, 0, 0]

    def those_with(cases, kind):
        return [c for c in cases if any(isinstance(r, kind) for r in c.result)]

    for suite in xml:
        cases = list(suite)
        bad = those_with(cases, junitparser.Failure)
        broken = those_with(cases, junitparser.Error)
        skipped = those_with(cases, junitparser.Skipped)
        counts = [len(cases), len(bad), len(broken), len(skipped)]
        if [suite.tests, suite.failures, suite.errors, suite.skipped] != counts:
            errors.append(f"suite {suite.name}: the counts are not those of its cases")
        names = [c.name for c in cases]
        if len(set(names)) != len(names):
            errors.append(f"suite {suite.name}: two cases have one name")
        totals = [total + count for total, count in zip(totals, counts)]
        for c in cases:
            result = "passed"
            for word, some in (("failed", bad), ("error", broken), ("skipped", skipped)):
                if c in some:
                    result = word
            lines.append(f"{suite.name} {c.name} {result}")
    if [xml.tests, xml.failures, xml.errors, xml.skipped] != totals:
        errors.append("the counts of the whole are not those of the suites")
    return errors, "\n".join(lines)


def main(arguments):
    schema = None
    if "--schema" in arguments:
        at = arguments.index("--schema")
        schema = json.loads(pathlib.Path(arguments[at + 1]).read_text())
        del arguments[at : at + 2]
    checks = {"json": check_json, "sarif": lambda path: check_sarif(path, schema),
              "junit": check_junit}  # fmt: skip
    if len(arguments) < 2 or arguments[0] not in checks:
        print(__doc__, file=sys.stderr)
        return 64
    bad = False
    for name in arguments[1:]:
        try:
            errors, said = checks[arguments[0]](pathlib.Path(name))
        except ImportError as error:
            print(f"python module {error.name} is missing: run ci/setup", file=sys.stderr)
            return 64
        except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
            errors, said = [f"{type(error).__name__}: {error}"], ""
        except Exception as error:  # junitparser and lxml have several of their own
            errors, said = [f"cannot be read: {error}"], ""
        bad = bad or bool(errors)
        for error in errors[:20]:
            print(f"{name}: {error}")
        if not errors:
            print(said)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
