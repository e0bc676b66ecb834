"""Public holidays by country or subdivision (SE, DE-BY), from the library `holidays`."""

from datetime import date
from functools import lru_cache

from storage.yaml_source import nearest


@lru_cache(maxsize=512)
def public_holidays(code: str, year: int) -> frozenset[date]:
    """The public holidays of a country or subdivision. Raises ValueError for an unknown code."""
    import holidays  # here, because it costs a tenth of a second and most commands never need it

    country, _, subdivision = code.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=subdivision or None, years=[year], expand=False))
    except NotImplementedError as error:
        supported = holidays.list_supported_countries()
        close = nearest(subdivision, supported[country]) if country in supported else nearest(country, list(supported))
        hint = f"; did you mean {close!r}?" if close else ""
        raise ValueError(f"no public holidays are known for {code!r}{hint}") from error
