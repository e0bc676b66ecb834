"""What an average is over: the days, weeks or months of a period, the people, the days of a count."""

from workflows.asking.draft import Draft, Sentence, direction, use

_PER = frozenset(["per", "a", "each", "every", "daily", "weekly", "monthly"])


def averages(s: Sentence, draft: Draft) -> None:
    """average spend per day in October, average spend per person, average number of seats in Q3. Other averages stay
    unread, to be asked about."""
    word = s.first("avg")
    if word is None or not draft.metrics:
        return
    if draft.aggregate == "per_person_avg" or _per_unit(s, draft) or _per_person(s, draft) or _mean_of_days(s, draft):
        use(word)


def _per_unit(s: Sentence, draft: Draft) -> bool:
    """The unit stands with the period: "per day in October" is one span."""
    spans = [item for item in s.seq if item.used and item.reading is not None and item.reading.grain is not None]
    if len(spans) != 1 or draft.trend or draft.grain not in ("day", "week", "month"):
        return False
    if not _PER & set(spans[0].text.lower().split()):
        return False
    draft.aggregate, draft.grain = f"avg_per_{draft.grain}", None
    return True


def _per_person(s: Sentence, draft: Draft) -> bool:
    """Divided by the headcount, not a row for each person."""
    per = any(i.has("by") and i.text.lower() in ("per", "for each", "for every", "each", "every") for i in s.seq)
    if draft.group_by != ["person"] or not per or draft.order or draft.limit or draft.having or len(draft.metrics) > 1:
        return False
    draft.group_by = []
    if draft.metrics == ["spend"]:
        draft.metrics = ["cost_per_head"]
        draft.note("average per person = spend / headcount")
    else:
        draft.aggregate = "per_person_avg"
        draft.note("average per person = the total / headcount")
    return True


def _mean_of_days(s: Sentence, draft: Draft) -> bool:
    """Of a count, over a period of more than a day."""
    plain = not (draft.group_by or draft.grain or draft.trend or draft.compare or len(draft.metrics) > 1)
    span = draft.reading
    if not plain or span is None or span.moment or span.days < 2 or direction(draft.metrics) != "stock":
        return False
    draft.aggregate = "avg_per_day"
    return True
