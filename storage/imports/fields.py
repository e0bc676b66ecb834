"""Readers of single values: each takes the text of a cell (never empty) and returns a value or raises ValueError."""

import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

from storage.currencies import ISO_4217
from storage.org import time_zones
from storage.types import to_nanos
from storage.yaml_source import nearest

Reader = Callable[[str], Any]

_DECIMAL = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_MOST = 2**63 - 1


def text(value: str) -> str:
    if "\x00" in value:
        raise ValueError("holds a NUL character")
    return value


@lru_cache(maxsize=65536)
def name(value: str) -> str:
    """Single spaces: `Data  Platform` and `Data Platform` are one."""
    return " ".join(text(value).split())


@lru_cache(maxsize=65536)
def email(value: str) -> str:
    if not re.fullmatch(r"[^@\s,;<>]+@[^@\s,;<>]+", value):
        raise ValueError("not an e-mail address")
    return text(value).lower()


@lru_cache(maxsize=65536)
def day(value: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError("not a date; write YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("no such day") from error


def decimal(value: str) -> Decimal:
    if not _DECIMAL.fullmatch(value):
        hint = "; write a decimal point and no thousands separators" if "," in value else ""
        raise ValueError(f"not a number{hint}")
    return Decimal(value)


def money(value: str) -> Decimal:
    amount = decimal(value)
    to_nanos(amount)
    return amount


def not_negative(value: str) -> Decimal:
    amount = money(value)
    if amount < 0:
        raise ValueError("less than 0")
    return amount


def count(value: str) -> int:
    """A whole number, 0 or more; `12.0` counts as 12."""
    if not re.fullmatch(r"\d+(\.0+)?", value):
        raise ValueError("not a whole number of 0 or more")
    number = int(value.split(".")[0])
    if number > _MOST:
        raise ValueError("too large")
    return number


@lru_cache(maxsize=1024)
def currency(value: str) -> str:
    code = value.upper()
    if code not in ISO_4217:
        close = nearest(code, sorted(ISO_4217))
        raise ValueError("not a currency code of ISO 4217" + (f"; did you mean {close}?" if close else ""))
    return code


def yes_no(value: str) -> bool:
    known = {"yes": True, "no": False, "y": True, "n": False, "true": True, "false": False, "1": True, "0": False}
    if value.lower() not in known:
        raise ValueError("write yes or no")
    return known[value.lower()]


def zone(value: str) -> str:
    if value not in time_zones():
        raise ValueError("not a time zone; write one like Europe/Stockholm")
    return value


def domain(value: str) -> str:
    """Without scheme, path, port and final dot."""
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", value.lower()).split("/")[0].split(":")[0].rstrip(".")
    if not host or " " in host:
        raise ValueError("not a domain")
    return text(host)


def one_of(values: Sequence[str] | type[StrEnum]) -> Reader:
    """Any case in, the value as listed out."""
    listed = [str(value) for value in values]
    by_fold = {value.casefold(): value for value in listed}

    def read(value: str) -> str:
        found = by_fold.get(value.casefold())
        if found is None:
            raise ValueError(f"expected {', '.join(listed[:-1])} or {listed[-1]}")
        return found

    return read
