"""`bursar policy lint [FILE]`, `explain REQUEST | --facts FILE`, `test [DIR]`, `replay --since 90d`, `schema`."""

import argparse
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.commands.common import Refused, add_common, open_store, print_json, print_table
from storage.unit_of_work import UnitOfWork


def configure(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    lint = commands.add_parser("lint", help="mistakes and doubts, as file:line:column")
    lint.add_argument("file", nargs="?", metavar="FILE", help="default: the policy in force")
    explain = commands.add_parser("explain", help="why a request goes where it goes")
    explain.add_argument("request", nargs="?", metavar="REQUEST", help="a number such as R-1042, or an id")
    explain.set_defaults(wrong_use=explain.error)
    explain.add_argument("--facts", metavar="FILE", help="facts as YAML or JSON instead of a request")
    explain.add_argument(
        "--policy", metavar="FILE", help="default: the policy in force (a request: the one it was made with)"
    )
    test = commands.add_parser("test", help="given facts, expect an outcome")
    test.add_argument("folder", nargs="?", metavar="DIR", help="default: policy-tests beside the policy")
    test.add_argument("--policy", metavar="FILE", help="default: policy.yaml beside DIR, else the policy in force")
    replay = commands.add_parser("replay", help="which past requests would have ended otherwise")
    replay.add_argument("--since", default="90d", metavar="90d|DATE", help="default: 90d")
    replay.add_argument("--policy", metavar="FILE", help="default: the policy in force")
    schema = commands.add_parser("schema", help="JSON Schema for editors")
    for command in (lint, explain, test, replay, schema):
        add_common(command)


def run(options: argparse.Namespace) -> int:
    from storage.yaml_source import SourceErrors

    actions = {"lint": run_lint, "explain": run_explain, "test": run_test, "replay": run_replay, "schema": run_schema}
    try:
        return actions[options.action](options)
    except SourceErrors as errors:
        raise Refused("\n".join(["it cannot be read:", *map(str, errors.errors)])) from errors


def run_schema(options: argparse.Namespace) -> int:
    import json

    from workflows.policy.document import json_schema

    print(json.dumps(json_schema(), indent=2, ensure_ascii=False))
    return 0


def run_lint(options: argparse.Namespace) -> int:
    from workflows.policy.lint import has_errors, lint
    from workflows.policy.load import BUILT_IN, policy_text, references

    with open_store(options).read() as uow:
        known = references(uow.session, uow.now)
        if options.file:
            text, name = read_file(options.file), options.file
            org = org_beside(options.file) or known.org
        else:
            found = policy_text(uow.session)
            text, name = found.text, found.source
            org = known.org if name != BUILT_IN else None  # its roles may be missing: then it asks the admins
        findings = lint(text, name, org, known.people, known.tools)
    if options.json:
        print_json({"file": name, "ok": not has_errors(findings), "findings": [vars(one) for one in findings]})
    else:
        for finding in findings:
            print(finding)
        if not findings:
            print(f"{name}: nothing to say")
    return 1 if has_errors(findings) else 0


def org_beside(file: str) -> Any:
    """The settings of an org.yaml in the same folder: the two are edited together. Raises SourceErrors."""
    from storage.org import parse_org

    path = Path(file).parent / "org.yaml"
    return parse_org(read_file(str(path)), str(path)) if path.is_file() else None


def run_explain(options: argparse.Namespace) -> int:
    if bool(options.request) == bool(options.facts):
        options.wrong_use("say either a REQUEST (like R-1042) or --facts FILE")
    with open_store(options).read() as uow:
        answer = explain_facts(uow, options) if options.facts else explain_request(uow, options)
    if options.json:
        print_json(answer)
    else:
        print("\n".join(explained(answer)))
    return 0


def explain_facts(uow: UnitOfWork, options: argparse.Namespace) -> dict[str, Any]:
    from storage.org import load_org, today
    from storage.yaml_source import YamlSource
    from workflows.policy.convert import converter
    from workflows.policy.examples import given_facts
    from workflows.policy.explain import explain
    from workflows.policy.load import load_policy

    org = load_org(uow.session)
    policy = policy_of(options) or load_policy(uow.session, org)
    source = YamlSource(read_file(options.facts), options.facts)
    given: Any = source.data
    key = next((key for key in ("given", "facts") if isinstance(given, dict) and key in given), None)
    path: tuple[str, ...] = (key,) if key else ()
    given = given[key] if key else given
    facts = given_facts(source, given or {}, path, policy)
    return explain(policy, facts, converter(uow.session, today(org, uow.now)))


def explain_request(uow: UnitOfWork, options: argparse.Namespace) -> dict[str, Any]:
    from storage.org import load_org, today
    from workflows.policy.convert import converter
    from workflows.policy.explain import explain
    from workflows.policy.facts_text import from_json
    from workflows.requests.lists import find_request
    from workflows.requests.records import frozen_policy
    from workflows.requests.trace import chain_trace

    request = find_request(uow, options.request)
    if request is None:
        raise Refused(f"there is no request {options.request!r}; `bursar requests` lists them")
    org = load_org(uow.session)
    policy = policy_of(options) or frozen_policy(uow, request, org)
    day = today(org, request.created_at)
    answer = explain(policy, from_json(request.facts), converter(uow.session, day))
    frozen = {"request": f"R-{request.number}", "status": request.status, "policy_hash": request.policy_hash,
              "content_hash": request.content_hash, "chain": chain_trace(uow, request, org)}  # fmt: skip
    return answer | frozen


def explained(answer: dict[str, Any]) -> Iterable[str]:
    if "request" in answer:
        yield f"{answer['request']} is {answer['status']} (policy {answer['policy_hash'][:12]})"
    yield f"outcome: {answer['outcome']}" + (f" ({answer['reason']})" if answer["reason"] else "")
    if answer["approvers"]:
        yield "asked in order: " + ", ".join(answer["approvers"])
    yield "facts:"
    yield from (f"  {name}: {'unknown' if value is None else value}" for name, value in answer["facts"].items())
    for rule in answer["rules"]:
        yield f"rule {rule['rule']} ({rule['effect']}): {rule['verdict']}"
        yield from (f"  {line}" for line in rule["why"])
    for stage in answer.get("chain", []):
        yield f"stage {stage['position'] + 1}: {stage['status']} (needs {stage['join']})"
        for slot in stage["slots"]:
            yield f"  {slot['approver']} by {slot['rule']}: {slot['status']}, asks {', '.join(slot['people']) or 'nobody'}"
            yield from (f"    not {entry['who']}: {entry['why_not']}" for entry in slot["left_out"])
            if slot["note"]:
                yield f"    {slot['note']}"


def run_test(options: argparse.Namespace) -> int:
    from storage.org import load_org, today
    from workflows.policy.convert import converter
    from workflows.policy.examples import example_files, run_file
    from workflows.policy.load import load_policy, policy_text

    with open_store(options).read() as uow:
        folder = Path(options.folder) if options.folder else default_folder(options, policy_text(uow.session).source)
        files = example_files(folder) if folder.is_dir() else []
        if not files:
            raise Refused(f"no policy tests in {folder}; write files {{name, given, expect}} there")
        beside = folder.parent / "policy.yaml"
        if not options.policy and options.folder and beside.is_file():
            options.policy = str(beside)
        org = load_org(uow.session)
        policy = policy_of(options) or load_policy(uow.session, org)
        convert = converter(uow.session, today(org, uow.now))
        results = [result for path in files for result in run_file(path, policy, convert)]
    failed = [result for result in results if result.differences]
    if options.json:
        print_json({"passed": len(results) - len(failed), "failed": len(failed), "results": [vars(one) for one in results]})
    else:
        for result in results:
            print(f"{'FAILED' if result.differences else 'ok'}  {result.name} ({result.file})")
            for difference in result.differences:
                print(f"        {difference}")
        print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def default_folder(options: argparse.Namespace, source: str) -> Path:
    import os

    if options.policy:
        return Path(options.policy).parent / "policy-tests"
    configured = os.environ.get("BURSAR_CONFIG_DIR")
    return (Path(configured) if configured else Path(source).parent) / "policy-tests"


def run_replay(options: argparse.Namespace) -> int:
    from storage.org import load_org
    from workflows.policy.load import load_policy, policies_by_hash
    from workflows.policy.replay import PolicyAt, replay

    with open_store(options).read() as uow:
        org = load_org(uow.session)
        present = load_policy(uow.session, org)
        new = policy_of(options) or present
        since = since_instant(options.since, uow, org)
        result = replay(uow.session, since, PolicyAt(policies_by_hash(uow.session), present), new, org)
    rows = [
        {
            "request": f"R-{one.number}", "tool": one.tool, "created": one.created_at.date().isoformat(),
            "annual": str(one.annual.rounded()) if one.annual else None,
            "currency": one.annual.currency if one.annual else None,
            "before": one.before, "after": one.after,
            "approvers_before": list(one.approvers_before), "approvers_after": list(one.approvers_after),
            "clicks_before": one.clicks_before, "clicks_after": one.clicks_after,
        }
        for one in result.changed
    ]  # fmt: skip
    if options.json:
        print_json({"requests": result.requests, "changed": rows, "clicks_before": result.clicks_before,
                    "clicks_after": result.clicks_after})  # fmt: skip
        return 0
    if rows:
        columns = ("request", "tool", "created", "annual", "currency", "before", "after", "clicks")
        print_table(columns, [[*(row[name] for name in columns[:-1]), f"{row['clicks_before']} -> {row['clicks_after']}"]
                              for row in rows])  # fmt: skip
    print(f"{len(rows)} of {result.requests} requests change; clicks {result.clicks_before} -> {result.clicks_after}")
    return 0


def since_instant(text: str, uow: UnitOfWork, org: Any) -> Any:
    from datetime import datetime

    days = re.fullmatch(r"(\d{1,5})\s*d(?:ays)?", text.strip())
    if days:
        return uow.now - timedelta(days=int(days[1]))
    try:
        return datetime.fromisoformat(text).replace(tzinfo=org.zone)
    except ValueError as error:
        raise Refused(f"--since {text!r} is neither days (90d) nor a date (2026-09-01)") from error


def policy_of(options: argparse.Namespace) -> Any:
    """The policy of `--policy`, None without. Raises Refused, SourceErrors."""
    from workflows.policy.compile import parse_policy

    return parse_policy(read_file(options.policy), options.policy) if options.policy else None


def read_file(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"cannot read {name}: {error}") from error
