"""Marketing: acquisition cost, campaigns, attribution, journeys, mails, lists, visits."""

from customers import NEW
from parts import DAY, Metric, Part, average, count, distinct, flow, share, stock, total

OF_CAMPAIGNS = ("campaign", "channel")

SELLING = total("spend", "date", "t.amount", "t.category in ('sales', 'marketing')")
MARKETING = total("spend", "date", "t.amount", "t.category = 'marketing'")
ON_CAMPAIGNS = total("spend", "date", "t.amount", "t.campaign_id is not null")
OF_A_CAMPAIGN = total("orders", "ordered_at", "t.amount", "t.campaign_id is not null")


def attributed(name: str, amount: str, where: str, exact: bool) -> Metric:
    """Revenue of orders by the campaigns that touched the customer before, in `paths`."""
    part = flow("orders", "ordered_at", f"sum({amount})", where, n=f"count({amount})", rows="paths")
    return Metric(f"revenue_by_campaign_{name}", {"revenue": part}, lambda revenue: revenue, OF_CAMPAIGNS, exact=exact)


def mails(kind: str) -> Part:
    """Mails to which something happened: each contact and campaign once. `mail` is
    null where the contact is not known: it cannot be said whether that is the same mail."""
    return distinct("email_events", "at", "t.mail", f"t.kind = '{kind}'")


def mail_rate(name: str, above: str, below: str) -> Metric:
    return Metric(name, {"above": mails(above), "below": mails(below)}, lambda above, below: above / below, OF_CAMPAIGNS)


LIVED = "t.subscribed_at is not null and not coalesce(t.unsubscribed_at < t.subscribed_at, false)"


def journey(name: str, part: Part, per: int) -> Metric:
    return Metric(name, {"journey": part}, lambda journey: journey / per, ("product", "region", "segment"))


# A day beside a moment is its midnight, and both are read off the clock.
JOURNEY = "elapsed(t.first_touch_at, t.ordered_at)"

METRICS = [
    Metric("customer_acquisition_cost", {"spent": SELLING, "new": NEW}, lambda spent, new: spent / new, OF_CAMPAIGNS),
    Metric("customer_acquisition_cost_marketing", {"spent": MARKETING, "new": NEW}, lambda spent, new: spent / new,
           OF_CAMPAIGNS),
    Metric("revenue_by_campaign", {"revenue": OF_A_CAMPAIGN}, lambda revenue: revenue,
           ("campaign", "channel", "region", "segment", "product"), exact=True),
    Metric("campaign_roi", {"revenue": OF_A_CAMPAIGN, "spent": ON_CAMPAIGNS},
           lambda revenue, spent: (revenue - spent) / spent, OF_CAMPAIGNS),
    attributed("first_touch", "t.amount", "t.place = 1", exact=True),
    attributed("last_touch", "t.amount", "t.place = t.touches", exact=True),
    # Thirds of an amount have no last digit.
    attributed("linear", "t.amount::double / t.touches", "true", exact=False),
    mail_rate("email_open_rate", "opened", "delivered"),
    mail_rate("click_through_rate", "clicked", "delivered"),
    mail_rate("click_to_open_rate", "clicked", "opened"),
    # What bounces was not delivered.
    mail_rate("bounce_rate", "bounced", "sent"),
    mail_rate("unsubscribe_rate", "unsubscribed", "delivered"),
    mail_rate("share_rate", "shared", "delivered"),
    Metric("email_list_growth_rate",
           {"new": count("subscribers", "subscribed_at", LIVED), "gone": count("subscribers", "unsubscribed_at", LIVED),
            "start": stock("subscribers", "subscribed_at", "unsubscribed_at", "start")},
           lambda new, gone, start: (new - gone) / start, ("list",)),
    Metric("conversion_rate",
           {"conversions": count("visits", "at", "t.converted"), "visitors": distinct("visits", "at", "t.visitor_id")},
           lambda conversions, visitors: conversions / visitors, ("source", *OF_CAMPAIGNS)),
    Metric("conversion_rate_of_visits", {"rate": share("visits", "at", "t.converted")}, lambda rate: rate,
           ("source", *OF_CAMPAIGNS)),
    # First orders of customers who were touched before, in `journeys`.
    journey("journey_length", average("mean", "orders", "ordered_at", JOURNEY, rows="journeys"), DAY),
    journey("journey_length_median", average("median", "orders", "ordered_at", JOURNEY, rows="journeys"), DAY),
    # The sample are the orders, which is what the touches are divided by.
    journey("touches_to_purchase", flow("orders", "ordered_at", "avg(t.touches)", empty=None, rows="journeys"), 1),
]
