"""The ledger of the made-up company, worked out from the rows of its files with fractions: who owns what, converted how.

Independent of Bursar: no table, rollup or helper of it is used. The sentences are those of the specification.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from tests.asking.oracle_files import TODAY, TOOLS, Files, Line, tool_of

DAY = timedelta(days=1)
SLUGS = {facts[4]: name for name, facts in TOOLS.items()}
Unit = tuple[str, str, str]  # department, cost centre, division; "" = none
NOBODY: Unit = ("", "", "")
Shares = list[tuple[Unit, Fraction]]
MERCHANTS = {"JASPER AI": "Jasper", "OPENAI *CHATGPT": "ChatGPT Enterprise", "CURSOR": "Cursor", "DEEPL": "DeepL Pro",
             "GOOGLE GEMINI": "Gemini"}  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """An amount over [start, end) of one owner. `currency` names what no rate converts; `month` is the bill's."""

    start: date
    end: date
    source: str
    tool: str
    unit: Unit
    person: str = ""
    model: str = ""
    project: str = ""
    plan: str = ""
    currency: str = ""
    month: date = date.min
    amounts: dict[str, Fraction] = field(default_factory=dict)

    def value(self, dimension: str) -> str | None:
        vendor, category, billing_model, status, _ = TOOLS[self.tool]
        names = {
            "tool": self.tool, "vendor": vendor, "category": category, "billing_model": billing_model, "tool_status": status,
            "department": self.unit[0], "cost_center": self.unit[1], "division": self.unit[2], "person": self.person,
            "model": self.model, "project": self.project, "plan": self.plan, "source": self.source,
            "payment_channel": "card" if self.source == "expense" else "invoice",
        }  # fmt: skip
        return names[dimension] or None

    def of(self, share: Fraction) -> dict[str, Fraction]:
        return {name: amount * share for name, amount in self.amounts.items()}


def day(text: str) -> date:
    return date.fromisoformat(text[:10])


def month_after(first: date) -> date:
    return (first.replace(day=1) + timedelta(days=32)).replace(day=1)


class People:
    """Records by employee, e-mails as aliases of them."""

    def __init__(self, files: Files) -> None:
        self.records: dict[str, list[Line]] = defaultdict(list)
        for row in files.people:
            self.records[row["employee_id"]].append(row)
        self.employee = {row["work_email"]: row["employee_id"] for row in files.people}

    def record(self, employee: str, on: date) -> Line:
        before = [row for row in self.records[employee] if day(row["effective_date"]) <= on]
        return (before or self.records[employee][:1])[-1]

    def email(self, address: str) -> str:
        """Today's e-mail of whoever has the address; "" for nobody's."""
        employee = self.employee.get(address.lower())
        return self.record(employee, TODAY)["work_email"] if employee else ""

    def unit(self, address: str, on: date) -> Unit | None:
        employee = self.employee.get(address.lower())
        return self.unit_of(self.record(employee, on)) if employee else None

    @staticmethod
    def unit_of(record: Line) -> Unit:
        return record["department"], record["cost_center"], record["division"]

    def everybody(self, on: date) -> list[Unit]:
        return [self.unit_of(self.record(employee, on)) for employee in self.records]

    def complete(self, department: str, cost_center: str, on: date) -> Unit:
        """What follows where it is the only one."""
        people = self.everybody(on)
        department = {name.lower(): name for name, _, _ in people}.get(department.lower(), department)
        if cost_center and not department:
            department = _only({dept for dept, cc, _ in people if cc == cost_center})
        if department and not cost_center:
            cost_center = _only({cc for dept, cc, _ in people if dept == department and cc})
        return department, cost_center, _only({div for dept, _, div in people if department and dept == department})

    def departments(self, on: date) -> list[str]:
        records = [self.record(employee, on) for employee in self.records]
        return sorted({row["department"] for row in records if row["employment_status"] != "Terminated"})


def _only(names: set[str]) -> str:
    return names.pop() if len(names) == 1 else ""


class Ledger:
    """`pieces` of all three books."""

    def __init__(self, files: Files) -> None:
        self.files, self.people = files, People(files)
        self._rates = [(day(row["Date"]), {"EUR": Fraction(1)} | {name: Fraction(row[name]) for name in ("USD", "SEK")})
                       for row in files.rates]  # fmt: skip
        focus = list(self._focus())
        self.lines = [line for line in files.expenses if self._known(line["employee_email"])]
        self.spent = [line for line in self.lines if self._counts(line)]
        taken = {
            (piece.tool, first) for piece in focus if piece.amounts["effective"] and "tax" not in piece.amounts
            for first in _months(piece.start, piece.end)
        }  # fmt: skip
        taken |= {(self.merchant(line["merchant"]), day(line["date"]).replace(day=1)) for line in self.spent}
        self.pieces = [*focus, *self._expenses(), *self._accruals(taken)]

    def _known(self, address: str) -> bool:
        return not address or address in self.people.employee

    def convert(self, amount: Fraction, currency: str, on: date) -> tuple[Fraction, str]:
        """(in dollars, "") at the last rate on or before the day, else as it is with its currency."""
        if currency == "USD":
            return amount, ""
        rates = [rate for known, rate in self._rates if known <= on]
        if not rates or currency not in rates[-1]:
            return amount, currency
        return amount * rates[-1]["USD"] / rates[-1][currency], ""

    # whose ---------------------------------------------------------------------------------------------------------

    def split(self, tool: str, on: date) -> Shares:
        if tool in ("Cursor", "GitHub Copilot"):
            return self._weighted(Counter(self._holders(tool, on)))
        if tool == "Claude API":
            return self._weighted(self._users(tool, on))
        if tool == "ChatGPT Enterprise":
            return self._weighted(Counter(self.people.complete(name, "", on) for name in self.people.departments(on)))
        if tool == "Gemini":
            shares = {"Engineering": 5, "Marketing": 3, "Data": 2}
            return self._weighted(Counter({self.people.complete(name, "", on): part for name, part in shares.items()}))
        return [(NOBODY, Fraction(1))]

    @staticmethod
    def _weighted(counted: Counter[Unit]) -> Shares:
        total = sum(counted.values())
        return (
            [(unit, Fraction(part, total)) for unit, part in counted.items() if part] if total else [(NOBODY, Fraction(1))]
        )

    def _holders(self, tool: str, on: date) -> list[Unit]:
        """Of the month's last snapshot, else the last before it, else the first."""
        rows = [row for row in self.files.seats if SLUGS[row["tool"]] == tool and row["status"] != "pending"]
        days = sorted({row["as_of"] for row in rows})
        known = [text for text in days if day(text) < month_after(on)] or days[:1]
        return [unit for row in rows if known and row["as_of"] == known[-1]
                if (unit := self.people.unit(row["work_email"], on))]  # fmt: skip

    def _users(self, tool: str, on: date) -> Counter[Unit]:
        """By tokens of the month, else by requests, else by days of use."""
        rows = [
            row for row in self.files.usage if SLUGS[row["tool"]] == tool and self.people.employee.get(row["work_email"])
        ]
        rows = [row for row in rows if day(row["day"]).replace(day=1) == on.replace(day=1)]
        tokens = [int(row["input_tokens"] or 0) + int(row["output_tokens"] or 0) for row in rows]
        requests = [int(row["requests"] or 0) for row in rows]
        weights = tokens if any(tokens) else requests if any(requests) else [1] * len(rows)
        counted: Counter[Unit] = Counter()
        for row, weight in zip(rows, weights, strict=True):
            counted[self.people.unit(row["work_email"], day(row["day"])) or NOBODY] += weight
        return counted

    # books ---------------------------------------------------------------------------------------------------------

    def _focus(self) -> Iterator[Piece]:
        for row in self.files.costs:
            tags, start, tool = json.loads(row["Tags"]), day(row["ChargePeriodStart"]), tool_of(row)
            amounts, currency = self._amounts(row, start)
            unit = self.people.unit(tags.get("user", ""), start)
            whole = Piece(
                start, day(row["ChargePeriodEnd"]), "focus", tool, unit or NOBODY,
                self.people.email(tags["user"]) if unit else "", _model(row), _project(row, tags),
                currency=currency, month=day(row["BillingPeriodStart"]), amounts=amounts,
            )  # fmt: skip
            owners = [(unit, Fraction(1))] if unit else self._owners(row, tags, tool, start)
            yield from (replace(whole, unit=owner, amounts=whole.of(share)) for owner, share in owners)

    def _owners(self, row: Line, tags: dict[str, str], tool: str, on: date) -> Shares:
        if "department" in tags or "cost_center" in tags:
            return [(self.people.complete(tags.get("department", ""), tags.get("cost_center", ""), on), Fraction(1))]
        if row["SubAccountId"] == "proj_data":
            return [(self.people.complete("Data", "", on), Fraction(1))]
        return self.split(tool, on)

    def _amounts(self, row: Line, on: date) -> tuple[dict[str, Fraction], str]:
        usage = row["ChargeCategory"] == "Usage"
        costs = {"billed": row["BilledCost"]}
        if row["ChargeCategory"] == "Tax":
            costs["tax"] = "0"
        costs["effective"] = "0" if "tax" in costs else row["EffectiveCost"]
        if usage and row["ListCost"]:
            costs |= {"list_price": row["ListCost"], "usage_effective": row["EffectiveCost"]}
        amounts = {name: self.convert(Fraction(text), row["BillingCurrency"], on)[0] for name, text in costs.items()}
        if usage and row["ConsumedQuantity"]:
            unit, quantity = row["ConsumedUnit"], Fraction(row["ConsumedQuantity"])
            amounts["tokens"] = quantity * {"Tokens": 1, "1000 Tokens": 1000}.get(unit, 0)
            amounts["requests"] = quantity * {"Requests": 1}.get(unit, 0)
        return amounts, self.convert(Fraction(1), row["BillingCurrency"], on)[1]

    @staticmethod
    def merchant(text: str) -> str:
        return next((tool for start, tool in MERCHANTS.items() if text.startswith(start)), "")

    def _counts(self, line: Line) -> bool:
        """Spend, not evidence: no bill of the month or the one before is within 2 % of it."""
        tool, first = self.merchant(line["merchant"]), day(line["date"]).replace(day=1)
        return bool(tool) and not any(self._near(line, tool, month) for month in (first, (first - DAY).replace(day=1)))

    def _near(self, line: Line, tool: str, month: date) -> bool:
        rows = [row for row in self.files.costs if tool_of(row) == tool and day(row["BillingPeriodStart"]) == month]
        amount = Fraction(line["amount"])
        if {row["BillingCurrency"] for row in rows} == {line["currency"]}:
            total = sum((Fraction(row["BilledCost"]) for row in rows), Fraction(0))
        else:
            pairs = [self.convert(Fraction(row["BilledCost"]), row["BillingCurrency"], day(row["ChargePeriodStart"]))
                     for row in rows]  # fmt: skip
            total = sum((value for value, currency in pairs if not currency), Fraction(0))
            amount = self.convert(amount, line["currency"], day(line["date"]))[0]
        return total != 0 and abs(total - amount) * 50 <= abs(amount)

    def _expenses(self) -> Iterator[Piece]:
        for line in self.spent:
            on, tool = day(line["date"]), self.merchant(line["merchant"])
            amount, currency = self.convert(Fraction(line["amount"]), line["currency"], on)
            unit = self.people.unit(line["employee_email"], on)
            owners = [(unit, Fraction(1))] if unit else self.split(tool, on)
            if not unit and line["department"]:
                owners = [(self.people.complete(line["department"], "", on), Fraction(1))]
            person = self.people.email(line["employee_email"]) if unit else ""
            for owner, share in owners:
                yield Piece(on, on + DAY, "expense", tool, owner, person, currency=currency,
                            amounts={"effective": amount * share})  # fmt: skip

    def _accruals(self, taken: set[tuple[str, date]]) -> Iterator[Piece]:
        for row in self.files.contracts:
            if row["billing_model"] not in ("per_seat", "flat", "embedded"):
                continue
            tool, start = SLUGS[row["tool"]], day(row["start_date"])
            end = min(day(row["end_date"]) if row["end_date"] else TODAY, TODAY)
            on = start
            while on <= end:
                month = on.replace(day=1)
                if (tool, month) not in taken:
                    amount, currency = self.convert(annual(row) / _year_of(start, on), row["currency"], month)
                    first = max(month, start)
                    owners = self.split(tool, first)
                    if row["cost_center"]:
                        owners = [(self.people.complete("", row["cost_center"], first), Fraction(1))]
                    stop = min(month_after(on), end + DAY, _anniversary(start, on))
                    days = (stop - on).days
                    for owner, share in owners:
                        yield Piece(on, stop, "contract", tool, owner, currency=currency,
                                    amounts={"effective": amount * days * share})  # fmt: skip
                    on = stop
                else:
                    on = min(month_after(on), end + DAY)


def annual(row: Line) -> Fraction:
    if row["annual_value"]:
        return Fraction(row["annual_value"])
    return Fraction(row["unit_price"]) * int(row["seats_purchased"]) * {"month": 12, "quarter": 4}[row["billing_interval"]]


def _anniversary(start: date, on: date) -> date:
    """The first anniversary after the day."""
    this_year = start.replace(year=on.year)
    return this_year if this_year > on else start.replace(year=on.year + 1)


def _year_of(start: date, on: date) -> int:
    after = _anniversary(start, on)
    return (after - after.replace(year=after.year - 1)).days


def _months(start: date, end: date) -> list[date]:
    found, first = [], start.replace(day=1)
    while first < end:
        found.append(first)
        first = month_after(first)
    return found


def _model(row: Line) -> str:
    details = json.loads(row["SkuPriceDetails"]) if row["SkuPriceDetails"] else {}
    return str(details.get("x_ModelId", "")) or row["x_model"]


def _project(row: Line, tags: dict[str, str]) -> str:
    return tags.get("project", "") or ("Atlas" if row["SubAccountId"] == "proj_data" else "")
