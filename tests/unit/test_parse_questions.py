"""Questions over an invented company with a fiscal year from July, and the plan each one means."""

import pytest

from tests.unit.parse_company import plan, told

MTD, NOW = "2026-11-01..2026-11-24", "2026-11-23..2026-11-24"
Q1, OCT, SEP = "2026-07-01..2026-10-01", "2026-10-01..2026-11-01", "2026-09-01..2026-10-01"
FYTD, FY27 = "2026-07-01..2026-11-24", "2026-07-01..2027-07-01"

QUESTIONS = {
    # spend, its words and its scope
    "What did growth marketing spend on AI last quarter?": f"spend | department=Growth Marketing | {Q1}",
    "how much has R&D spent on coding assistants this fiscal year?":
        f"spend | category=coding_assistant & department=Research & Development | {FYTD}",
    "Legal and compliance spend in Q1": f"spend | department=Legal & Compliance | {Q1}",
    "what's our total AI spend FY27 to date": f"spend | {FYTD}",
    "what did IT spend on AI, by tool, in Q1?": f"spend | department=IT | {Q1} | by tool",
    "Which three departments had the highest AI costs in Q1?": f"spend | {Q1} | by department; desc 3",
    "did Finance stay within budget in Q1": f"spend | department=Finance | {Q1} | vs budget",
    "non-video spend in October": f"spend | category!=video | {OCT}",
    "requests to claude-haiku-4-5 in October": f"requests | model=claude-haiku-4-5 | {OCT}",
    "compare Q1 spend with the same quarter last year": f"spend | {Q1} | vs 2025-07-01..2025-10-01",
    "which contracts end before March": "renewals | 2026-11-23..2027-03-01",
    "which unapproved tools got expensed in October":
        f"spend | payment_channel=card,expense & tool_status!=approved | {OCT} | by tool",
    "who costs more than 500 a month": f"spend | {OCT} | by person; spend gt 500",
    "utilisation of Glean over time": "utilisation | tool=Glean | 2025-11-01..2026-11-01 | each month",
    "how many more seats do we have than last month": f"seats_purchased | {NOW} | vs 2026-10-31..2026-11-01",
    "what do we pay for Glean": f"paid | tool=Glean | {MTD}",
    "price of Codeium per seat": f"cost_per_seat | tool=Codeium | {MTD}",
    "marketing spend last month": f"spend | department=Growth Marketing | {OCT}",
    "spend growth last month": f"spend | {OCT} | vs {SEP}",
    "how much of Runway is Design in Q1": f"spend | department=Design & tool=Runway | {Q1} | share of Runway",
    "what portion of Anthropic's spend is R&D in Q1":
        f"spend | department=Research & Development & vendor=Anthropic | {Q1} | share of Anthropic",
    "tools by status": f"tools | {NOW} | by tool_status",
    "spend for cost center 4010 in Q1": f"spend | cost_center=4010 | {Q1}",
    "spend in EMEA last month": f"spend | division=EMEA | {OCT}",
    "spend on project Hermes since August": "spend | project=Hermes | 2026-08-01..2026-11-24",
    "spend on claude-sonnet-4-5 last week": "spend | model=claude-sonnet-4-5 | 2026-11-16..2026-11-23",
    "gimme spend for otter in oct pls": f"spend | tool=Otter.ai | {OCT}",
    "SPEND!!! LAST!!! MONTH!!!": f"spend | {OCT}",
    "spend on codeum last month": f"spend | tool=Codeium | {OCT}",
    "invoiced by Microsoft in September": f"billed | vendor=Microsoft | {SEP}",
    "how much did we pay Anthropic in Q1": f"paid | vendor=Anthropic | {Q1}",
    "Anthropic API cost before discounts in September": f"list_price | tool=Anthropic API | {SEP}",
    "discount savings in Q1": f"discount_savings | {Q1}",
    "how much did we save by releasing seats this year": f"reclaimed_savings | {FYTD}",
    "current run rate": f"run_rate | {OCT}",
    "API spend in October": f"spend | billing_model=per_token | {OCT}",
    "unattributed spend last quarter": f"spend | department is null | {Q1}",
    # lists, negation, groups, grain
    "what did R&D and Design spend in October": f"spend | department=Research & Development,Design | {OCT}",
    "total spend excluding Microsoft and GitHub in Q1": f"spend | vendor!=Microsoft,GitHub | {Q1}",
    "spend outside of IT last month": f"spend | department!=IT | {OCT}",
    "spend not in October but in September": f"spend | {SEP}",
    "spend by tool this month": f"spend | {MTD} | by tool",
    "spend per vendor per month since July": f"spend | {FYTD} | by vendor; each month",
    "spend by division and quarter this year": f"spend | {FYTD} | by division; each quarter",
    "department x vendor matrix for Q1": f"spend | {Q1} | by department,vendor",
    "daily spend on the Anthropic API last week": "spend | tool=Anthropic API | 2026-11-16..2026-11-23 | each day",
    "monthly trend of spend for IT": "spend | department=IT | 2025-11-01..2026-11-01 | each month",
    "average daily spend over the last 30 days": "spend | 2026-10-24..2026-11-23 | avg_per_day",
    "compare Codeium and Tabnine spend in Q1": f"spend | tool=Codeium,Tabnine | {Q1} | by tool",
    "did we spend more on Codeium than on Tabnine in October?": f"spend | tool=Codeium,Tabnine | {OCT} | by tool",
    # ranking, conditions, shares
    "top 3 vendors by spend in FY26": "spend | 2025-07-01..2026-07-01 | by vendor; desc 3",
    "list the five most expensive tools in October": f"spend | {OCT} | by tool; desc 5",
    "Which department spends the most on AI?": f"spend | {MTD} | by department; desc 1",
    "second most expensive tool last month": f"spend | {OCT} | by tool; desc 1 after 1",
    "cheapest tool in October": f"spend | {OCT} | by tool; asc 1; spend gt 0",
    "most expensive month in FY26": "spend | 2025-07-01..2026-07-01 | each month; desc 1",
    "Which departments spent more than €5,000 in October?": f"spend | {OCT} | by department; spend gt 5000",
    "tools under 500 euros a month": f"spend | {OCT} | by tool; spend lt 500",
    "tools with more than 20 idle seats": f"seats_idle | {NOW} | by tool; seats_idle gt 20",
    "which tools have utilisation under 50%": f"utilisation | {NOW} | by tool; utilisation lt 0.5",
    "what share of spend goes to Anthropic": f"spend | vendor=Anthropic | {MTD} | share",
    "how much of IT's spend is Codeium in Q1": f"spend | department=IT & tool=Codeium | {Q1} | share of IT",
    # comparisons and change
    "spend this month vs last month": f"spend | {MTD} | vs 2026-10-01..2026-10-24",
    "are we spending more than last month?": f"spend | {MTD} | vs 2026-10-01..2026-10-24",
    "are we spending more than this time last year?": f"spend | {FYTD} | vs 2025-07-01..2025-11-24",
    "October vs September by tool": f"spend | {OCT} | vs {SEP} | by tool",
    "MoM growth of spend": f"spend | {OCT} | vs {SEP}",
    "fastest growing department in October": f"spend | {OCT} | vs {SEP} | by department; desc 1",
    "which tools went up more than 20% in October": f"spend | {OCT} | vs {SEP} | by tool; pct_change gt 0.2",
    "why did spend go up in October?": f"spend | {OCT} | vs {SEP} | by department,tool; desc 5; why",
    "how has spend changed since last month?": f"spend | {MTD} | vs 2026-10-01..2026-10-24",
    "spend last month compared to the same month last year": f"spend | {OCT} | vs 2025-10-01..2025-11-01",
    # seats
    "idle seats of Codeium": f"seats_idle | tool=Codeium | {NOW}",
    "how many seats of Glean are idle?": f"seats_idle | tool=Glean | {NOW}",
    "who hasn't used Tabnine in 30 days": f"seats_idle | tool=Tabnine | {NOW} | by person",
    "how many Glean seats do we have": f"seats_purchased | tool=Glean | {NOW}",
    "how many Glean seats are assigned": f"seats_assigned | tool=Glean | {NOW}",
    "seats assigned vs purchased for Glean": f"seats_assigned,seats_purchased | tool=Glean | {NOW}",
    "utilisation of Codeium by department, worst first": f"utilisation | tool=Codeium | {NOW} | by department",
    "how much are we wasting on idle licences": f"idle_seat_cost | {NOW}",
    "what are we paying for unused licenses?": f"idle_seat_cost | {NOW} | by tool",
    "idle seats last month": "seats_idle | 2026-10-31..2026-11-01 | by tool",
    "how many people used Otter last month?": f"active_users | tool=Otter.ai | {OCT}",
    "who has access to Glean": f"seats_assigned | tool=Glean | {NOW} | by person",
    "licences per person in Design": f"seats_assigned | department=Design | {NOW} | per_person_avg",
    # usage and unit costs
    "how many tokens did Hermes burn in October": f"tokens | project=Hermes | {OCT}",
    "input vs output tokens by model in October": f"input_tokens,output_tokens | {OCT} | by model",
    "API calls to the Anthropic API yesterday": "requests | tool=Anthropic API | 2026-11-22..2026-11-23",
    "requests by model in October": f"requests | {OCT} | by model",
    "what share of tokens is cached": f"cache_hit_share | {MTD}",
    "cost per million tokens by model last month": f"cost_per_million_tokens | {OCT} | by model",
    "spend per active user for Glean last month": f"cost_per_active_user | tool=Glean | {OCT}",
    "what do we spend on AI per employee in Design": f"cost_per_head | department=Design | {MTD}",
    "is Codeium cheaper than Tabnine per seat in October?": f"cost_per_seat | tool=Codeium,Tabnine | {OCT} | by tool",
    # budgets and renewals
    "budget remaining for IT this quarter": "budget_remaining | department=IT | 2026-10-01..2027-01-01",
    "what's left of the Design budget": f"budget_remaining | department=Design | {FY27}",
    "how much of the IT budget have we used": f"budget_used | department=IT | {FY27}",
    "departments above 80% of their annual budget": f"budget_used | {FY27} | by department; budget_used gt 0.8",
    "is Design over budget?": f"spend | department=Design | {FYTD} | vs budget",
    "which departments are over budget this quarter?": "budget_used | 2026-10-01..2027-01-01 |"
                                                       " by department; budget_used gt 1",
    "budget vs actual by department for Q1": f"spend | {Q1} | vs budget | by department",
    "what's the budget for FY28": "budget | 2027-07-01..2028-07-01",
    "contracts expiring in the next 60 days": "renewals | 2026-11-23..2027-01-22",
    "renewals in March": "renewals | 2027-03-01..2027-04-01",
    "upcoming renewals over €50k": "renewals | 2026-11-23..2027-02-21 | renewals gt 50000",
    # inventory, approvals, people
    "how many AI tools do we have": f"tools | {NOW}",
    "which tools are blocked?": f"tools | tool_status=blocked | {NOW} | by tool",
    "is Runway approved?": f"tools | tool=Runway | {NOW} | by tool,tool_status",
    "requests waiting for approval": f"pending_approvals | {NOW}",
    "headcount of Design": f"headcount | department=Design | {NOW}",
    "how much does Ingrid Solheim cost us": f"spend | person=ingrid.solheim@fjord.example | {MTD}",
    "tomas pena spend in october": f"spend | person=tomas.pena@fjord.example | {OCT}",
}  # fmt: skip


@pytest.mark.parametrize(("question", "meaning"), QUESTIONS.items(), ids=list(QUESTIONS))
def test_question(question: str, meaning: str) -> None:
    assert told(plan(question)) == meaning


FOLLOW_UPS = {
    "and field sales?": f"spend | department=Field Sales | {Q1}",
    "what about Design": f"spend | department=Design | {Q1}",
    "no, I meant Design": f"spend | department=Design | {Q1}",
    "by tool": f"spend | department=Growth Marketing | {Q1} | by tool",
    "now show it monthly": f"spend | department=Growth Marketing | {Q1} | each month",
    "only Runway": f"spend | department=Growth Marketing & tool=Runway | {Q1}",
    "exclude Runway": f"spend | department=Growth Marketing & tool!=Runway | {Q1}",
    "same but ytd": f"spend | department=Growth Marketing | {FYTD}",
    "in October": f"spend | department=Growth Marketing | {OCT}",
    "and the quarter before?": "spend | department=Growth Marketing | 2026-04-01..2026-07-01",
    "vs the quarter before": f"spend | department=Growth Marketing | {Q1} | vs 2026-04-01..2026-07-01",
    "compared to last year": f"spend | department=Growth Marketing | {Q1} | vs 2025-07-01..2025-10-01",
    "vs budget": f"spend | department=Growth Marketing | {Q1} | vs budget",
    "as a % of total": f"spend | department=Growth Marketing | {Q1} | share",
    "per head": f"cost_per_head | department=Growth Marketing | {Q1}",
    "what about tokens?": f"tokens | department=Growth Marketing | {Q1}",
    "and seats?": f"seats_assigned | department=Growth Marketing | {NOW}",
    "why?": f"spend | department=Growth Marketing | {Q1} | vs 2026-04-01..2026-07-01 | by tool; desc 5; why",
    "idle seats by tool in Design": f"seats_idle | department=Design | {NOW} | by tool",
}


@pytest.mark.parametrize(("text", "meaning"), FOLLOW_UPS.items(), ids=list(FOLLOW_UPS))
def test_follow_up_edits_the_plan(text: str, meaning: str) -> None:
    assert told(plan(text, "what did growth marketing spend last quarter?")) == meaning


def test_the_worst_come_first_by_the_measure_before() -> None:
    assert plan("worst first", "utilisation by tool").order == "asc"
    assert plan("worst first", "idle seats by tool").order == "desc"


def test_requests_about_a_model_or_project_are_api_requests_also_afterwards() -> None:
    assert plan("and requests?", "tokens of Hermes in October").metrics == ("requests",)


def test_people_and_cost_of_the_rows_before() -> None:
    assert told(plan("who are they?", "idle seats by tool")) == f"seats_idle | {NOW} | by person,tool"
    assert plan("how much do they cost?", "idle seats by tool").metrics == ("idle_seat_cost",)


def test_a_short_answer_to_a_question_back() -> None:
    question = "how many copilot seats are idle"
    assert told(plan("the github one", question)) == f"seats_idle | tool=GitHub Copilot | {NOW}"
    assert told(plan("Microsoft 365 Copilot", question)) == f"seats_idle | tool=Microsoft 365 Copilot | {NOW}"
