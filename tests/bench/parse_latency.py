"""How long reading a question takes with 10,000 people and 500 tools in the vocabulary.

python -m tests.bench.parse_latency [--people 10000] [--tools 500] [--rounds 20]
"""

import argparse
import random
import time
from datetime import date

from storage.org import OrgSettings
from storage.vocabulary import PersonEntry, ToolEntry, VocabularyLists
from tests.unit.parse_company import LISTS
from tests.unit.test_parse_questions import QUESTIONS
from workflows.asking.parse import parse
from workflows.asking.parsed import AskerFacts
from workflows.asking.vocabulary import Vocabulary

SYLLABLES = ["ka", "lo", "mi", "ren", "sta", "vor", "pel", "dun", "fi", "gra", "tos", "un", "bel", "cor", "dai"]


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--people", type=int, default=10_000)
    options.add_argument("--tools", type=int, default=500)
    options.add_argument("--rounds", type=int, default=20)
    arguments = options.parse_args()
    chance = random.Random(7)

    def word(length: int) -> str:
        return "".join(chance.choice(SYLLABLES) for _ in range(length)).title()

    people = tuple(PersonEntry(f"{word(2)} {word(3)}", f"p{n}@x.example", "Design") for n in range(arguments.people))
    tools = tuple(ToolEntry(f"{word(2)} {word(2)}", word(3), "chat", "per_seat") for _ in range(arguments.tools))
    begin = time.process_time()
    vocabulary = Vocabulary.build(
        VocabularyLists(departments=LISTS.departments, tools=(*LISTS.tools, *tools), models=LISTS.models, people=people)
    )
    print(f"vocabulary built in {time.process_time() - begin:.2f} s")
    times = []
    for _ in range(arguments.rounds):
        for question in QUESTIONS:
            begin = time.process_time()
            parse(
                question, vocabulary=vocabulary, org=OrgSettings(), today=date(2026, 11, 23), asker=AskerFacts("a@x.example")
            )
            times.append((time.process_time() - begin) * 1000)
    times.sort()
    print(
        f"parse p50 {times[len(times) // 2]:.1f} ms, p99 {times[int(len(times) * 0.99)]:.1f} ms, longest {times[-1]:.1f} ms"
    )


if __name__ == "__main__":
    main()
