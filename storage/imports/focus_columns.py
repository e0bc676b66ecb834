"""Column names of FOCUS Cost and Usage 1.0 to 1.4 and what the ledger needs of them."""

from collections.abc import Sequence

from rapidfuzz import fuzz, process

from storage.imports.source import Refused

PROVIDERS = ("ServiceProviderName", "ProviderName")
REQUIRED = (
    "BilledCost", "BillingAccountId", "BillingCurrency", "BillingPeriodStart", "ChargeCategory", "ChargePeriodEnd",
    "ChargePeriodStart", "EffectiveCost", "InvoiceIssuerName", "ListCost", "ServiceName",
)  # fmt: skip
OPTIONAL = (
    *PROVIDERS, "ConsumedQuantity", "ConsumedUnit", "ResourceName", "ResourceType", "SkuId", "SkuPriceDetails",
    "SubAccountId", "SubAccountName", "Tags", "x_model",
)  # fmt: skip
USED = (*REQUIRED, *OPTIONAL)
UNUSED = (
    "AllocatedMethodDetails", "AllocatedMethodId", "AllocatedResourceId", "AllocatedResourceName", "AllocatedTags",
    "AvailabilityZone", "BillingAccountName", "BillingAccountType", "BillingPeriodEnd", "CapacityReservationId",
    "CapacityReservationStatus", "ChargeClass", "ChargeDescription", "ChargeFrequency", "CommitmentDiscountCategory",
    "CommitmentDiscountId", "CommitmentDiscountName", "CommitmentDiscountQuantity", "CommitmentDiscountStatus",
    "CommitmentDiscountType", "CommitmentDiscountUnit", "CommitmentProgramEligibilityDetails", "ContractApplied",
    "ContractedCost", "ContractedUnitPrice", "HostProviderName", "InvoiceDetailId", "InvoiceId", "ListUnitPrice",
    "PricingCategory", "PricingCurrency", "PricingCurrencyContractedUnitPrice", "PricingCurrencyEffectiveCost",
    "PricingCurrencyListUnitPrice", "PricingQuantity", "PricingUnit", "PublisherName", "RegionId", "RegionName",
    "ResourceId", "ServiceCategory", "ServiceSubcategory", "SkuMeter", "SkuPriceId", "SubAccountType",
)  # fmt: skip
CATEGORIES = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")

_KNOWN = {name.casefold(): name for name in (*USED, *UNUSED)}


def columns_of(file: str, header: Sequence[str]) -> dict[str, int]:
    """Where each used column stands in `header`. Raises Refused, with the nearest names, when the header cannot be used."""
    places: dict[str, int] = {}
    for index, raw in enumerate(header):
        name = _KNOWN.get(raw.strip().casefold())
        if name in places:
            raise Refused(f"{file}:1: the column {name!r} appears twice; keep one")
        if name in USED:
            places[str(name)] = index
    missing = [name for name in REQUIRED if name not in places]
    if not any(name in places for name in PROVIDERS):
        missing.append("ServiceProviderName")
    if missing:
        raise Refused(f"{file}:1: {_explain(missing, header)}")
    return places


def _nearest(name: str, names: Sequence[str]) -> str | None:
    """The name that is a slip of the pen away, if any."""
    match = process.extractOne(name, names, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=70)
    return match[0] if match else None


def _explain(missing: Sequence[str], header: Sequence[str]) -> str:
    spare = [name.strip() for name in header if name.strip() and name.strip().casefold() not in _KNOWN]
    parts = []
    for name in missing:
        close = _nearest(name, spare)
        parts.append(f"the column {name!r} is missing" + (f"; is it {close!r}? Rename that column" if close else ""))
    shown = ", ".join(name.strip() for name in header if name.strip())
    return f"not a FOCUS cost file: {'; '.join(parts)}. Columns found: {shown or 'none'}"


def note_of_unused(header: Sequence[str]) -> str | None:
    """One line about columns that FOCUS does not know; with the column that a likely slip of the pen means."""
    unknown = [name.strip() for name in header if name.strip() and name.strip().casefold() not in _KNOWN]
    if not unknown:
        return None
    present = {name.strip().casefold() for name in header}
    absent = [name for name in OPTIONAL if name.casefold() not in present]
    shown = []
    for name in unknown:
        close = _nearest(name, absent) if not name.startswith("x_") else None
        shown.append(f"{name} (did you mean {close}?)" if close else name)
    return f"columns not used: {', '.join(shown)}"
