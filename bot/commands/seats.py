"""`bursar seats [--idle] [--tool X]`: who holds what, what lies idle and what that costs a month."""

import argparse
from typing import Any

from sqlmodel import select

from bot.commands.common import Refused, add_common, open_store, print_json, print_table
from storage.models import Tool
from storage.seats import SeatPosition, SeatRow, monthly_cost, seat_positions, seats_on
from storage.tool_index import tools_named
from storage.types import Money
from storage.unit_of_work import UnitOfWork
from storage.yaml_source import nearest
from workflows.seats.savings import Savings, savings
from workflows.seats.settings import SeatSettings, load_settings

COLUMNS = ("tool", "person", "department", "plan", "state", "last used", "held since", "a month")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--idle", action="store_true", help="only the seats that lie idle")
    parser.add_argument("--tool", metavar="NAME", help="only one tool's, by slug, name or alias")
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    with open_store(options).read() as uow:
        settings = load_settings(uow.session, uow.now)
        tools = [_tool(uow, options.tool)] if options.tool else None
        ids = [tool.id or 0 for tool in tools] if tools is not None else None
        rows = seats_on(uow.session, settings.day, rules=settings.rules, tool_ids=ids)
        positions = seat_positions(uow.session, settings.day, rules=settings.rules, tool_ids=ids)
        names = {tool.id or 0: tool.slug for tool in uow.session.exec(select(Tool)).all()}
        reclaimed = savings(uow, ids)
    shown = [row for row in rows if row.assigned and row.idle] if options.idle else rows
    if options.json:
        print_json(_report(settings, shown, rows, positions, names, reclaimed))
    else:
        _print(shown, rows, positions, names, reclaimed)
    return 0


def _tool(uow: UnitOfWork, name: str) -> Tool:
    found = tools_named(uow.session, name)
    if len(found) == 1:
        return found[0]
    if found:
        raise Refused(f"{name!r} is the name of several tools: {', '.join(tool.slug for tool in found)}; use one of these")
    slugs = list(uow.session.exec(select(Tool.slug)).all())
    close = nearest(name.casefold(), slugs)
    hint = f"did you mean {close!r}?" if close else "`bursar tools` lists them"
    raise Refused(f"no tool is called {name!r}; {hint}")


def _report(
    settings: SeatSettings,
    shown: list[SeatRow],
    rows: list[SeatRow],
    positions: dict[int, SeatPosition],
    names: dict[int, str],
    reclaimed: Savings,
) -> dict[str, Any]:
    cost, unpriced = monthly_cost(row for row in rows if row.assigned and row.idle)
    return {
        "day": settings.day,
        "seats": [_seat(row) for row in shown],
        "tools": [_position(names[tool_id], position) for tool_id, position in positions.items()],
        "idle_seat_cost": {"monthly": _amounts(cost), "unpriced_seats": unpriced},
        "reclaimed_savings": {
            "seats": reclaimed.seats,
            "confirmed_gone": reclaimed.confirmed,
            "monthly": _amounts(reclaimed.monthly),
            "unpriced_seats": reclaimed.unpriced,
        },
    }


def _seat(row: SeatRow) -> dict[str, Any]:
    price = row.monthly_price
    return {
        "tool": row.tool_slug, "person": row.email, "name": row.name, "department": row.department, "plan": row.plan,
        "status": row.status, "state": row.state, "active": row.active, "idle": row.idle, "tracked": row.tracked,
        "leaver": row.leaver, "on_leave": row.on_leave, "held_since": row.held_since, "last_active_on": row.last_active_on,
        "idle_days": row.idle_days, "as_of": row.as_of, "monthly_price": plain(price) if price else None,
        "currency": price.currency if price else None,
    }  # fmt: skip


def _position(slug: str, position: SeatPosition) -> dict[str, Any]:
    return {
        "tool": slug, "as_of": position.as_of, "purchased": position.purchased, "assigned": position.assigned,
        "pending": position.pending, "active": position.active, "idle": position.idle, "untracked": position.untracked,
        "utilisation": position.utilisation, "free": position.free,
    }  # fmt: skip


def plain(money: Money) -> str:
    """The exact amount, at least two decimals: 19.50, 8.333333333."""
    return f"{money.amount.normalize():f}" if money.rounded() != money.amount else str(money.rounded())


def _amounts(sums: dict[str, Money]) -> dict[str, str]:
    return {currency: plain(money) for currency, money in sorted(sums.items())}


def _print(
    shown: list[SeatRow], rows: list[SeatRow], positions: dict[int, SeatPosition], names: dict[int, str], reclaimed: Savings
) -> None:
    if not positions:
        print("no seats yet: import a seats file (bursar import seats.csv)")
        return
    print_table(COLUMNS, [_cells(row) for row in shown])
    print()
    for tool_id in sorted(positions, key=lambda one: names[one]):
        print(_position_words(names[tool_id], positions[tool_id]))
    cost, unpriced = monthly_cost(row for row in rows if row.assigned and row.idle)
    print(f"idle seats cost {_sums(cost, unpriced)} a month")
    if reclaimed.seats:
        saved = _sums(reclaimed.monthly, reclaimed.unpriced)
        gone = f"{reclaimed.confirmed} confirmed gone"
        print(f"reclaimed so far: {reclaimed.seats} seats ({gone}), {saved} a month")


def _cells(row: SeatRow) -> list[object]:
    state = f"{row.state}, leaver" if row.leaver else row.state.replace("_", " ")
    price = f"{plain(row.monthly_price)} {row.monthly_price.currency}" if row.monthly_price else "?"
    used = (row.last_active_on or "never") if row.tracked else "not measured"
    return [row.tool_slug, row.email, row.department, row.plan, state, used, row.held_since, price]


def _position_words(slug: str, position: SeatPosition) -> str:
    purchased = "?" if position.purchased is None else position.purchased
    free = "?" if position.free is None else position.free
    parts = [f"{position.assigned} assigned of {purchased} purchased", f"{position.active} active", f"{position.idle} idle"]
    if position.untracked:
        parts.append(f"{position.untracked} not measured")
    if position.pending:
        parts.append(f"{position.pending} pending")
    return f"{slug}: {', '.join(parts)}, {free} free (as of {position.as_of})"


def _sums(sums: dict[str, Money], unpriced: int) -> str:
    words = " + ".join(f"{amount} {currency}" for currency, amount in _amounts(sums).items()) or "nothing"
    return f"{words} (and {unpriced} without a known price)" if unpriced else words
