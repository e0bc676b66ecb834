"""What metrics and dimensions are called in what people read, and how each metric is defined."""

LABELS = {
    "spend": "AI spend", "billed": "Billed AI cost", "paid": "AI cost paid", "list_price": "AI cost at list price",
    "usage_cost": "AI usage cost",
    "discount_savings": "Discount savings", "reclaimed_savings": "Reclaimed savings", "run_rate": "AI run rate",
    "idle_seat_cost": "Cost of idle seats", "budget": "AI budget", "budget_remaining": "AI budget left",
    "budget_used": "Share of the AI budget used",
    "budget_left_share": "Share of the AI budget left", "renewals": "Contracts that end",
    "seats_purchased": "Seats purchased", "seats_assigned": "Seats assigned", "seats_active": "Active seats",
    "seats_idle": "Idle seats", "seats_pending": "Pending seats", "seats_untracked": "Seats without activity tracking",
    "utilisation": "Seat utilisation", "tokens": "Tokens", "input_tokens": "Input tokens",
    "cached_input_tokens": "Cached input tokens", "output_tokens": "Output tokens", "requests": "API requests",
    "cache_hit_share": "Cache hit share", "active_users": "Active users", "headcount": "Headcount",
    "cost_per_seat": "Cost per seat", "cost_per_active_user": "Cost per active user", "cost_per_head": "Cost per head",
    "cost_per_million_tokens": "Cost per million tokens", "cost_per_request": "Cost per request", "tools": "AI tools",
    "tools_held": "AI tools held",
    "access_requests": "Access requests", "pending_approvals": "Requests waiting for a decision",
}  # fmt: skip
DEFINITIONS = {
    "spend": "spend = EffectiveCost of all charges but tax, card lines that count as spend, contract accruals where a "
             "month has neither",
    "usage_cost": "usage cost = rows with the person's e-mail and their expense lines that count as spend, without the "
                  "price of seats",
    "billed": "billed = BilledCost with tax, by billing period",
    "paid": "paid = BilledCost with tax plus the expense lines that count as spend, by date",
    "list_price": "list price = ListCost of usage rows",
    "discount_savings": "discount savings = ListCost − EffectiveCost of usage rows",
    "reclaimed_savings": "reclaimed savings = seats given back, at contract price",
    "run_rate": "run rate = spend of the last complete month × 12",
    "idle_seat_cost": "idle seats × their plan's price in the contract in force, per month",
    "budget": "budget = the amounts recorded for the scope and period",
    "budget_remaining": "budget left = budget − spend to date",
    "budget_used": "budget used = spend to date / budget",
    "budget_left_share": "share left = (budget − spend to date) / budget",
    "renewals": "contracts by end date; last day to give notice = end date − notice days; value = annual value",
    "seats_purchased": "purchased = seats of the contracts in force",
    "seats_assigned": "assigned or suspended seats in the latest snapshot; pending ones are counted apart",
    "seats_active": "active = tracked and used within 30 days of the snapshot",
    "seats_idle": "idle = assigned, tracked, unused for the tool's idle days and held longer than the grace days",
    "seats_pending": "pending = invited, not yet taken",
    "seats_untracked": "no activity signal: never counted as idle",
    "utilisation": "utilisation = active / assigned, over tracked seats",
    "tokens": "tokens = input + output, cached input included", "input_tokens": "input tokens include cached ones",
    "cached_input_tokens": "cached input tokens", "output_tokens": "output tokens",
    "requests": "requests to the vendors' APIs",
    "cache_hit_share": "cached input tokens / all input tokens",
    "active_users": "distinct people with an active usage row in the period",
    "headcount": "people active or on leave, contractors included",
    "cost_per_seat": "spend / assigned seats at the period's end",
    "cost_per_active_user": "spend / active users of the period", "cost_per_head": "spend / headcount at the period's end",
    "cost_per_million_tokens": "spend / tokens × 1,000,000", "cost_per_request": "spend / API requests",
    "tools": "tools of the one inventory",
    "tools_held": "tools of which the person holds an assigned seat", "access_requests": "requests made through Bursar",
    "pending_approvals": "requests that nobody has decided yet",
}  # fmt: skip
NOUNS = {
    # counts that are said as a number of something: one, several
    "seats_purchased": ("purchased seat", "purchased seats"), "seats_assigned": ("assigned seat", "assigned seats"),
    "seats_active": ("active seat", "active seats"), "seats_idle": ("idle seat", "idle seats"),
    "seats_pending": ("pending seat", "pending seats"),
    "seats_untracked": ("seat without activity tracking", "seats without activity tracking"),
    "tokens": ("token", "tokens"), "input_tokens": ("input token", "input tokens"),
    "cached_input_tokens": ("cached input token", "cached input tokens"),
    "output_tokens": ("output token", "output tokens"), "requests": ("API request", "API requests"),
    "active_users": ("active user", "active users"), "tools": ("AI tool", "AI tools"),
    "tools_held": ("AI tool held", "AI tools held"), "access_requests": ("access request", "access requests"),
    "pending_approvals": ("request waiting for a decision", "requests waiting for a decision"),
}  # fmt: skip
CONTRACT_NOUNS = {
    "ends": ("contract that ends", "contracts that end"),
    "notice": ("contract whose last day to give notice is", "contracts whose last day to give notice is"),
    "lapsed": ("contract without a later one that ended", "contracts without a later one that ended"),
    "in_force": ("contract in force", "contracts in force"),
}  # fmt: skip
SPENT = frozenset({"spend", "usage_cost", "run_rate"})
"""Somebody's on something: "AI spend of Marketing on Cursor"."""
INVOICED = frozenset({"billed", "paid", "list_price", "discount_savings"})
BUDGETS = frozenset({"budget", "budget_remaining", "budget_used", "budget_left_share"})
OWN_RECORDS = frozenset({"tools", "access_requests", "pending_approvals", "reclaimed_savings"})
"""Counted from what Bursar itself wrote down, so no import is their source."""
UNIT_COSTS = frozenset(name for name in DEFINITIONS if name.startswith("cost_per_"))
DIMENSION_WORDS = {"cost_center": "cost centre", "tool_status": "status", "billing_model": "billing model",
                   "payment_channel": "payment channel", "auto_renew": "renewing by itself:"}  # fmt: skip
AS_OF = frozenset({"seats_purchased", "seats_assigned", "seats_active", "seats_idle", "seats_pending", "seats_untracked",
                   "utilisation", "idle_seat_cost", "tools_held", "headcount"})  # fmt: skip
"""Stocks: they are of a day, not of a period."""
