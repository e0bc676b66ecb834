"""What is asked about Bursar's world and is not in it: forecasts, return, outcomes, secrets, what-if cases. Each says what
is missing and offers the nearest that is there."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that is asked about Bursar's world and is not in it. `offer` is the nearest that is."""

    reason: str
    pattern: re.Pattern[str]
    text: str
    offer: str = ""


def _topic(reason: str, pattern: str, text: str, offer: str = "") -> Topic:
    return Topic(reason, re.compile(pattern), text, offer)


TOPICS = (
    _topic("secret", r"\b(signing secret|api[- ]?keys?|password|passwords|system prompt|your prompt|credentials?|"
                     r"access token|api[- ]?token(?!s)|your (api[- ]?|bot |slack |own )?(tokens?|keys?|secrets?)|"
           r"private key|secrets? (of|for|is)|bot token|auth token|your instructions)\b",
           "I do not give out secrets or how I am set up.", "Ask me about AI spend, seats, budgets or renewals."),
    _topic("out_of_scope", r"(\bimport os\b|os\.system|\bsubprocess\b|<script|\brm -rf\b|\beval\(|\b(sudo|curl|wget) |"
                           r"^run:|\bexecute (this|the) (code|command))",
           "I do not run code.", "Ask me about AI spend, seats, budgets or renewals."),
    _topic("out_of_scope", r"\b(salary|salaries|payroll|compensation)\b", "Salaries are not in my data.",
           "I know what people's AI tools cost."),
    _topic("not_in_data", r"\b(competitors?|(other|similar|comparable) ([a-z]+ )?(companies|firms|businesses)|"
                          r"industry (average|benchmark)|(the|an) average (company|business|firm)|our peers|peer companies|"
                          r"benchmark)\b",
           "I only know this company's own AI tools and costs.", "Ask for your own spend."),
    _topic("not_in_data", r"\b(lines? of code|pull requests?|commits?|bugs? fixed|(unit )?tests? (written|generated)|"
                          r"how many (tests|functions|bugs|documents|emails|images|videos) .{0,40}"
                          r"(write|wrote|generated?|made?)|"
                          r"code (written|quality)|prs? merged)\b",
           "Code output is not in the data.", "I can give active users, requests and spend of a tool."),
    _topic("not_in_data", r"\b(carbon|co2|emissions?|energy (use|usage|consumption)|footprint|electricity|water use)\b",
           "Energy and emissions are not in the data.", "I can give tokens and requests."),
    _topic("out_of_scope", r"\b(stock price|share price|market cap|weather|football|world cup|capital of|who won|recipe|"
                           r"who (is|was) the (ceo|cto|cfo|founder))\b",
           "That is not about this company's AI tools.", "Ask me about AI spend, seats, budgets or renewals."),
    _topic("out_of_scope", r"\b(poem|joke|haiku|(tell|write|sing|compose|make) .{0,20}(song|story|essay)|"
                            r"write me|write a|draft an? (email|mail)|translate)\b",
           "I answer questions about AI tools, seats and spend, nothing else.", "Ask me what was spent, "
           "on what and by whom."),
    _topic("out_of_scope", r"\b(fire|lay off|layoffs?|dismiss|sack) (the|our|my|someone|people|anyone|any|half|him|her|"
                           r"them|employees|staff)",
           "That is not a question I can answer.", "I can give a department's spend and seat utilisation."),
    _topic("people_judgement", r"\b(most|least|more|less) productive\b|\bproductivity\b|\b(lazy|laziest|best|worst|"
                               r"top) ((ai|heavy|power) )?(employees?|performers?|"
           r"workers?|people|engineers?|developers?)\b(?! by)|\b(lazy|laziest) |\bperform(s|ing)? (best|worst)\b",
           "I do not judge people, and productivity is not in the data.", "I can give active users and utilisation by "
           "department."),
    _topic("not_in_data", r"\b(hours|time|minutes|days) (saved|won|gained)\b|"
                          r"\b(hours|minutes|time) .{0,30}\bsaved?\b|\bsave[ds]? .{0,20}\b(hours|time)\b|"
                          r"\b(satisfaction|nps|survey|happy|(?<!'d )(?<!would )likes? it)\b",
           "No survey or time data are recorded.", "I can give active users, utilisation and spend."),
    _topic("what_if", r"\b(what if|if we (cut|drop|move|moved|switch|switched|cancel|cancelled|add|added|buy|bought|"
                      r"replace|replaced|hire|hired|downgrade)|"
           r"(would|could) we save|would it (cost|save)|would (we|it) (pay|cost|spend)|how much (would|could)|"
           r"moving .{1,60} to|"
           r"switch(ing)? .{1,60} to |could we (drop|cut|save|reduce)|how many .{0,30}\b(could|can|should) we (drop|cut|"
           r"cancel|remove)|"
           r"can .{1,40} afford|if (the )?prices?|if everyone|suppose|hypothetical\w*|simulate|scenario)\b",
           "I do not compute what-if cases.", "I can put today's numbers side by side: spend, "
                                              "tokens and cost per million tokens, or seats and utilisation."),
    _topic("chargeback", r"^(please |can you |could you )?(bill|charge|invoice) "
                         r"(each|every|them|all|the (?!last|past|previous|month|week|year|quarter|first|next))\b|"
                         r"\b(charge ?backs?|show ?backs?|cross[- ]?charg\w+|recharg\w+|internal invoices?|bill back)\b",
           "Charging costs back to departments is not there yet.",
           "I can give the spend of every department, division and cost centre."),
    _topic("not_in_data", r"\b(new(ly)?|recently) ((added|bought|discovered|adopted|introduced) )?(ai )?"
                          r"(tools?|apps?|vendors?|"
                          r"suppliers?|software)\b|"
                          r"\b(tools?|apps?|vendors?) .{0,20}(discovered|introduced|onboarded|adopted|added|"
                          r"first (seen|found|spotted|used)) (since|in|this|last)\b",
           "When a tool was first seen is not in the numbers.",
           "I can list the tools in use, and compare the spend by tool of two periods."),
    _topic("not_in_data", r"\b(no|without an?|without any|lack(s|ing)?( an?)?|missing an?) budgets?\b",
           "I only have the budgets that are recorded, not a list of what has none.",
           "Ask for the budget by department, cost centre or division: what is not in it has none."),
    _topic("owner", r"\b(who (owns|is the owner of|"
                    r"(is responsible for|is in charge of)(?!.*\b(increase|rise|growth|spend|cost|costs|jump)\b)|"
                    r"manages|looks after|administers)|"
                    r"(owner|admin|contact|champion) (of|for) (the )?\w+|whose (tool|contract|responsibility) is|"
                    r"who is .{1,40}('s)? (owner|contact|admin))\b",
           "Who owns a tool or a contract is not a figure that I answer questions about.",
           "The tools' owners are in “tools” (`bursar tools`), the contracts' in the contract import; I can give a "
           "contract's end, its seats and its spend."),
    _topic("forecast", r"\b(do you expect|forecast\w*|predict\w*|projection|projected|"
           r"project (our|the|my) (spend|cost)|outlook|"
                       r"landing|estimate for (next|the rest)|"
           r"expected (spend|cost|bill|invoice|spending|costs)|"
           r"will (we|it|they|our|my|the|\w+) (\w+ )?(spend|cost|pay|be|run|land|exceed|need|use|stay|"
           r"remain|keep|go|end up|overspend|overrun|increase|grow|rise|drop|fall|come|have spent|have cost|have paid|"
           r"burn|hit|reach)|"
           r"going to (spend|cost|pay|exceed|run)|"
                       r"^(and |so |but )?((what|how much|how many|which|who|by how much) )?will "
                       r"(we|it|they|our|my|the|this|that|there) "
                       r"(?!.*\b(contracts?|agreements?|renew\w*|expir\w*|licen[cs]es?|subscriptions?|notice|end)\b)|"
                       r"on (track|course|target)|when will(?!.*\b(contract|agreement|renew|expire|licen[cs]e|"
           r"subscription))|run out of|"
           r"(?<!contracts )(?<!contract )(?<!agreements )(?<!licences )run out|year[- ]end estimate|"
           r"gpt-?\d+ cost|likely to|"
           r"at this (pace|rate).{0,30}(end|year end|december)|expect to (spend|pay))\b",
           "Forecasts are not there yet.", "I can give the run rate (the last complete month × 12), "
                                           "the budget and what is left of it."),
    _topic("roi", r"\b(roi|return on .{0,30}investments?|worth (it|the money|its|\w+ing)|payback|pay for itself|"
                  r"value (delivered|"
                  r"created|generated|for money)|business value|"
           r"cost per (outcome|ticket|support ticket|resolved|case|lead|document|pull request|deal|resolution|"
           r"conversation|issue)\w*|benefits? of)\b",
           "Return and outcomes are not computed yet.", "I can give spend, utilisation and active users."),
    _topic("shadow_ai", r"\b(shadow (ai|it|tools?|apps?|usage|spend)|rogue (ai|tools?|apps?)|unsanctioned|oauth (apps?|"
                        r"grants?)|without (it|security) knowing)\b",
           "Looking for shadow AI is not there yet.", "`bursar tools --state discovered` lists what has been seen and "
                                                      "awaits triage."),
    _topic("not_in_data", r"(?<!without )(?<!w/o )(?<!excluding )(?<!excl )(?<!net of )(?<!before )(?<!ex )"
                          r"\b(tax|vat|taxes|gst)\b", "Spend is kept without tax.", "Billed cost has the tax in it: ask "
        "what was billed."),
    _topic("not_in_data", r"\b(dpa|data processing agreement|gdpr|soc ?2|iso ?27001|certifi\w+|data residency|"
                          r"subprocessors?|customer data|data class\w*)\b",
           "Data protection facts are not part of spend.", "`bursar tools` shows what is recorded about a tool."),
    _topic("not_in_data", r"\b(latency|uptime|downtime|outages?|error rate|accuracy|hallucinat\w+|quality of|"
                          r"response times?|speed)\b",
           "Technical quality is not in the data.", "I can give requests, tokens and cost per request."),
    _topic("not_in_data", r"\b(regions?|countr(y|ies)|offices?|locations?|cities|city|geograph\w+)\b",
           "Spend is not recorded by place.", "I can group by department, division, cost centre, tool, vendor, "
                                              "model or project."),
    _topic("not_in_data", r"\b(commitments?|committed spend|credits? (left|remaining|balance)|prepaid balance|"
                          r"drawdown)\b(?! savings)",
           "What is left of a commitment or of credits is not recorded.", "I can give contracts up for renewal and "
           "spend by vendor."),
    _topic("not_in_data", r"\b(approval (time|cycle|duration)|time to approv\w+|auto[- ]?approved|approv\w+ by approver|"
                          r"cycle time|approver|how long (do|does|did|will|to) .{0,30}(approv\w+|requests?)|"
           r"requests? ((that|which) )?((were|was|got|have been) )?"
           r"(approved|denied|rejected|declined) |"
           r"(denied|rejected|approved|requests?).{0,30}(by reason|total value|and their)|(who|whom) (approved|denied|"
           r"rejected|signed off))\b",
           "How requests were decided is not in the numbers yet.", "`bursar requests` lists requests with their steps; "
           "I can count pending ones."),
)  # fmt: skip
