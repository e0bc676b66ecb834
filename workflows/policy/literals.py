"""Values that conditions compare with, read in the type of their field; nothing is coerced."""

from decimal import Decimal
from typing import Any

from storage.types import Money
from storage.yaml_source import did_you_mean
from workflows.policy.fields import FIELDS, OPERATORS, Field
from workflows.policy.model import Literal_

# ISO 4217, active codes of money people pay with
_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP "
    "CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR "
    "ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT "
    "MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD "
    "SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES "
    "VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
)
CURRENCIES = frozenset(_CODES.split())
_LISTS = ("in", "not_in", "contains_any")


def read(name: str, operator: str, value: Any, data_classes: tuple[str, ...]) -> Literal_:
    """The literal of `{field: name, operator: value}`. Raises ValueError that says what fits."""
    field = FIELDS[name]
    if operator not in OPERATORS[field.type]:
        allowed = list(OPERATORS[field.type])
        what = "data classes" if field.type == "classes" else field.type
        raise ValueError(f"{operator!r} does not fit {name} ({what}){did_you_mean(operator, allowed)}")
    if operator == "is_known":
        if not isinstance(value, bool):
            raise ValueError(f"is_known takes true or false, not {value!r}")
        return value
    if operator in _LISTS:
        if not isinstance(value, list) or not value:
            raise ValueError(f"{operator!r} takes a list of at least one value, not {value!r}")
        return tuple(_one(name, field, item, data_classes) for item in value)  # type: ignore[misc]
    return _one(name, field, value, data_classes)


def read_money(value: Any) -> Money:
    """Raises ValueError with the expected form."""
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is not money; write an amount and a currency, like "500 USD"')
    money = Money.parse(value)
    if money.currency not in CURRENCIES:
        raise ValueError(f"{money.currency!r} is not a currency{_nearest_currency(money.currency)}")
    return money


def _nearest_currency(code: str) -> str:
    return did_you_mean(code, sorted(CURRENCIES)) if len(code) == 3 else ""


def _one(name: str, field: Field, value: Any, data_classes: tuple[str, ...]) -> Literal_:
    if field.type == "money":
        return read_money(value)
    if field.type == "number":
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"{name} is a whole number; {value!r} is not")
        return value
    if field.type == "ratio":
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value or abs(value) > 10**6:
            raise ValueError(f"{name} is a ratio such as 0.8 (80 %); {value!r} is not")
        return Decimal(str(value))
    if not isinstance(value, str):
        raise ValueError(f"{name} is text; {value!r} is not: put it in quotes")
    allowed = data_classes if field.type == "classes" else field.values
    if allowed and value not in allowed:
        raise ValueError(f"{value!r} is not a value of {name}{did_you_mean(value, list(allowed))}")
    return value.lower() if name == "requester.email" else value
