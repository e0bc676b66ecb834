"""What a ConsumedUnit counts. Apart from the vectorised code, so that questions load without Polars."""

import re

_COUNT = re.compile(r"^(\d+)\s+(.*)$")


def unit_factors(consumed_unit: str) -> tuple[int, int]:
    """(tokens, requests) that one ConsumedQuantity of this unit is: `1000 Tokens` → (1000, 0), `Hours` → (0, 0)."""
    match = _COUNT.match(consumed_unit.strip())
    count, noun = (int(match[1]), match[2]) if match else (1, consumed_unit.strip())
    noun = noun.casefold()
    if noun in ("token", "tokens"):
        return count, 0
    if noun in ("request", "requests", "api requests", "api calls", "calls"):
        return 0, count
    return 0, 0
