"""Customers: who stays, what they pay, what they buy, what they are worth."""

from parts import YEAR, Metric, Part, average, begin, count, distinct, span, stock, total, upto

OF_CUSTOMERS = ("segment", "region", "plan", "source", "campaign", "channel")
OF_BUYERS = ("region", "segment", "plan", "source")

# Who is never alive neither comes nor goes.
LIVED = "t.started_at is not null and not coalesce(t.ended_at < t.started_at, false)"
NEW = count("customers", "started_at", LIVED)
GONE = count("customers", "ended_at", LIVED)
START = stock("customers", "started_at", "ended_at", "start")
END = stock("customers", "started_at", "ended_at", "end")

LIFESPAN = average("mean", "customers", "ended_at", span("started_at", "ended_at"))
# Of the 12 months that end with the period.
PURCHASE = average("mean", "orders", "ordered_at", "t.amount").over("year_to")
PURCHASES = count("orders", "ordered_at").over("year_to")
BUYERS = distinct("orders", "ordered_at", "t.customer_id").over("year_to")
VALUE = {"purchase": PURCHASE, "purchases": PURCHASES, "buyers": BUYERS}
LIFETIME_VALUE = {**VALUE, "lifespan": LIFESPAN.over("year_to")}


def value(purchase, purchases, buyers):
    return purchase * (purchases / buyers)


def lifetime_value(purchase, purchases, buyers, lifespan):
    return value(purchase, purchases, buyers) * (lifespan / YEAR)


def recurring(moment: str, where: str = "true") -> Part:
    """Monthly recurring revenue at a moment."""
    return stock("subscriptions", "started_at", "ended_at", moment, "sum(t.mrr)", where, n="count(t.mrr)")


def pays(moment: str) -> str:
    """Whether the customer of `t` has a subscription that lives at a moment. A
    subscription of nobody known has a payer of its own: `payer` is its id there."""
    at = {"start": begin, "end": upto}[moment]
    return (f"exists (select 1 from subscriptions s where s.payer = t.payer and s.started_at < {at('s.started_at')}"
            f" and (s.ended_at is null or (s.ended_at >= {at('s.ended_at')} and s.ended_at >= s.started_at)))")


METRICS = [
    Metric("active_customers", {"end": END}, lambda end: end, OF_CUSTOMERS, exact=True),
    Metric("new_customers", {"new": NEW}, lambda new: new, OF_CUSTOMERS, exact=True),
    Metric("lost_customers", {"gone": GONE}, lambda gone: gone, OF_CUSTOMERS, exact=True),
    Metric("churn_rate", {"gone": GONE, "start": START}, lambda gone, start: gone / start, OF_CUSTOMERS),
    Metric("net_churn_rate", {"start": START, "end": END}, lambda start, end: (start - end) / start, OF_CUSTOMERS),
    # At the end − new is at the start − gone, which is known too where the data holds nobody new yet.
    Metric("customer_retention_rate", {"gone": GONE, "start": START}, lambda gone, start: (start - gone) / start,
           OF_CUSTOMERS),
    Metric("revenue_churn_rate", {"gone": recurring("start", f"not {pays('end')}"), "start": recurring("start")},
           lambda gone, start: gone / start, ("plan", "region", "segment")),
    Metric("revenue_churn_rate_net", {"start": recurring("start"), "kept": recurring("end", pays("start"))},
           lambda start, kept: (start - kept) / start, ("region", "segment")),
    Metric("repeat_purchase_rate",
           {"again": distinct("orders", "ordered_at", "t.customer_id", "t.place > 1"),
            "buyers": distinct("orders", "ordered_at", "t.customer_id")},
           lambda again, buyers: again / buyers, ("product", *OF_BUYERS)),
    Metric("average_purchase_value", {"purchase": PURCHASE}, lambda purchase: purchase, ("product", *OF_BUYERS)),
    Metric("purchase_frequency", {"purchases": PURCHASES, "buyers": BUYERS},
           lambda purchases, buyers: purchases / buyers, ("product", *OF_BUYERS)),
    Metric("customer_value", VALUE, value, ("product", *OF_BUYERS)),
    Metric("customer_lifespan", {"lifespan": LIFESPAN}, lambda lifespan: lifespan / YEAR, OF_BUYERS),
    Metric("customer_lifespan_from_churn", {"gone": GONE.over("year_to"), "start": START.over("year_to")},
           lambda gone, start: 1 / (gone / start), OF_BUYERS),
    Metric("customer_lifetime_value", LIFETIME_VALUE, lifetime_value, OF_BUYERS),
    Metric("ltv_to_cac",
           {**LIFETIME_VALUE, "spent": total("spend", "date", "t.amount", "t.category in ('sales', 'marketing')"), "new": NEW},
           lambda spent, new, **worth: lifetime_value(**worth) / (spent / new)),
]
