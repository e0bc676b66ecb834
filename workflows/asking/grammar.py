"""The small words of questions by kind: grouping, ranking, conditions, comparison, negation. Metric and dimension words are
in synonyms.yaml. Each phrase belongs to one kind; the longest phrase wins."""

from collections.abc import Mapping

# kind → value → phrases
GRAMMAR: Mapping[str, Mapping[str, str]] = {
    "by": {
        "by": "by, per, for each, for every, each, every, across, across all, split by, broken down by, break down by, "
        "breakdown by, grouped by, group by, per each, by each, split per, breakdown per, sliced by, divided by, by the, "
        "for each of the, for all, per single, split across, split out by, separated by, "
        "broken out by, broken out per, by individual, for every single",
    },
    "unit": {
        "day": "day, days", "week": "week, weeks", "month": "month, months", "quarter": "quarter, quarters, qtr",
        "year": "year, years", "fiscal_year": "fiscal year, fy",
    },
    "grain": {
        "day": "daily, day by day, per day, a day, each day, every day, by day, day over day", "week": "weekly, week by "
        "week, "
        "per week, each week, every week, by week", "month": "monthly, month by month, per month, a month, each month, "
        "every month, by month, over the months, on a monthly basis, in monthly steps", "quarter": "quarterly, "
        "quarter by quarter, per quarter, a quarter, each quarter, every quarter, by quarter",
        "year": "yearly, year by year, per year, a year, each year, every year, by year",
    },
    "trend": {"trend": "trend, trends, trending, develop, developed, developing, over time, timeline, evolution, "
                       "development, evolved, evolve, time series, "
              "history of, going up or down, rising or falling, up or down, increasing or decreasing, growing or shrinking, "
              "graph, trajectory"},
    "cumulative": {"cumulative": "cumulative, cumulatively, running total, running totals, running sum, accumulated, "
                                 "cumulated, added up over time"},
    "not": {"not": "except, except for, excluding, exclude, excl, without, outside of, outside, other than, but not, "
                   "ignoring, "
            "ignore, leaving out, apart from, aside from, besides, dont show me, dont show, not including, not counting, "
            "minus, leave out, not for, not in, not on, not from, hide, drop, excepting, bar, dont include, no, "
            "omitting, not, "
            "less the, with the exception of, non, everything but, all but, anything but, every tool but, all tools but, "
            "dont count, dont, doesnt, do not, does not, wont, will not"},
    "only": {"only": "only, just, solely, exclusively, nothing but, limited to, restricted to, narrow to, filter to, "
                     "narrow it to"},
    "versus": {"versus": "vs, versus, compared to, compared with, against, relative to, in comparison to, "
                         "in comparison with, "
               "than, v, as opposed to, next to, as compared to, and compare to, compare to, compare with, "
               "compared against, up against, measured against, set against, stacked against"},
    "compare": {"compare": "compare, comparison of, comparing, comparison, contrast, side by side"},
    "op": {
        "gt": "over, more than, above, greater than, exceeding, exceed, exceeds, exceeded, higher than, in excess of, "
              "beyond, "
        "bigger than, larger than, north of, upwards of, topping, >, costing more than, that cost more than, surpassing",
        "gte": "at least, no less than, not less than, minimum of, a minimum of, > =, or more",
        "lt": "under, less than, below, fewer than, lower than, smaller than, south of, cheaper than, <, beneath",
        "lte": "at most, no more than, not more than, up to, maximum of, a maximum of, < =",
    },
    "rank": {
        "desc": "the most expensive, the biggest, the highest, the largest, the priciest, the costliest, "
        "top, biggest, highest, largest, most expensive, greatest, priciest, costliest, heaviest, biggest spending, "
        "most costly, max, maximum, leading, most pricey, hungriest, top spending, highest spending, largest spending",
        "asc": "the lowest, the smallest, the cheapest, bottom, lowest, smallest, cheapest, least expensive, "
        "fewest, least costly, min, minimum, least, lightest, "
        "lowest spending, least spending, the least",
        "desc_verb": "most, the most", "desc_order": "highest first, largest first, biggest first, descending, desc, "
        "high to low, most expensive first, sorted by cost, sorted by spend, in descending order, from highest to lowest",
        "asc_order": "lowest first, smallest first, ascending, asc, low to high, cheapest first, in ascending order, "
        "from lowest to highest",
        "worst": "worst, poorest", "worst_order": "worst first", "best": "best, strongest", "best_order": "best first",
        "spenders": "spenders, spender, biggest spenders, biggest spender, top spenders, top spender, heaviest spenders, "
        "highest spenders, big spenders, largest spenders, heaviest spender, highest spender, largest spender",
    },
    "ordinal": {"2": "second, 2nd", "3": "third, 3rd", "4": "fourth, 4th"},
    "when": {"when": "when, when will, when does, when do, when did, when is, when are, by when, since when"},
    "often": {"often": "how often, how many times, times, frequency, how frequently"},
    "modal": {"modal": "can, could, would, should, may i, might, must, if"},
    "share": {"share": "in percent of, in percent of the, in % of, share of, share, as a share of, "
              "percentage of, percent of, % of, as a % of, as % of, proportion of, "
              "portion of, fraction of, part of, what percent, what percentage, as percentage of, as a percentage of, "
              "as a proportion of, how big a share of, percentage, as percent of, as a percent of, slice of, "
              "how large a share of, how concentrated is, how concentrated are, concentration of, concentration"},
    "howmuchof": {"howmuchof": "how much of, what part of, how big a part of"},
    "oftotal": {"total": "total, of total, of the total, of all, overall, in total, the total, of our total, of the whole"},
    "growth": {
        "growth": "growth, grew, grow, grown, growing, change, changed, changes, changing, increase, increased, increases, "
        "increasing, rise, risen, rose, rising, went up, gone up, going up, go up, climbed, climb, climbing, jump, jumped, "
        "spike, spiked, up, delta, difference, differ, differs, differ from, jumping, surge, surged, swing, movement, "
        "moved, "
        "variance between, more expensive, getting more expensive, higher",
        "fall": "decrease, decreased, fell, fall, fallen, falling, drop in, dropped, decline, declined, went down, "
                "gone down, "
        "going down, down, shrank, shrunk, reduction, reduced, shrinking, cheaper, getting cheaper, go down, dip, dipped",
    },
    "fast": {"fast": "fastest, the fastest, fastest growing, most growth, quickest, biggest increase, largest increase, "
             "biggest jump, highest growth, largest growth, biggest growth, biggest rise, grew the most, grew most, "
             "rose the most, increased the most, went up the most, grew fastest, grew the fastest, biggest change, "
             "largest change, biggest increases, largest increases, increased most, rose most, jumped the most, "
             "changed the most, biggest mover, biggest movers, strongest growth",
             "slow": "fell the most, dropped the most, decreased the most, biggest drop, largest drop, biggest decrease, "
             "largest decrease, biggest decline, shrank the most, biggest fall, biggest reduction, went down the most"},
    "tokenside": {"input_tokens": "input, prompt", "output_tokens": "output, completion",
                  "cached_input_tokens": "cached"},
    "overlap": {"overlap": "overlapping, overlap, overlaps, redundant, doing the same job, doing the same thing, "
                           "do the same, do the same job, do the same thing, same job, same purpose, competing, "
                           "duplicate tools"},
    "peaks": {"peaks": "spike days, spikes, peak days, outlier days, unusual days, days with spikes, outliers, "
                       "jump days, anomalies, anomaly"},
    "level": {"level": "high, so high, low, so low, so expensive, this high, that high, so big"},
    "annual": {"annual": "annual, yearly, full year, annually"},
    "more": {"more": "more, less, higher, lower, fewer, bigger, costlier, more expensive, cheaper"},
    "soon": {"soon": "upcoming, coming up, due, soon, miss, missed, coming, next up, imminent, ahead, approaching"},
    "gone": {"gone": "where does, where did, where do, where is, where are"},
    "explain": {"why": "why, how come, what drove, what drives, what is driving, what driving, what behind, "
                "what causing, what caused, what causes, reason for, "
                "reasons for, reason, what explains, explain, what is behind, whats behind, whats driving, driver of, "
                "drivers of, drivers, what made, what happened to, cause of, what led to, "
                "what pushed, "
                "what contributed to, root cause of, what accounts for, what was behind, "
                "what were the drivers of"},
    "avg": {"avg": "average, avg, mean, on average, averaged, averages, typical"},
    "howmany": {"howmany": "how many, number of, count of, count"},
    "which": {"which": "which, what, whose", "who": "who, anyone, anybody, someone, somebody, who else, "
              "whos, which people, which person, what people",
              "list": "name the, name all, list, list of, list all, show all, give me all, which of"},
    "me": {"me": "my, mine, i, me, myself, personally, my own, i personally, ive, im"},
    "team": {"team": "my team, my teams, my people, my reports, my direct reports, my group, "
             "my org, people below me, people under me, my staff, my folks, my direct and indirect reports, my squad, "
             "my reporting line, my organisation, my organization, the people who report to me, those who report to me"},
    "own": {"department": "my department, my dept, our team, our department, my own department, our dept"},
    "and": {"and": "and, &, as well as, plus, along with, together with, and also, &amp", "or": "or", "comma": ",, ;"},
    "x": {"x": "x, matrix, cross, crossed with, cross tab, crosstab, grid, pivot"},
    "null": {"department": "untagged, unattributed, unallocated, unowned, no owner, without owner, without an owner, "
             "not attributed, unassigned spend, without a department, without a team, no department, no team, "
             "not tagged, without any owner, nobody owns, unassigned cost, has no owner, not allocated, unassigned costs",
             "project": "without a project, no project, without project, not tied to a project",
             "model": "without a model, no model", "cost_center": "without a cost center, without a cost centre, "
             "no cost center, no cost centre"},
    "seat": {"seat": "seat, seats, licence, license, licences, licenses, lic, licenced, user licences, user licenses, "
             "user seats, licence seats"},
    "have": {"have": "do we have, do we own, did we buy, have we bought, we have, we own, do we pay for, we pay for, "
                     "bought, "
             "purchase, have we purchased, did we purchase, are we paying for, own, owns, have we got, we bought, "
             "we are paying for, are under contract, buy"},
    "assigned": {"assigned": "are assigned, given out, in use, are given out, handed out, taken, occupied, hold, holds, "
                 "has a, have a, with a, held, holding, has access to, have access to, with access to, having access to"},
    "left": {"left": "left, remaining, remains, remain, leftover, left over, available, still have, unspent, still left, "
             "is left, are left, to go, do we still have, still available, not spent, not yet spent, spare, free, vacant, "
                     "to spare, not assigned, unassigned"},
    "used": {"used": "used, consumed, used up, already used, gone, exhausted, spent of, utilised so far"},
    "overbudget": {"gt": "over budget, over their budget, over its budget, above budget, exceeded budget, exceeding budget, "
                   "exceed budget, exceeded their budget, exceeding their budget, blew their budget, blown their budget, "
                   "over our budget, overspent, overspending, overspend, overran, past their budget, above their budget, "
                   "exceeded its budget, exceed their budget, exceeded our budget, beyond budget, over the budget, "
                   "overbudget, "
                   "burst their budget, out of budget, exceeded the budget, broke their budget, bust their budget",
                   "lt": "under budget, under their budget, within budget, below budget, below their budget, within their "
                   "budget, underspent, underspending, on budget, within the budget, under the budget, inside budget"},
    "actual": {"actual": "actual, actuals, actual spend, actual cost, actual spending"},
    "notused": {"notused": "hasnt used, havent used, has not used, have not used, didnt use, did not use, not used, "
                           "not using, "
                "isnt using, arent using, never used, never uses, doesnt use, dont use, not logged into, hasnt touched, "
                "havent touched, not touched, hasnt opened, no longer uses, stopped using, not been used, havent been used, "
                "hasnt been used, nobody uses, no one uses, nobody is using, no one is using, not active on, "
                "isnt active on, "
                "hasnt logged into, havent logged into, without using, barely use, not in use, goes unused, go unused, "
                "sit idle, "
                "sitting idle, lying idle, sits idle, arent used, arent being used, are not used, is not used, isnt used, "
                "are not being used, going unused, arent in use, nobody used, no one used, never touched, "
                "never logged into, "
                "has never used, have never used, not being used, does not use, do not use, "
                           "are not using, is not using, no activity, without activity, without any activity, "
                           "no usage, "
                           "not opened, havent opened, never opened"},
    "using": {"using": "popular, uses, use, using, used by, are using, is using, used, make use of, actively use, "
                       "actively using, active on, "
              "active in, working with, works with, work with, worked with"},
    "usage": {"usage": "usage, use of, consumption, usage of, activity, utilize"},
    "savings": {"savings": "savings, saved, saving, save, saves"},
    "discountword": {"discount": "discounts, discount, negotiated, negotiation, commitments, committed"},
    "reclaimword": {"reclaim": "reclaimed, reclaiming, reclaim, released, releasing, recovered, taking back, took back, "
                    "reharvesting, harvested, harvesting, reclamation, reclaims"},
    "adoption": {"adoption": "adoption, adoption rate, adopted, adoption like"},
    "requestword": {"request": "requests, request", "approved": "approved", "denied": "denied, rejected, declined",
                    "pending": "pending, open, outstanding, waiting, unanswered, undecided",
                    "filed": "filed, submitted, raised, lodged, received, put in, handed in"},
    "auto": {"auto_renew": "auto renew, auto renews, auto renewing, auto renewal, auto renewals, automatically renew, "
             "renew automatically, automatically renews, renews automatically"},
    "noticeword": {"notice": "notice, notice deadline, notice deadlines, notice date, notice dates, notice period, "
                             "notice periods, give notice, give notice by, cancellation deadline, cancellation deadlines, "
                             "cancellation notice, deadline to cancel, deadlines to cancel, notice due, last day to cancel"},
    "ends": {"ends": "finish, finishes, finishing, "
             "run out, runs out, running out, come to an end, comes to an end, end, ends, ending"},
    "ended": {"ended": "expired, lapsed, ended, have ended, has ended, already ended, have already ended, have expired, "
                       "has expired, ran out, already expired, have lapsed"},
    "contract": {"contract": "contract, contracts, agreement, agreements, contract value, contract values, "
                             "subscription value"},
    "noun": {"department": "team, teams, department, dept, folks, people, group, org, organisation, organization, guys, "
                           "crew, "
             "staff, employees, side, colleagues, squad, departments, function, unit, area, division, lot, gang, workers",
             },
    "payment": {"card": "corporate card, corporate cards, company card, company cards, credit card, credit cards, card, "
                        "cards, "
                "on card, by card, purchasing card, p card, virtual card", "invoice": "on invoice, by invoice, via invoice",
                "marketplace": "marketplace, cloud marketplace, aws marketplace, on marketplace",
                "expense": "expense reports, expense claims, expensed, expense report, reimbursed, reimbursements, "
                           "on expenses"},
    "billing": {"per_token": "api, apis, api usage, pay as you go, token based, usage based, metered, per token tools, "
                             "consumption based",
                "per_seat": "seat based, seat licences, per seat tools, per seat licences, per seat subscriptions, "
                            "seat licenses, seat subscriptions",
                "embedded": "embedded", "credits": "credit based, on credits", "flat": "flat rate, flat fee"},
    "statusword": {"approved": "approved, sanctioned, allowed, officially approved, permitted, greenlit",
                   "blocked": "blocked, "
                   "banned, forbidden, prohibited", "restricted": "restricted", "under_review": "under review, "
                   "in review, being reviewed",
                   "discovered": "discovered, unreviewed", "unapproved": "unapproved, not approved, unsanctioned, "
                   "unofficial, non approved"},
    "percentgrowth": {"pct": "percentage change, percent change, % change, growth rate, pct change, percentage growth, "
                      "in percent, in percentage terms, relative change, % growth, percent growth, percentage wise"},
    "money": {"USD": "$, usd, dollars, dollar, bucks, us dollars", "EUR": "€, eur, euro, euros",
              "GBP": "£, gbp, pounds, pound",
              "SEK": "sek, kronor", "CHF": "chf, francs"},
    "follow": {
        "and": "what about, how about, and what about, and how about, and for, and in, same for, same thing for, what of, "
        "how does it look for, and the, and then, and now, and on, the same for, same question for, ditto for, "
        "and what of, repeat for, do the same for, and with, same again for, now for, okay and, ok and, and just",
        "same": "same but, same, the same, the same but, same thing, same thing but, same question, again, same again, "
        "same question but, repeat that, that again, once more, do it again, same report, same one, as before",
        "instead": "instead, rather, no i meant, i meant, no, actually, sorry, i mean, not that, make it, make that, "
                   "change it to, "
        "switch to, change that to, meant, no i mean, rather than that, wrong, correction, oops, change to, "
        "sorry i meant, use",
        "show": "now show it, show it, show that, now show, show this, now, show them, and now, break it down, "
                "break that down, "
        "split it, split that, break this down, break it out, drill down, drill into that, as a, display it, make it a, "
        "split them, "
        "group it, group that, sort it, slice it, now split it, now break it down, breakdown, can you break it down, "
        "put it, plot it, "
        "plot that, chart it, order it, and break it down, and split it",
        "they": "who are they, who are those, who is it, name them, who are these, who are these people, "
                "who are those people, who are the people, and who are these people, and who are those people, "
                "and who are these, and who are those, who are these users, who are those users, "
                "list them, "
        "who exactly, and who are they, give me names, give me the names, show names, by name, with names, "
        "with their names, who is that, names please",
        "one": "one, ones",
    },
}  # fmt: skip
