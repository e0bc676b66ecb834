"""How a country writes a date in digits. Only where one order is the rule; elsewhere 10/11/2026 stays a question."""

_MONTH_FIRST = frozenset(["US", "PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"])
_DAY_FIRST = frozenset(
    ["AE", "AR", "AT", "AU", "BE", "BG", "BR", "CH", "CL", "CO", "CY", "CZ", "DE", "DK", "EE", "ES",
     "FI", "FR", "GB", "GR", "HR", "IE", "IL", "IN", "IS", "IT", "LU", "LV", "MT", "MX", "NL", "NO",
     "NZ", "PE", "PL", "PT", "RO", "SE", "SG", "SI", "SK", "TR", "UA", "UY"]
)  # fmt: skip


def day_first(holidays: str | None) -> bool | None:
    """By the country of org.yaml's `holidays` (SE, DE-BY); None where it is not known or both orders are in use."""
    country = (holidays or "").split("-")[0].upper()
    if country in _MONTH_FIRST:
        return False
    return True if country in _DAY_FIRST else None
