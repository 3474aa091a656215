"""Sales: deals, pipeline, stages, leads, quotas, new and additional revenue."""

from figures import growth
from parts import DAY, MINUTE, Metric, Part, average, begin, count, distinct, lies_in, share, span, stock, total

WON = "t.outcome = 'won'"
LOST = "t.outcome = 'lost'"
ENDED = "t.outcome in ('won', 'lost')"

OF_DEALS = ("owner", "team", "pipeline", "product", "region", "source", "segment", "campaign", "channel", "kind")
OF_LEADS = ("owner", "source", "campaign", "channel")
OF_STAGES = ("owner", "team", "product", "region", "segment")
OF_ORDERS = ("product", "region", "segment", "campaign", "channel")

CLOSE_RATE = share("deals", "closed_at", WON, ENDED)
DEAL_SIZE = average("mean", "deals", "closed_at", "t.amount", WON)
WON_REVENUE = total("deals", "closed_at", "t.amount", WON)


def cycle(kind: str, which: str) -> Part:
    """Creation to close of deals, by close date."""
    return average(kind, "deals", "closed_at", span("created_at", "closed_at"), which)


def cycles(name: str, which: str) -> list[Metric]:
    return [Metric(f"{name}_{kind}", {"cycle": cycle(kind, which)}, lambda cycle: cycle / DAY, OF_DEALS)
            for kind in ("mean", "median")]


# A deal is in the pipeline from its creation to its close; `ended_on` is the close
# date of won and lost deals. One that ended nobody knows when is not in it.
IN_PIPELINE = "(t.outcome = 'open' or t.ended_on is not null)"


def pipeline(moment: str, aggregate: str = "count(*)", where: str = "true", n: str = "count(*)") -> Part:
    return stock("deals", "created_at", "ended_on", moment, aggregate, f"{IN_PIPELINE} and {where}", n=n)


# What is left out of the pipeline is left out of what comes from it.
WON_FROM_PIPELINE = count("deals", "closed_at", f"{WON} and t.created_at <= t.closed_at")
WEIGHTED = "t.amount * t.probability"
# Open now and expected to close in the period; nothing more can close in a period that is over.
LIKELY = pipeline("end", f"sum({WEIGHTED})",
                  f"t.expected_close_at >= {begin('t.expected_close_at')} and p.upto_at < p.end_at"
                  " and t.expected_close_at < bound(t.expected_close_at, p.end_day, p.end_at)",
                  f"count({WEIGHTED})")

# A quota counts by the days of its span that lie in the period; `ends_at` is no day of it.
QUOTA = Part(
    "select p.label, {segment} sum(t.amount * (least(t.ends_at, p.end_day) - greatest(t.starts_at, p.first_day))::double"
    " / (t.ends_at - t.starts_at)) as value, count(t.amount) as n from {periods} p join quotas t"
    " on t.starts_at < p.end_day and t.ends_at > p.first_day and t.starts_at < t.ends_at group by all",
    None, None)

# Stays in a stage, by the day on which the deal left it. The row of the closing is none.
STAYS = "t.is_stay"
STAY = span("entered_at", "left_on")
# A day beside a moment (now may be one) is its midnight, and both are read off the clock.
SO_FAR = ("(case when typeof(t.entered_at) = 'DATE' then date_diff('microsecond', t.entered_at::timestamp, p.upto_clock)"
          " else date_diff('microsecond', t.entered_at, p.upto_at) end / 1000000.0)")
SLOWEST = Part(
    "select label, {named} case when count(*) >= 2 then max(length) /"
    " nullif(list_aggregate(list_sort(list(length))[1:count(*) - 1], 'median'), 0) end as value, sum(n) as n"
    f" from (select p.label, {{segment}} t.stage, avg({STAY}) as length, count({STAY}) as n"
    f" from {{periods}} p join stage_changes t on {lies_in('left_on')} where {STAYS} and t.entered_at <= t.left_on group by all) group by all",
    "stage_changes", "left_on", empty=None)


def stages(kind: str) -> list[Metric]:
    value = {"mean": "avg({})", "median": "quantile_cont(({})::double, 0.5)"}[kind].format(SO_FAR)
    return [
        Metric(f"stage_length_{kind}", {"stay": average(kind, "stage_changes", "left_on", STAY, STAYS)},
               lambda stay: stay / DAY, ("stage", *OF_STAGES)),
        Metric(f"stage_length_so_far_{kind}",
               {"stay": stock("stage_changes", "entered_at", "left_on", "end", value, STAYS, empty=None)},
               lambda stay: stay / DAY, ("stage", *OF_STAGES)),
    ]


WAIT = span("created_at", "first_response_at")
# Answered before it came in: dirt. Never answered is not answered in time.
KNOWN_LEADS = "not coalesce(t.first_response_at < t.created_at, false)"
IN_TIME = f"coalesce({WAIT} <= {5 * MINUTE}, false)"
CONVERTED = "t.converted_at is not null"

# New is a customer for 12 months from the first order, or with the first order only.
# An order of nobody known is no order of a new customer.
OF_NEW = "t.customer_id is not null and wall(t.ordered_at) < wall(t.first_on) + interval 12 month"
FIRST = "t.customer_id is not null and t.place = 1"
NEW_REVENUE = total("orders", "ordered_at", "t.amount", OF_NEW)

METRICS = [
    Metric("close_rate", {"rate": CLOSE_RATE}, lambda rate: rate, OF_DEALS),
    Metric("close_rate_by_value", {"won": WON_REVENUE, "ended": total("deals", "closed_at", "t.amount", ENDED)},
           lambda won, ended: won / ended, OF_DEALS),
    # An amount that nobody knows makes no deal smaller: it is left out of both.
    Metric("average_deal_size", {"size": DEAL_SIZE}, lambda size: size, OF_DEALS),
    Metric("won_revenue", {"won": WON_REVENUE}, lambda won: won, OF_DEALS, exact=True),
    Metric("lost_revenue", {"lost": total("deals", "closed_at", "t.amount", LOST)}, lambda lost: lost, OF_DEALS, exact=True),
    Metric("sales_growth", {"now": WON_REVENUE, "before": WON_REVENUE.over("before")}, growth, OF_DEALS),
    Metric("sales_growth_year", {"now": WON_REVENUE, "before": WON_REVENUE.over("year_before")}, growth, OF_DEALS),
    *cycles("sales_cycle_length", WON),
    *cycles("sales_cycle_length_of_ended", ENDED),
    *cycles("sales_cycle_length_of_lost", LOST),
    Metric("lead_close_rate", {"won": count("deals", "closed_at", WON), "leads": count("leads", "created_at")},
           lambda won, leads: won / leads, OF_LEADS),
    Metric("pipeline_close_rate", {"won": WON_FROM_PIPELINE, "worked_on": pipeline("during")},
           lambda won, worked_on: won / worked_on, OF_DEALS),
    Metric("pipeline_value", {"open": pipeline("end", "sum(t.amount)", n="count(t.amount)")}, lambda open: open,
           ("stage", *OF_DEALS), exact=True),
    Metric("weighted_pipeline", {"open": pipeline("end", f"sum({WEIGHTED})", n=f"count({WEIGHTED})")}, lambda open: open,
           ("stage", *OF_DEALS), exact=True),
    # Whether all time includes what is expected after now, the definition leaves open.
    Metric("sales_forecast", {"won": WON_REVENUE, "likely": LIKELY}, lambda won, likely: won.or_zero() + likely, OF_DEALS,
           exact=True, without=("all",)),
    Metric("pipeline_velocity",
           {"open": pipeline("end"), "rate": CLOSE_RATE, "size": DEAL_SIZE, "length": cycle("mean", WON)},
           lambda open, rate, size, length: open * rate * size / (length / DAY), OF_DEALS),
    Metric("quota_attainment", {"won": WON_REVENUE, "quota": QUOTA}, lambda won, quota: won / quota, ("owner", "team")),
    *stages("mean"),
    *stages("median"),
    Metric("slowest_stage_ratio", {"ratio": SLOWEST}, lambda ratio: ratio, OF_STAGES),
    *(Metric(f"lead_response_time_{kind}", {"wait": average(kind, "leads", "first_response_at", WAIT)},
             lambda wait: wait / MINUTE, OF_LEADS) for kind in ("mean", "median", "p90")),
    Metric("lead_response_within_limit", {"rate": share("leads", "created_at", IN_TIME, KNOWN_LEADS)}, lambda rate: rate,
           OF_LEADS),
    Metric("follow_up_efficiency",
           {"in_time": share("leads", "created_at", CONVERTED, f"{KNOWN_LEADS} and {IN_TIME}"),
            "late": share("leads", "created_at", CONVERTED, f"{KNOWN_LEADS} and not {IN_TIME}")},
           lambda in_time, late: in_time / late, OF_LEADS),
    Metric("lead_quality", {"rate": share("leads", "created_at", "t.qualified_at is not null")}, lambda rate: rate, OF_LEADS),
    Metric("lead_quality_to_customer", {"rate": share("leads", "qualified_at", CONVERTED)}, lambda rate: rate, OF_LEADS),
    Metric("net_new_revenue", {"new": NEW_REVENUE}, lambda new: new, OF_ORDERS, exact=True),
    Metric("net_new_revenue_first_purchase", {"first": total("orders", "ordered_at", "t.amount", FIRST)}, lambda first: first,
           OF_ORDERS, exact=True),
    Metric("net_new_revenue_after_cost",
           {"new": NEW_REVENUE, "cost": total("orders", "ordered_at", "t.cost", OF_NEW),
            "marketing": total("spend", "date", "t.amount", "t.category = 'marketing'")},
           lambda new, cost, marketing: new - cost - marketing, ("campaign", "channel"), exact=True),
    Metric("upsell_rate",
           {"accepted": distinct("upsell_offers", "offered_at", "t.customer_id", "t.accepted_at is not null"),
            "approached": distinct("upsell_offers", "offered_at", "t.customer_id")},
           lambda accepted, approached: accepted / approached, ("region", "segment", "plan")),
    Metric("upsell_rate_of_customers",
           {"accepted": distinct("upsell_offers", "accepted_at", "t.customer_id"),
            "buyers": distinct("orders", "ordered_at", "t.customer_id")},
           lambda accepted, buyers: accepted / buyers, ("region", "segment")),
]
