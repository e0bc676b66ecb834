"""Things to do rather than questions: recognised and offered as a command, never done from a text."""

import re

from workflows.asking.parsed import Action

_VERBS = {
    "export": r"(export|download|csv|save (that|this|it) as|send (me )?(a|the) (csv|file|spreadsheet)|excel|xlsx|"
              r"make (me )?a (csv|spreadsheet))\b",
    "remind": r"(remind me|set a reminder|ping me|alert me|notify me|warn me|let me know (when|if|every))\b",
    "subscribe": r"(subscribe|schedule (this|that|a|it)|send (me |us )?(this|that|it|a report|the report|a summary|"
                 r"a digest)? ?(every|each|daily|weekly|monthly)|"
                 r"post (this|that|it) (every|each|daily|weekly|monthly|in|to|into))\b",
    "nudge": r"(nudge|chase|remind (all|the|everyone|idle)|message (all|the|everyone|idle))\b",
    "cancel": r"(cancel|terminate|get rid of|kill|shut down|shut off|offboard|unsubscribe from|stop paying for|end the|"
              r"stop (the|our|my|this|that|using|paying)\b|"
              r"delete|remove(?! .{0,20}\b(filters?|columns?|breakdown|grouping|split)\b)|revoke|deactivate|"
              r"disable|block|give notice (to|on)(?!.*\bby when))\b",
    "approve": r"(approve|deny|reject|sign off|decline)\b",
    "request": r"((i'?d|i would|i|we'?d|we would|we) (like|want|need) to (request|order|get|apply for|ask for|"
               r"have access|try) |"
               r"(can|may|could) (i|we) (request|order|apply for|get|have|use|try) "
               r"(?!out\b|rid\b|around\b|by\b)"
               r"(?!.*\b(spend|costs?|report|breakdown|overview|list|numbers?|summary)\b)|(ask|apply) for (access|a|an)\b|"
               r"(i|we)('d| would) like (an? |another )(?!.*\b(list|overview|summary|report|breakdown)\b).{0,40}"
               r"(seat|licen[cs]e|access|account)s?\b|"
               r"(i|we) (need|want|would like|'?d like) (access|a seat|a licen[cs]e|to use|a copy)|request (access|a|an|"
               r"for|one|another|it|this|that|some|more|the|my|\d+|two|three|five|ten)|"
               r"get me (an? |another |access)(?!(list|overview|summary|report|breakdown|number|total))"
               r".{0,40}(seat|licen[cs]e|access|account|login)s?\b|get me (access|a seat|a licen[cs]e)|"
               r"give me (access|a seat|a licen[cs]e)|order|buy|purchase|add (a|\d+) (seat|"
               r"licen[cs]e)s?|we need (a|\d+) )\b",
    "release": r"(release|give up|give back|return (?!on )|hand back|reclaim|take back)\b",
}  # fmt: skip
_PREFIX = (
    r"^(?:please |pls |can you |could you |would you |kindly |go ahead and |now |and |just |bursar,? |"
    r"i want you to |let'?s |ok |okay )*"
)
_ACTIONS = {command: re.compile(_PREFIX + pattern) for command, pattern in _VERBS.items()}
_STATUS = re.compile(r"\b(where('?s| is| are) my .{0,40}requests?|status of (my|the) .{0,40}request|who (approves|"
                     r"has to approve|must approve|needs to approve|"
                     r"is approving|approves?) (it|this|that|my)|"
                     r"(is|has|was|did|have|when) .{0,12}\bmy .{0,40}(requests?|seat|licen[cs]e|access) .{0,24}(approved|"
                     r"done|through|granted|denied|rejected|decided|arrive|ready)|"
                     r"^(show |list )?(me )?my (access )?requests?[ ?.!]*$|"
                     r"(wait\w*|await\w*|there) .{0,12}\b(for )?me to (approve|decide|sign)|"
                     r"is my .{0,40}request (approved|done|through)|"
                     r"(what|which).{0,12}(waiting on|waiting for|await\w*|pending with|on) me\b|"
                     r"(waiting (for|on)|await\w*|needs?|pending) my (approval|decision|ok|sign[- ]?off|answer)|"
                     r"(do|should) i (need to |have to )?approve|my (open|"
                     r"pending) requests?|"
                     r"how is my .{0,40}request|did my .{0,40}request)")  # fmt: skip
_NO_LIST = r"(?!.{0,30}\b(list|overview|summary|breakdown|report|counts?|numbers?|charts?|tables?|totals?|trend|share)\b)"
_WISH = re.compile(
    _PREFIX
    + r"((i|we|he|she|they|\w+) (want|wants|need|needs|would like|'?d like|could use|must have|deserves?) "
    + _NO_LIST
    + r"(an?|another|my|one|two|three|\d+|more)\b.{0,40}\b(seat|licen[cs]e|account|login|access)s?\b|"
    r"(give|assign|grant|hand|provision|allocate|transfer|reassign|move|issue|get|offer) "
    + _NO_LIST
    + r"(.{1,40} )?(an?|another|one|two|three|\d+|the|his|her|their|my)\b.{0,40}\b(seat|licen[cs]e|account|login)s? ?"
    r"(for|to|please|now|asap|today|[.!]|$)|"
    r"let .{1,40} (have|use|get|try)\b|(give|grant) .{1,30}\baccess\b|(onboard|set up|provision) )"
)
_TAKE = re.compile(
    _PREFIX + r"((take|remove|pull|withdraw|free up|strip) .{1,50}\b(seat|licen[cs]e|access|account)s?\b|offboard )"
)
_CHANGE = re.compile(
    _PREFIX + r"((renew|extend|prolong|renegotiate|forward|invite|call|onboard|merge|rename) "
    r"(the|our|my|his|her|their|this|that|all|it|them)\b|"
    r"(raise|increase|decrease|lower|reduce|cut|set|change|update|edit|create|adjust|top up|move|shift|approve) "
    r"(?!in\b|of\b|by\b|from\b|over\b).{0,40}"
    r"\b(budgets?|contracts?|owners?|polic(y|ies)|limits?|roles?|approvers?|plans?|quotas?)\b(?!.*\?))"
)
_INDIRECT = re.compile(r"\b(so approve it|approve (it|my request|this request|them all)( now)?$)")

_CADENCE = (
    r"((every|each) (other )?(day|morning|evening|week|month|quarter|(mon|tues|wednes|thurs|fri|satur|sun)day)s?|"
    r"on (mon|tues|wednes|thurs|fri|satur|sun)days|daily|weekly|monthly|quarterly|regularly|"
    r"(the )?first (day )?of (every|each|the) (week|month|quarter))"
)
_DAY = r"(mon|tues|wednes|thurs|fri|satur|sun)day"
_WEEKDAY = rf"((every|each) (other )?(morning|evening|{_DAY})|on {_DAY}s)"
_SUBSCRIBE = re.compile(
    rf"\b(send|post|e?mail|mail|remind|ping|message|deliver|dm|notify)\b.*\b{_CADENCE}\b|"
    rf"\b(show|give|tell|report|share)\b.*\b{_WEEKDAY}\b|"
    rf"^(and |please |ok |yes |now )*{_WEEKDAY}( please| pls| then| at \d+.*)*[ .!]*$"
)
_EXPORT = re.compile(
    r"\b((as|in|into|to) (an? )?(csv|excel|xlsx|spreadsheet|google sheet)|"
    r"(csv|xlsx|spreadsheet)( (file|export|please|pls|of .*))?[ .!?]*$|"
    r"(send|give|get|make|export|download|need|want) .{0,40}\b(csv|xlsx|spreadsheet|excel (file|sheet)))\b"
)


def action(plain: str) -> Action | None:
    """What a folded text wants done, or None."""
    if _SUBSCRIBE.search(plain) and not plain.startswith(("which ", "who ", "what ", "how many ", "how much ")):
        return _offered("subscribe")
    if _EXPORT.search(plain):
        return _offered("export")
    if _STATUS.search(plain):
        return Action("status", "Say “status” to see where your requests stand.")
    if _INDIRECT.search(plain):
        return Action(
            "approve", "Requests are approved by their approvers with the buttons on the request, not from a question."
        )
    if _WISH.match(plain) and not plain.endswith("?"):
        return _offered("request")
    if _TAKE.match(plain):
        return _offered("release")
    if _CHANGE.match(plain):
        return _offered("change")
    for command, pattern in _ACTIONS.items():
        if pattern.search(plain):
            return _offered(command)
    return None


def _offered(command: str) -> Action:
    return Action(command, f"That is something to do ({command}), not a question. Nothing has been done.")
