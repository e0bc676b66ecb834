"""`bursar doctor`: what is set up, what is not, and what to do about it."""

import argparse
import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlmodel import col, func, select

from bot.commands.asking_checks import asking_checks
from bot.commands.checks import Check, State
from bot.commands.common import Refused, add_common, clock_of, hide_password, open_store, print_json
from bot.settings import Settings
from storage.models import AuditCheckpoint, OutboxItem, Person, Tool
from storage.org import OrgSettings, document_in_force, load_org
from storage.schema import current_revision, head_revision
from storage.unit_of_work import Store
from storage.yaml_source import SourceErrors
from workflows.ports import Clock

MANIFESTS = Path(__file__).parents[2] / "manifests"
ROLES = ("admin", "finance", "security", "procurement", "legal")


def configure(parser: argparse.ArgumentParser) -> None:
    add_common(parser)
    parser.add_argument("--offline", action="store_true", help="do not ask Slack or Microsoft")


def run(options: argparse.Namespace) -> int:
    checks = list(examine(options))
    if options.json:
        print_json([check.__dict__ for check in checks])
    else:
        for check in checks:
            print(f"{check.state:<4}  {check.name}: {check.found}")
            if check.advice:
                print(f"      → {check.advice}")
    return 1 if any(check.state == "fail" for check in checks) else 0


def examine(options: argparse.Namespace) -> Iterator[Check]:
    """Every check in the order of an installation."""
    try:
        store = open_store(options)
    except Refused as error:
        yield Check("database", "fail", str(error), "Check --database or BURSAR_DATABASE_URL, and the server.")
        return
    settings = Settings(database_url=options.database) if options.database else Settings()
    yield _database(store)
    yield from _company(store)
    yield _policy(store)
    yield _manifest()
    yield from _slack(settings, clock_of(options), options.offline)
    yield from _teams(settings, clock_of(options), options.offline)
    yield _audit(store)
    yield _reach(store)
    yield from asking_checks(store)


def _database(store: Store) -> Check:
    url = hide_password(str(store.engine.url))
    revision, head = current_revision(store.engine), head_revision()
    if revision != head:
        return Check("database", "fail", f"{url} is at revision {revision}, not {head}", "Run any bursar command once.")
    if store.is_sqlite:
        with store.read() as uow:
            broken = uow.session.connection().exec_driver_sql("PRAGMA quick_check").scalar()
        if broken != "ok":
            return Check("database", "fail", f"{url} is damaged: {broken}", "Restore the last backup.")
    return Check("database", "ok", f"{url}, revision {revision}")


def _company(store: Store) -> Iterator[Check]:
    with store.read() as uow:
        org, has_org = load_org(uow.session), document_in_force(uow.session, "org") is not None
        people = uow.session.exec(select(func.count()).select_from(Person)).one()
        tools = uow.session.exec(select(func.count()).select_from(Tool)).one()
    if has_org:
        yield Check("org.yaml", "ok", f"{org.name}, {org.base_currency}, {org.timezone}")
    else:
        yield Check("org.yaml", "warn", "none; defaults hold", "Write org.yaml and `bursar import org.yaml`.")
    yield _roles(org)
    advice = "Import people.csv: `bursar import people.csv`." if not people else ""
    yield Check("people", "ok" if people else "fail", f"{people} known", advice)
    advice = "Import catalog.yaml: `bursar import catalog.yaml`." if not tools else ""
    yield Check("catalogue", "ok" if tools else "warn", f"{tools} tools", advice)


def _roles(org: OrgSettings) -> Check:
    empty = [role for role in ROLES if not org.roles.get(role)]
    if "admin" in empty:
        return Check("roles", "fail", "nobody is admin", "Name at least one e-mail under roles: admin in org.yaml.")
    if empty:
        return Check("roles", "warn", f"nobody is {', '.join(empty)}", "Requests that need them go to the admins.")
    return Check("roles", "ok", ", ".join(f"{role} {len(org.roles[role])}" for role in ROLES))


def _policy(store: Store) -> Check:
    from bot.commands.import_files import check_policy

    with store.read() as uow:
        document = document_in_force(uow.session, "policy")
    if document is None:
        return Check("policy", "warn", "none; the built-in default holds", "Write policy.yaml; try `bursar policy lint`.")
    try:
        check_policy(document.text, document.source)
    except SourceErrors as error:
        return Check("policy", "fail", str(error.errors[0]), "Mend it and import it again.")
    return Check("policy", "ok", f"{document.source}, hash {document.content_hash[:12]}")


def wanted_scopes() -> set[str]:
    """The bot scopes of manifests/slack.yaml."""
    manifest: Any = YAML(typ="safe", pure=True).load((MANIFESTS / "slack.yaml").read_text())
    return set(manifest["oauth_config"]["scopes"]["bot"])


def _manifest() -> Check:
    try:
        scopes = wanted_scopes()
    except (OSError, KeyError, TypeError, YAMLError) as error:
        return Check("manifests", "fail", f"manifests/slack.yaml: {error}", "Restore the file from the release.")
    return Check("manifests", "ok", f"slack.yaml asks for {len(scopes)} scopes")


def _slack(settings: Settings, clock: Clock, offline: bool) -> Iterator[Check]:
    if settings.slack_bot_token is None or settings.missing_for_slack:
        yield Check("Slack", "off", f"set {' and '.join(settings.missing_for_slack)}")
        return
    if offline:
        yield Check("Slack", "warn", "has its settings; not asked (--offline)")
        return
    from bot.channels.slack_check import ask_slack

    try:
        answer = ask_slack(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
    except ValueError as error:
        advice = "Reinstall the app and copy the Bot User OAuth Token."
        yield Check("Slack", "fail", f"refused the bot token: {error}", advice)
        return
    except OSError as error:
        yield Check("Slack", "fail", f"cannot be reached: {error}", "Check the network and BURSAR_SLACK_API_URL.")
        return
    missing = sorted(wanted_scopes() - answer.scopes)
    if missing:
        yield Check("Slack", "fail", f"scopes missing: {', '.join(missing)}", "Update the app from slack.yaml, reinstall.")
    else:
        yield Check("Slack", "ok", f"workspace {answer.team} as {answer.bot}")
    if answer.server_time is not None:
        drift = abs((clock() - answer.server_time).total_seconds())
        advice = "Slack refuses signatures more than 5 minutes off: run NTP." if drift > 60 else ""
        state: State = "fail" if drift > 240 else "warn" if drift > 60 else "ok"
        yield Check("clock", state, f"{drift:.0f} s from Slack's", advice)


def _teams(settings: Settings, clock: Clock, offline: bool) -> Iterator[Check]:
    missing = settings.missing_for_teams
    if len(missing) == 3:
        yield Check("Teams", "off", f"set {', '.join(missing)}")
        return
    yield _teams_package(settings)
    if missing:
        advice = "A bot belongs to one tenant: set its app id, its client secret and the tenant's id."
        yield Check("Teams", "fail", f"{' and '.join(missing)} missing", advice)
    elif offline:
        yield Check("Teams", "warn", "has its settings; not asked (--offline)")
    else:
        yield _teams_sign_in(settings, clock)


def _teams_sign_in(settings: Settings, clock: Clock) -> Check:
    from bot.bootstrap import teams_config
    from bot.channels.teams_check import ask_teams

    try:
        keys = asyncio.run(ask_teams(teams_config(settings), clock))
    except ValueError as error:
        advice = "Compare app id, tenant and client secret (its value, not its id) with the app registration in Entra."
        return Check("Teams", "fail", str(error), advice)
    except OSError as error:
        return Check("Teams", "fail", str(error), "Check the network; a government cloud needs BURSAR_TEAMS_LOGIN_URL.")
    return Check("Teams", "ok", f"signed in as {settings.teams_app_id}; {keys} signing keys of Microsoft's")


def _teams_package(settings: Settings) -> Check:
    from manifests.teams.package import EXAMPLE_HOST, Unfit, package

    try:
        package(settings.teams_app_id or "", EXAMPLE_HOST)
    except (Unfit, OSError, ValueError) as error:
        return Check("Teams package", "fail", str(error), "Then: make teams-package HOST=your.public.host")
    return Check("Teams package", "ok", "can be made: make teams-package HOST=your.public.host")


def _reach(store: Store) -> Check:
    """People who should be told something and whom no channel knows."""
    with store.read() as uow:
        counts = select(func.count(col(OutboxItem.id)), func.count(col(OutboxItem.person_id).distinct()))
        messages, people = uow.session.exec(counts.where(OutboxItem.status == "waiting")).one()
    if not messages:
        return Check("messages", "ok", "every one can be delivered")
    advice = "They have no account Bursar may write to: Slack needs their e-mail, Teams that Bursar is installed for them."
    return Check("messages", "warn", f"{messages} wait for {people} people whom no channel knows", advice)


def _audit(store: Store) -> Check:
    with store.read() as uow:
        last = uow.session.exec(select(func.max(AuditCheckpoint.created_at))).one()
    if not os.environ.get("BURSAR_AUDIT_DIR"):
        advice = "Set BURSAR_AUDIT_DIR to a folder outside this machine, so that a cut tail can be shown."
        return Check("audit", "warn", "checkpoints go to the admins' messages only", advice)
    return Check("audit", "ok", f"last checkpoint {last:%Y-%m-%d %H:%M}Z" if last else "no checkpoint yet; taken daily")
