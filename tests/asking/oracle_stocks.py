"""People, seats, usage, budgets and contracts of the made-up company, counted from the rows of its files."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from tests.asking.oracle_files import TODAY, TOOLS, Line, tool_of
from tests.asking.oracle_ledger import DAY, SLUGS, Ledger, Piece, annual, day, month_after

Values = dict[str, str | None]
Keep = Callable[[Values], bool]
Key = tuple[str | None, ...]
Sums = dict[Key, Fraction]
PER_YEAR = {"month": 12, "quarter": 4, "year": 1}


def tool_values(tool: str) -> Values:
    vendor, category, billing_model, status, _ = TOOLS[tool]
    return {"tool": tool, "vendor": vendor, "category": category, "billing_model": billing_model, "tool_status": status}


def add(sums: Sums, key: Key, amount: Fraction | int) -> None:
    sums[key] = sums.get(key, Fraction(0)) + amount


@dataclass(frozen=True)
class Seat:
    """A seat of one snapshot."""

    tool: str
    email: str
    plan: str
    since: date
    used: date | None
    tracked: bool
    status: str
    as_of: date


class Stocks:
    """Counts as of a day, and the flows that people make."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.people, self.files = ledger, ledger.people, ledger.files
        self.snapshots = self._snapshots()
        self.seat_pieces = list(self._seat_pieces())

    def person_values(self, address: str, on: date) -> Values:
        unit = self.people.unit(address, on) or ("", "", "")
        names = dict(zip(("department", "cost_center", "division"), (part or None for part in unit), strict=True))
        return {"person": self.people.email(address) or None, **names}

    # people --------------------------------------------------------------------------------------------------------

    def headcount(self, on: date, keep: Keep, by: Sequence[str]) -> Sums:
        sums: Sums = {}
        for employee in self.people.records:
            row = self.people.record(employee, on)
            gone = bool(row["termination_date"]) and day(row["termination_date"]) < on
            values = self.person_values(row["work_email"], on)
            if row["employment_status"] in ("Active", "Leave") and not gone and keep(values):
                add(sums, tuple(values[name] for name in by), 1)
        return sums

    # seats ---------------------------------------------------------------------------------------------------------

    def _snapshots(self) -> dict[str, dict[date, dict[str, Seat]]]:
        """By tool and day, the seats of known people; who was held unbroken keeps the first day."""
        found: dict[str, dict[date, dict[str, Seat]]] = {}
        for row in sorted(self.files.seats, key=lambda row: row["as_of"]):
            if not self.people.employee.get(row["work_email"]):
                continue
            tool, as_of = SLUGS[row["tool"]], day(row["as_of"])
            days = found.setdefault(tool, {})
            before = [one for one in days if one < as_of]
            earlier = days[max(before)].get(row["work_email"]) if before else None
            since = day(row["assigned_on"]) if row["assigned_on"] else earlier.since if earlier else as_of
            used = day(row["last_active_on"]) if row["last_active_on"] else None
            days.setdefault(as_of, {})[row["work_email"]] = Seat(
                tool, row["work_email"], row["plan"], since, used, row["activity_tracked"] == "yes", row["status"], as_of
            )
        return found

    def on(self, when: date) -> list[Seat]:
        """Of each tool's latest snapshot."""
        latest = [days[max(known)] for days in self.snapshots.values() if (known := [one for one in days if one <= when])]
        return [seat for seats in latest for seat in seats.values()]

    def is_active(self, seat: Seat) -> bool:
        return seat.tracked and seat.used is not None and (seat.as_of - seat.used).days <= 30

    def is_idle(self, seat: Seat, when: date) -> bool:
        row = self.people.record(self.people.employee[seat.email], when)
        if not seat.tracked:
            return False
        if row["employment_status"] == "Terminated" or (row["termination_date"] and day(row["termination_date"]) < when):
            return True
        unused = seat.used is None or (seat.as_of - seat.used).days > 30
        return unused and (seat.as_of - seat.since).days > 30 and row["employment_status"] != "Leave"

    def seats(self, metric: str, when: date, keep: Keep, by: Sequence[str]) -> Sums:
        """Counts, tools held, and the idle seats' price by `metric`."""
        sums: Sums = {}
        tools: dict[Key, set[str]] = {}
        for seat in self.on(when):
            values = {**tool_values(seat.tool), **self.person_values(seat.email, when), "plan": seat.plan or None}
            if not keep(values):
                continue
            key = tuple(values[name] for name in by)
            held = seat.status != "pending"
            tools.setdefault(key, set()).update([seat.tool] if held else [])
            counts = {
                "seats_assigned": held, "seats_pending": not held, "seats_active": held and self.is_active(seat),
                "seats_idle": held and self.is_idle(seat, when), "seats_untracked": held and not seat.tracked,
                "seats_tracked": held and seat.tracked,
            }  # fmt: skip
            if metric in counts:
                add(sums, key, int(counts[metric]))
            elif metric == "idle_seat_cost" and not counts["seats_idle"]:
                add(sums, key, 0)
            elif metric == "idle_seat_cost" and (price := self.price(seat.tool, seat.plan, when)):
                add(sums, key, self.ledger.convert(*price, TODAY)[0])
        return {key: Fraction(len(names)) for key, names in tools.items() if names} if metric == "tools_held" else sums

    # contracts -----------------------------------------------------------------------------------------------------

    def in_force(self, when: date) -> list[Line]:
        return [row for row in self.files.contracts
                if day(row["start_date"]) <= when and (not row["end_date"] or when <= day(row["end_date"]))]  # fmt: skip

    def price(self, tool: str, plan: str, when: date) -> tuple[Fraction, str] | None:
        """A seat's monthly price and currency: its plan's latest contract, else one without a plan, else the only price."""
        prices: dict[str, tuple[Fraction, str]] = {}
        for row in sorted(self.in_force(when), key=lambda row: row["start_date"]):
            if SLUGS[row["tool"]] != tool or row["billing_model"] not in ("per_seat", "flat", "embedded"):
                continue
            if row["unit_price"]:
                amount = Fraction(row["unit_price"]) * PER_YEAR[row["billing_interval"]] / 12
            elif row["seats_purchased"]:
                amount = annual(row) / 12 / int(row["seats_purchased"])
            else:
                continue
            prices[row["plan"].lower()] = (amount, row["currency"])
        found = prices.get(plan.lower()) or prices.get("")
        return found or (next(iter(prices.values())) if not plan and len(set(prices.values())) == 1 else None)

    def purchased(self, when: date, keep: Keep, by: Sequence[str]) -> Sums:
        sums: Sums = {}
        for row in self.in_force(when):
            values = {
                **tool_values(SLUGS[row["tool"]]),
                "plan": row["plan"] or None,
                "cost_center": row["cost_center"] or None,
            }
            if row["seats_purchased"] and keep(values):
                add(sums, tuple(values[name] for name in by), int(row["seats_purchased"]))
        return sums

    def renewals(self, start: date, end: date, keep: Keep) -> dict[str, Fraction | None]:
        """Annual value of the contracts that end in the period, None where no rate converts it."""
        found: dict[str, Fraction | None] = {}
        for row in self.files.contracts:
            own = {name: row[name] or None for name in ("plan", "cost_center", "payment_channel")}
            values = {**tool_values(SLUGS[row["tool"]]), **own}
            if row["end_date"] and start <= day(row["end_date"]) < end and keep(values):
                value, currency = self.ledger.convert(annual(row), row["currency"], TODAY)
                found[row["contract_id"]] = None if currency else value
        return found

    # what people's seats cost --------------------------------------------------------------------------------------

    def _seat_pieces(self) -> Iterator[Piece]:
        """Each day of each held seat at its price of the day, in months whose seat charges carry nobody's e-mail."""
        tagged = self._tagged_months()
        for tool, days in self.snapshots.items():
            for email in sorted({email for seats in days.values() for email in seats}):
                for seat, start, end in self._stretches(days, email):
                    for on in (start + timedelta(days=number) for number in range((end - start).days)):
                        price = self.price(tool, seat.plan, on)
                        if price and (tool, on.replace(day=1)) not in tagged:
                            yield self._seat_day(seat, on, *price)

    @staticmethod
    def _stretches(days: dict[date, dict[str, Seat]], email: str) -> Iterator[tuple[Seat, date, date]]:
        """(seat, from, to): from its first day on, changes and the end from the snapshot that shows them."""
        known = sorted(days)
        last_end = date.min
        for number, as_of in enumerate(known):
            seat = days[as_of].get(email)
            if seat is None or seat.status == "pending":
                continue
            before = days[known[number - 1]].get(email) if number else None
            shown = before is not None and before.status != "pending"
            start = as_of if shown or seat.since <= last_end else seat.since
            last_end = known[number + 1] if number + 1 < len(known) else TODAY + DAY
            yield seat, start, last_end

    def _seat_day(self, seat: Seat, on: date, price: Fraction, currency: str) -> Piece:
        first = on.replace(day=1)
        amount, unconverted = self.ledger.convert(price / (month_after(first) - first).days, currency, first)
        return Piece(on, on + DAY, "contract", seat.tool, self.people.unit(seat.email, on) or ("", "", ""),
                     self.people.email(seat.email), plan=seat.plan, currency=unconverted,
                     amounts={"effective": amount})  # fmt: skip

    def _tagged_months(self) -> set[tuple[str, date]]:
        """Tool-months in which a charge for seats carries somebody's e-mail."""
        found = set()
        for row in self.files.costs:
            named = any(self.people.email(address) for address in self._tag(row))
            counts = (
                row["ChargeCategory"] != "Tax" and Fraction(row["EffectiveCost"]) and row["ConsumedUnit"] in ("Seats", "")
            )
            if named and counts:
                first = day(row["ChargePeriodStart"]).replace(day=1)
                while first < day(row["ChargePeriodEnd"]):
                    found.add((tool_of(row), first))
                    first = month_after(first)
        return found

    @staticmethod
    def _tag(row: Line) -> list[str]:
        return [value for key, value in json.loads(row["Tags"]).items() if key == "user"]

    # usage ---------------------------------------------------------------------------------------------------------

    def usage_rows(self, start: date, end: date, keep: Keep) -> Iterator[tuple[Line, Values]]:
        for row in self.files.usage:
            if row["work_email"] and row["work_email"] not in self.people.employee:
                continue
            on = day(row["day"])
            person = self.person_values(row["work_email"], on)
            values = {**tool_values(SLUGS[row["tool"]]), **person, "model": row["model"] or None,
                      "project": row["project"] or None}  # fmt: skip
            if start <= on < end and keep(values):
                yield row, values

    def counted(self, metric: str, start: date, end: date, keep: Keep, by: Sequence[str]) -> Sums:
        """Tokens and requests; where a tool has no usage row that tells, what its cost rows consumed."""
        columns = {"tokens": ("input_tokens", "output_tokens")}.get(metric, (metric,))
        sums: Sums = {}
        for row, values in self.usage_rows(start, end, keep):
            if any(row[name] for name in columns):
                add(sums, tuple(values[name] for name in by), sum(int(row[name] or 0) for name in columns))
        if metric in ("tokens", "requests"):
            tells = {SLUGS[row["tool"]] for row in self.files.usage if any(row[name] for name in columns)
                     and (not row["work_email"] or row["work_email"] in self.people.employee)}  # fmt: skip
            for piece in self.ledger.pieces:
                days = (min(end, piece.end) - max(start, piece.start)).days
                if metric in piece.amounts and piece.tool not in tells and days > 0 and piece.amounts[metric]:
                    names = (*tool_values(piece.tool), "person", "department", "cost_center", "division", "model", "project")
                    values = {name: piece.value(name) for name in names}
                    if keep(values):
                        share = Fraction(days, (piece.end - piece.start).days)
                        add(sums, tuple(values[name] for name in by), piece.amounts[metric] * share)
        return sums

    def active_users(self, start: date, end: date, keep: Keep, by: Sequence[str]) -> Sums:
        people: dict[Key, set[str]] = {}
        any_row = False
        for row, values in self.usage_rows(start, end, keep):
            any_row = True
            shown = any(int(row[name] or 0) for name in ("requests", "input_tokens", "output_tokens"))
            active = row["active"] == "yes" or (not row["active"] and shown)
            if active and values["person"]:
                people.setdefault(tuple(values[name] for name in by), set()).add(str(values["person"]))
        counts = {key: Fraction(len(found)) for key, found in people.items()}
        return counts or ({(): Fraction(0)} if any_row and not by else {})

    # budgets -------------------------------------------------------------------------------------------------------

    def budgets(self, start: date, end: date, dimension: str, keep: Keep, by: Sequence[str]) -> tuple[Sums, set[str]]:
        """Day by day the narrowest budget of the scope; one for exactly the period asked is what it says."""
        sums, unpriced = self._budgets(start, end, dimension, keep, by)
        if not sums and not unpriced and dimension == "company":
            return self._budgets(start, end, "department", keep, by)
        return sums, unpriced

    def _budgets(self, start: date, end: date, dimension: str, keep: Keep, by: Sequence[str]) -> tuple[Sums, set[str]]:
        sums: Sums = {}
        unpriced: set[str] = set()
        scopes: dict[str, list[tuple[date, date, Fraction, str]]] = {}
        for row in self.files.budgets:
            first, after = budget_days(row["period"])
            scope = {"octo": "GitHub Copilot"}.get(row["scope"], row["scope"])
            if row["scope_type"] == dimension and first < end and after > start and keep({dimension: scope or None}):
                amount, currency = self.ledger.convert(Fraction(row["amount"]), row["currency"], min(first, TODAY))
                scopes.setdefault(scope, []).append((first, after, amount, currency))
        for scope, plans in scopes.items():
            exact = [plan for plan in plans if plan[:2] == (start, end)]
            on = start
            while on < end:
                covering = exact or [plan for plan in plans if plan[0] <= on < plan[1]]
                if covering:
                    first, after, amount, currency = min(covering, key=lambda plan: (plan[1] - plan[0], plan[0]))
                    months = (after.year - first.year) * 12 + after.month - first.month
                    part = amount / months / (month_after(on) - on.replace(day=1)).days
                    if currency:
                        unpriced.add(currency)
                    else:
                        add(sums, (scope,) if by else (), part)
                on += DAY
        return sums, unpriced


def budget_days(period: str) -> tuple[date, date]:
    """2026, 2026-Q3, 2026-H2, 2026-08 are calendar; FY27 = 1 February 2026 to 31 January 2027."""
    year, _, part = period.partition("-")
    first = date(1999 + int(year[2:]), 2, 1) if year.startswith("FY") else date(int(year), 1, 1)
    months = 12 if not part else {"Q": 3, "H": 6}.get(part[0], 1)
    skip = 0 if not part else months * (int(part.lstrip("QH")) - 1)
    for _ in range(skip):
        first = month_after(first)
    after = first
    for _ in range(months):
        after = month_after(after)
    return first, after
