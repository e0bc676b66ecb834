"""The people of the sample company: a fixed cast and leaders, everybody else invented from a seed."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

NAME = "Kestrel & Vane"
DOMAIN = "kestrelvane.example"


class Department(NamedTuple):
    name: str
    division: str
    cost_centers: tuple[str, ...]
    size: int  # people today, its head included
    head: str
    head_title: str


DEPARTMENTS = (
    Department("Engineering", "Technology", ("KV-110", "KV-120", "KV-130"), 80, "Anselm Rook", "VP Engineering"),
    Department("Data Science", "Technology", ("KV-140",), 24, "Sunniva Haldorsen", "Head of Data Science"),
    Department("Product", "Technology", ("KV-150",), 18, "Leopold Marchetti", "VP Product"),
    Department("Design", "Technology", ("KV-160",), 14, "Yara Monteverde", "Head of Design"),
    Department("Marketing", "Commercial", ("KV-210", "KV-220"), 28, "Helena Brandvold", "VP Marketing"),
    Department("Sales", "Commercial", ("KV-230",), 42, "Cormac Delahunty", "VP Sales"),
    Department("Customer Success", "Commercial", ("KV-240",), 34, "Zeynep Aldemir", "VP Customer Success"),
    Department("Operations", "Operations", ("KV-310",), 16, "Bartholomew Quist", "Head of Operations"),
    Department("IT", "Corporate", ("KV-410",), 12, "Meredith Okonjo", "Head of IT"),
    Department("Finance", "Corporate", ("KV-420",), 14, "Samuel Ostrander", "VP Finance"),
    Department("People", "Corporate", ("KV-430",), 11, "Delphine Arquette", "Head of People"),
    Department("Legal", "Corporate", ("KV-440",), 7, "Ignatius Crowther", "General Counsel"),
)
DIVISION_HEADS = {
    "Technology": ("Octavia Renshaw", "Chief Technology Officer", "Engineering"),
    "Commercial": ("Florian Achterberg", "Chief Commercial Officer", "Sales"),
    "Operations": ("Bartholomew Quist", "Head of Operations", "Operations"),
    "Corporate": ("Genevieve Stavros", "Chief Financial Officer", "Finance"),
}
CHIEF = ("Rosalind Kestrel", "Chief Executive Officer", "Operations")


class CastMember(NamedTuple):
    """Somebody tests and the demo page name; `part` is what they show off."""

    part: str
    name: str
    title: str
    department: str
    about: str

    @property
    def email(self) -> str:
        return email_of(self.name)


def email_of(name: str) -> str:
    return name.lower().replace(" ", ".").replace("'", "") + "@" + DOMAIN


CAST = (
    CastMember("employee", "Nora Lindgaard", "Content Designer", "Marketing", "Asks for tools and for numbers"),
    CastMember("colleague", "Juniper Ashgrove", "Campaign Manager", "Marketing", "Has asked for a tool and waits"),
    CastMember("manager", "Idris Valemont", "Brand Lead", "Marketing", "Nora's manager: approves in one click"),
    CastMember("cost_center_owner", "Helena Brandvold", "VP Marketing", "Marketing", "Owns Marketing's budget"),
    CastMember("tool_owner", "Kenji Abernathy", "Workplace Engineer", "IT", "Grants seats of most tools"),
    CastMember("engineer", "Tomasz Wieland", "Senior Engineer", "Engineering", "Has seats he does not use"),
    CastMember("finance", "Samuel Ostrander", "VP Finance", "Finance", "Sees every total and asks about them"),
    CastMember("finance_second", "Lucia Fontanari", "FP&A Manager", "Finance", "Finance's second pair of eyes"),
    CastMember("admin", "Meredith Okonjo", "Head of IT", "IT", "Administers Bursar and triages new tools"),
    CastMember("security", "Rafaela Duquesne", "Security Lead", "IT", "Reviews tools nobody knows yet"),
    CastMember("procurement", "Ingvar Solheimsen", "Procurement Manager", "Finance", "Reviews what is bought and renewed"),
    CastMember("legal", "Ignatius Crowther", "General Counsel", "Legal", "Joins when data is confidential"),
)
PERSON = {member.part: member for member in CAST}
LEADS = ("Idris Valemont",)  # of the cast, those who have a team of their own

FIRST, LAST = (part.split() for part in Path(__file__).with_name("names.txt").read_text(encoding="utf-8").split("\n\n"))
TITLES = {
    "Engineering": ("Software Engineer", "Senior Engineer", "Staff Engineer", "QA Engineer", "Site Reliability Engineer"),
    "Data Science": ("Data Scientist", "Data Engineer", "Analytics Engineer", "ML Engineer"),
    "Product": ("Product Manager", "Senior Product Manager", "Product Analyst"),
    "Design": ("Product Designer", "Visual Designer", "UX Researcher"),
    "Marketing": ("Content Strategist", "Campaign Manager", "SEO Specialist", "Event Manager", "Copywriter"),
    "Sales": ("Account Executive", "Sales Engineer", "Business Development Rep", "Account Manager"),
    "Customer Success": ("Customer Success Manager", "Support Specialist", "Onboarding Specialist"),
    "Operations": ("Operations Analyst", "Logistics Planner", "Facilities Coordinator"),
    "IT": ("Systems Administrator", "Workplace Engineer", "Security Analyst"),
    "Finance": ("Accountant", "FP&A Analyst", "Payroll Specialist", "Buyer"),
    "People": ("People Partner", "Recruiter", "Learning Specialist"),
    "Legal": ("Counsel", "Paralegal", "Compliance Officer"),
}
OFFICES = (
    ("Boston", "America/New_York", "Kestrel & Vane Inc.", 55),
    ("Austin", "America/Chicago", "Kestrel & Vane Inc.", 15),
    ("Dublin", "Europe/Dublin", "Kestrel & Vane Ireland Ltd.", 18),
    ("Lisbon", "Europe/Lisbon", "Kestrel & Vane Ireland Ltd.", 12),
)


@dataclass
class Employee:
    """One person, and what happened to them in the months of the ledger."""

    number: int
    name: str
    title: str
    department: str
    division: str
    cost_center: str
    manager: "Employee | None"
    office: tuple[str, str, str, int]
    hired: date
    kind: str = "Full-time"
    rank: int = 3  # 0 chief, 1 division and department heads, 2 leads, 3 everybody else
    left: date | None = None
    leave_since: date | None = None
    moved: tuple[date, str, str, str] | None = None  # day, and department, division, cost centre before it

    @property
    def employee_id(self) -> str:
        return f"KV{self.number:04d}"

    @property
    def email(self) -> str:
        return email_of(self.name)

    def works_on(self, day: date) -> bool:
        return self.hired <= day and (self.left is None or day < self.left)

    def department_on(self, day: date) -> str:
        return self.moved[1] if self.moved and day < self.moved[0] else self.department


class Company:
    """Everybody: about 300 present people, the leavers of the ledger's months, and a tree under one chief."""

    def __init__(self, seed: int, today: date, months: int) -> None:
        self.random = Random(f"{seed}/people")
        self.today = today
        self.window = months * 30
        self.people: list[Employee] = []
        self.names: set[str] = {CHIEF[0], *(m.name for m in CAST), *(d.head for d in DEPARTMENTS)}
        self.names.update(name for name, _, _ in DIVISION_HEADS.values())
        chief = self._add(CHIEF[0], CHIEF[1], self._department(CHIEF[2]), None, rank=0)
        self.divisions = {name: self._division_head(head, chief) for name, head in DIVISION_HEADS.items()}
        for department in DEPARTMENTS:
            self._staff(department)
        self._careers()

    def named(self, name: str) -> Employee:
        return next(person for person in self.people if person.name == name)

    def present(self, day: date) -> list[Employee]:
        return [person for person in self.people if person.works_on(day)]

    def _department(self, name: str) -> Department:
        return next(department for department in DEPARTMENTS if department.name == name)

    def _division_head(self, head: tuple[str, str, str], chief: Employee) -> Employee:
        return self._add(head[0], head[1], self._department(head[2]), chief, rank=1)

    def _staff(self, department: Department) -> None:
        division_head = self.divisions[department.division]
        heads = [person for person in self.people if person.name == department.head]
        head = heads[0] if heads else self._add(department.head, department.head_title, department, division_head, rank=1)
        cast = [member for member in CAST if member.department == department.name and member.name not in
                {person.name for person in self.people}]  # fmt: skip
        lead_names = [member for member in cast if member.name in LEADS]
        others = [member for member in cast if member.name not in LEADS]
        members = department.size - sum(1 for person in self.people if person.department == department.name)
        leads = [self._add(member.name, member.title, department, head, rank=2) for member in lead_names]
        while len(leads) < members // 9:
            leads.append(self._add(self._new_name(), f"{department.name} Lead", department, head, rank=2))
        for member in others:
            self._add(member.name, member.title, department, leads[0] if leads else head)
        for index in range(members - len(leads) - len(others)):
            manager = leads[index % len(leads)] if leads else head
            self._add(self._new_name(), self.random.choice(TITLES[department.name]), department, manager)

    def _add(self, name: str, title: str, department: Department, manager: Employee | None, rank: int = 3) -> Employee:
        office = self.random.choices(OFFICES, [share for *_, share in OFFICES])[0]
        centers = department.cost_centers
        if rank == 3 and manager is not None and manager.rank == 2:
            center, office = manager.cost_center, manager.office
        else:
            center = centers[len(self.people) % len(centers)]
        person = Employee(
            number=1001 + len(self.people), name=name, title=title, department=department.name, division=department.division,
            cost_center=center, manager=manager, office=office, rank=rank,
            hired=self.today - timedelta(days=self.window + self.random.randint(60, 2600)),
        )  # fmt: skip
        self.people.append(person)
        return person

    def _new_name(self) -> str:
        while True:
            name = f"{self.random.choice(FIRST)} {self.random.choice(LAST)}"
            if name not in self.names:
                self.names.add(name)
                return name

    def _careers(self) -> None:
        """Joiners, movers, people on leave, contractors and leavers: never the cast nor anybody who leads."""
        fixed = {member.name for member in CAST}
        free = [person for person in self.people if person.rank == 3 and person.name not in fixed]
        self.random.shuffle(free)
        for person in free[:46]:
            person.hired = self.today - timedelta(days=self.random.randint(4, self.window - 20))
        for person in free[46:60]:
            self._move(person)
        for person in free[60:66]:
            person.leave_since = self.today - timedelta(days=self.random.randint(12, 90))
        for person in free[66:84]:
            person.kind = "Contractor"
        for person in free[84:102]:
            self._leaver_before(person)

    def _move(self, person: Employee) -> None:
        elsewhere = [d for d in DEPARTMENTS if d.name != person.department and d.size > 12]
        before = self.random.choice(elsewhere)
        day = self.today - timedelta(days=self.random.randint(20, self.window - 60))
        person.moved = (day, before.name, before.division, before.cost_centers[0])

    def _leaver_before(self, model: Employee) -> None:
        """Somebody who left a post like `model`'s, some of them only days ago."""
        number = len(self.people)
        department = self._department(model.department)
        gone = self._add(self._new_name(), model.title, department, model.manager)
        gone.cost_center = model.cost_center
        gone.left = self.today - timedelta(days=(number * 37) % (self.window - 40) + 3)
