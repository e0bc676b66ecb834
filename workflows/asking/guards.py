"""What is recognised before a question is read: help, small talk, actions, other languages, and what Bursar cannot know.

Patterns run over the cleaned, folded text. An action is only ever offered, never done; injection is text like any other.
"""

import re
from dataclasses import dataclass

from workflows.asking.normalise import fold
from workflows.asking.parsed import Action, Clarify, Help, Parsed, SmallTalk, Unsupported

_HELP = re.compile(
    r"(help|help me|\?+|what can (you|i) (do|ask|see)( here| for me| you)*|how does (this|it) work|how do i use (this|"
    r"you|bursar)|"
    r"commands|usage help|menu|what do you do|who are you|what are you|examples?|get started|start)[ ?!.]*"
)
_SMALL = re.compile(
    r"((hi|hello|hey|yo|thanks|thank you|thx|ty|cheers|great|nice|cool|ok|okay|perfect|awesome|good (morning|afternoon|"
    r"evening|job)|"
    r"bye|goodbye|got it|well done|lol|never ?mind|that'?s all|merci|danke|much appreciated|please|there|bursar|so much|"
    r"a lot|"
    r"very much|again|team|everyone|all)[ ,!.?:)]*)+"
)


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
                     r"access token|"
           r"private key|secrets? (of|for|is)|bot token|auth token|your instructions)\b",
           "I do not give out secrets or how I am set up.", "Ask me about AI spend, seats, budgets or renewals."),
    _topic("out_of_scope", r"(\bimport os\b|os\.system|\bsubprocess\b|<script|\brm -rf\b|\beval\(|\b(sudo|curl|wget) |"
                           r"^run:|\bexecute (this|the) (code|command))",
           "I do not run code.", "Ask me about AI spend, seats, budgets or renewals."),
    _topic("out_of_scope", r"\b(salary|salaries|payroll|compensation)\b", "Salaries are not in my data.",
           "I know what people's AI tools cost."),
    _topic("not_in_data", r"\b(competitors?|other companies|industry (average|benchmark)|our peers|peer companies|"
                          r"benchmark)\b",
           "I only know this company's own AI tools and costs.", "Ask for your own spend."),
    _topic("not_in_data", r"\b(lines? of code|pull requests?|commits?|bugs? fixed|code (written|quality)|prs? merged)\b",
           "Code output is not in the data.", "I can give active users, requests and spend of a tool."),
    _topic("not_in_data", r"\b(carbon|co2|emissions?|energy (use|usage|consumption)|footprint|electricity|water use)\b",
           "Energy and emissions are not in the data.", "I can give tokens and requests."),
    _topic("out_of_scope", r"\b(stock price|share price|market cap|weather|football|world cup|capital of|who won|recipe)\b",
           "That is not about this company's AI tools.", "Ask me about AI spend, seats, budgets or renewals."),
    _topic("out_of_scope", r"\b(poem|joke|song|story|essay|haiku|write me|write a|draft an? (email|mail)|translate)\b",
           "I answer questions about AI tools, seats and spend, nothing else.", "Ask me what was spent, "
           "on what and by whom."),
    _topic("out_of_scope", r"\b(fire|lay off|layoffs?|dismiss|sack) (the|our|my|someone|people|anyone|any|half|him|her|"
                           r"them|employees|staff)",
           "That is not a question I can answer.", "I can give a department's spend and seat utilisation."),
    _topic("people_judgement", r"\b(most|least|more|less) productive\b|\bproductivity\b|\b(lazy|laziest|best|worst|"
                               r"top) (employees?|performers?|"
           r"workers?|people|engineers?|developers?)\b(?! by)|\bperform(s|ing)? (best|worst)\b",
           "I do not judge people, and productivity is not in the data.", "I can give active users and utilisation by "
           "department."),
    _topic("not_in_data", r"\b(hours|time|minutes|days) (saved|won|gained)\b|\bsave[ds]? .{0,20}\b(hours|time)\b|"
                          r"\b(satisfaction|nps|survey|happy|likes? it)\b",
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
    _topic("forecast", r"\b(forecast\w*|predict\w*|projection|projected|project (our|the|my) (spend|cost)|outlook|"
                       r"landing|estimate for (next|the rest)|"
           r"expected (spend|cost)|will (we|it|they|our|my|the|\w+) (\w+ )?(spend|cost|pay|be|run|land|exceed|need|use|"
           r"burn|hit|reach)|"
           r"going to (spend|cost|pay|exceed|run)|on track|when will|run out of|run out|year[- ]end estimate|"
           r"gpt-?\d+ cost|likely to|"
           r"at this (pace|rate).{0,30}(end|year end|december)|expect to (spend|pay))\b",
           "Forecasts are not there yet.", "I can give the run rate (the last complete month × 12), "
                                           "the budget and what is left of it."),
    _topic("roi", r"\b(roi|return on investment|worth (it|the money|paying|its)|payback|pay for itself|value (delivered|"
                  r"created|generated|for money)|business value|"
           r"cost per (outcome|ticket|support ticket|resolved|case|lead|document|pull request|deal|resolution|"
           r"conversation|issue)\w*|benefits? of)\b",
           "Return and outcomes are not computed yet.", "I can give spend, utilisation and active users."),
    _topic("shadow_ai", r"\b(shadow (ai|it|tools?|apps?|usage|spend)|rogue (ai|tools?|apps?)|unsanctioned|oauth (apps?|"
                        r"grants?)|without (it|security) knowing)\b",
           "Looking for shadow AI is not there yet.", "`bursar tools --state discovered` lists what has been seen and "
                                                      "awaits triage."),
    _topic("not_in_data", r"\b(tax|vat|taxes|gst)\b", "Spend is kept without tax.", "Billed cost has the tax in it: ask "
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
                          r"cycle time|approver|"
           r"(denied|rejected|approved|requests?).{0,30}(by reason|total value|and their)|(who|whom) (approved|denied|"
           r"rejected|signed off))\b",
           "How requests were decided is not in the numbers yet.", "`bursar requests` lists requests with their steps; "
           "I can count pending ones."),
)  # fmt: skip

_VERBS = {
    "export": r"(export|download|csv|save (that|this|it) as|send (me )?(a|the) (csv|file|spreadsheet)|excel|xlsx|"
              r"make (me )?a (csv|spreadsheet))\b",
    "remind": r"(remind me|set a reminder|ping me|alert me|notify me|warn me|let me know (when|if|every))\b",
    "subscribe": r"(subscribe|schedule (this|that|a|it)|send (me |us )?(this|that|it|a report|the report|a summary|"
                 r"a digest)? ?(every|each|daily|weekly|monthly)|"
                 r"post (this|that|it) (every|each|daily|weekly|monthly|in|to|into))\b",
    "nudge": r"(nudge|chase|remind (all|the|everyone|idle)|message (all|the|everyone|idle))\b",
    "cancel": r"(cancel|terminate|get rid of|kill|shut down|shut off|offboard|unsubscribe from|stop paying for|end the|"
              r"delete|remove|revoke|deactivate|"
              r"disable|block)\b",
    "approve": r"(approve|deny|reject|sign off|decline)\b",
    "request": r"(i (need|want|would like|'?d like) (access|a seat|a licen[cs]e|to use|a copy)|request (access|a|an|"
               r"for)|get me (access|a seat|a licen[cs]e)|"
               r"can i (have|get|use)|give me (access|a seat|a licen[cs]e)|order|buy|purchase|add (a|\d+) (seat|"
               r"licen[cs]e)s?|we need (a|\d+) )\b",
    "release": r"(release|give up|give back|return|hand back|reclaim|take back)\b",
}  # fmt: skip
_PREFIX = (
    r"^(?:please |pls |can you |could you |would you |kindly |go ahead and |now |and |just |bursar,? |"
    r"i want you to |let'?s |ok |okay )*"
)
_ACTIONS = {command: re.compile(_PREFIX + pattern) for command, pattern in _VERBS.items()}
_STATUS = re.compile(r"\b(where('?s| is| are) my .{0,40}requests?|status of (my|the) .{0,40}request|who (approves|"
                     r"has to approve|must approve|needs to approve|"
                     r"is approving|approves?) (it|this|that|my)|is my .{0,40}request (approved|done|through)|"
                     r"(what|which).{0,12}(waiting on|waiting for|await\w*|pending with|on) me\b|my (open|"
                     r"pending) requests?|"
                     r"how is my .{0,40}request|did my .{0,40}request)")  # fmt: skip
_INDIRECT = re.compile(r"\b(so approve it|approve (it|my request|this request|them all)( now)?$|grant me admin)")

_FOREIGN = frozenset(
    word
    for line in (
        "wie viel haben wir fur ausgegeben kosten letzten letzte monat monats jahr quartal ausgaben welche abteilung",
        "zeige cuanto gastamos gasto gastado mes pasado por departamento cuales nosotros en octubre el ano combien",
        "avons nous depense depenses depensons le mois dernier par equipe quel quelle cout couts hur mycket har vi",
        "spenderat kostade forra manaden avdelning quanto abbiamo speso mese scorso spesa per reparto hoeveel hebben",
        "we uitgegeven vorige maand uitgaven quanto gastamos passado ultimo ile",
    )
    for word in line.split()
)
_ENGLISH = frozenset(
    [
        "the",
        "did",
        "we",
        "how",
        "much",
        "what",
        "spend",
        "spent",
        "cost",
        "on",
        "last",
        "month",
        "by",
        "for",
        "our",
        "is",
        "are",
        "per",
        "and",
        "of",
        "in",
        "year",
    ]
)


def guard(text: str, without_names: str | None = None) -> Parsed | None:
    """What the text is when it is not a question over the data; None when it has to be read.

    Topics are looked for in `without_names`: a model called Haiku is no poem.
    """
    plain = fold(text).replace("’", "'").strip()
    if not plain or not any(c.isalnum() or c == "?" for c in plain) or _HELP.fullmatch(plain):
        return Help()
    if _SMALL.fullmatch(plain):
        return SmallTalk("You're welcome." if re.search(r"than|thx|cheers|appreciated", plain) else "Hello.")
    topical = fold(without_names if without_names is not None else text).replace("’", "'")
    if foreign := _foreign(plain):
        return foreign
    if action := _action(plain):
        return action
    return next((Unsupported(t.reason, t.text, t.offer) for t in TOPICS if t.pattern.search(topical)), None)


def _action(plain: str) -> Parsed | None:
    if _STATUS.search(plain):
        return Action("status", "Say “status” to see where your requests stand.")
    if _INDIRECT.search(plain):
        return Action(
            "approve", "Requests are approved by their approvers with the buttons on the request, not from a question."
        )
    for command, pattern in _ACTIONS.items():
        if pattern.search(plain):
            return Action(command, f"That is something to do ({command}), not a question. Nothing has been done.")
    return None


def _foreign(plain: str) -> Clarify | None:
    words = re.findall(r"[^\W\d_]+", plain)
    other = sum(word in _FOREIGN for word in words)
    english = sum(word in _ENGLISH for word in words)
    letters = [c for c in plain if c.isalpha()]
    if letters and sum(ord(c) > 0x24F for c in letters) * 2 > len(letters):
        other, english = 9, 0
    if other >= 2 and other > english + 1:
        return Clarify("modifier", "I only read English so far. Could you ask in English?", words=tuple(words[:4]))
    return None
