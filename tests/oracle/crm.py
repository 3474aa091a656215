"""The CRM itself: whether it is used, and how good its contacts are."""

from figures import Figure
from parts import Metric, Part, begin, stock, upto

OF_CONTACTS = ("owner", "country")


def contacts(where: str = "true") -> Part:
    """Contacts created before the end of the period."""
    return stock("contacts", "created_at", None, "end", where=where)


def filled(column: str) -> str:
    """Something else than white space."""
    return f"regexp_matches(t.{column}, '[^\\s\\p{{{{Z}}}}]')"


# `email_key` and `phone_key` are null where there is nothing to compare.
DUPLICATES = Part(
    "select label, {segment} count(*) filter (where (email_key is not null and same_email > 1)"
    " or (phone_key is not null and same_phone > 1))::double / count(*) as value, count(*) as n"
    " from (select p.label, c.*, count(*) over (partition by p.label, c.email_key) as same_email,"
    " count(*) over (partition by p.label, c.phone_key) as same_phone"
    " from {periods} p join contacts c on c.created_at < p.upto_day) t group by all",
    "contacts", "created_at", stock=True, empty=None)

STANDARD = {
    # One @, a dot in the domain, no white space, lower case.
    "email": r"regexp_full_match(t.email, '[^@\s\p{{Z}}]+@[^@\s\p{{Z}}]+\.[^@\s\p{{Z}}.]+') and t.email = lower(t.email)",
    # E.164: a plus, the country code, 15 digits at most.
    "phone": r"regexp_full_match(t.phone, '\+[1-9][0-9]{{6,14}}')",
    # ISO 3166: two capital letters.
    "country": r"regexp_full_match(t.country, '[A-Z]{{2}}')",
}

# More than 365 days before the end of the period, or before now.
STALE = "coalesce(t.updated_at, t.created_at) < p.upto_day - 365"

USED = Part(
    "select p.label, {segment} count(*) as value, count(*) as n from {periods} p join users t"
    f" on t.licensed_from < {upto('t.licensed_from')} and (t.licensed_until is null"
    f" or (t.licensed_until >= {begin('t.licensed_until')} and t.licensed_until >= t.licensed_from))"
    " where exists (select 1 from logins l where l.user_id = t.id and l.at >= p.first_at and l.at < p.upto_at) group by all",
    # Outside of what is known of logins nobody can say who was active.
    "logins", "at")
LICENSED = stock("users", "licensed_from", "licensed_until", "during")


def ratio_of_sums(**parts: Figure) -> Figure:
    """Sums of counts; the sample of a sum is its smallest part's."""
    above = [part for name, part in parts.items() if name.startswith("good")]
    below = [part for name, part in parts.items() if name.startswith("all")]
    return sum(above[1:], above[0]) / sum(below[1:], below[0])


REQUIRED = ("email", "phone", "name", "company", "country")

METRICS = [
    Metric("user_adoption_rate", {"used": USED, "licensed": LICENSED}, lambda used, licensed: used / licensed, ("team",)),
    Metric("contact_completeness",
           {**{f"good_{column}": contacts(filled(column)) for column in REQUIRED},
            **{f"all_{column}": contacts() for column in REQUIRED}}, ratio_of_sums, OF_CONTACTS),
    Metric("duplicate_contact_rate", {"rate": DUPLICATES}, lambda rate: rate, OF_CONTACTS),
    Metric("standard_format_rate",
           {**{f"good_{column}": contacts(standard) for column, standard in STANDARD.items()},
            **{f"all_{column}": contacts(filled(column)) for column in STANDARD}}, ratio_of_sums, ("owner",)),
    Metric("stale_contact_rate", {"stale": contacts(STALE), "all": contacts()}, lambda stale, all: stale / all, OF_CONTACTS),
]
