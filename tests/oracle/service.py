"""Service: tickets, and what customers say when they are asked."""

from parts import HOUR, Metric, average, count, share, span, stock

OF_TICKETS = ("agent", "channel", "priority", "region", "segment", "plan")
OF_SURVEYS = ("agent", "region", "segment", "plan")


def durations(name: str, until: str, column: str) -> list[Metric]:
    """Opened to something, by its date: a closed period does not change when late answers come in."""
    return [Metric(f"{name}_{kind}", {"time": average(kind, "tickets", until, column)}, lambda time: time / HOUR, OF_TICKETS)
            for kind in ("mean", "median", "p90")]


METRICS = [
    Metric("ticket_volume", {"opened": count("tickets", "opened_at")}, lambda opened: opened, OF_TICKETS, exact=True),
    Metric("ticket_backlog", {"open": stock("tickets", "opened_at", "resolved_at", "end")}, lambda open: open, OF_TICKETS,
           exact=True),
    *durations("first_response_time", "first_response_at", span("opened_at", "first_response_at")),
    *durations("resolution_time", "resolved_at", span("opened_at", "resolved_at")),
    # Working seconds, in `tables.py`; null where negative.
    *durations("first_response_time_business", "first_response_at", "t.worked_to_response"),
    *durations("resolution_time_business", "resolved_at", "t.worked_to_resolution"),
    # Of all answers, those without a score too.
    Metric("net_promoter_score",
           {"promoters": share("surveys", "at", "t.score >= 9", "t.kind = 'nps' and t.score is not null"),
            "detractors": share("surveys", "at", "t.score <= 6", "t.kind = 'nps' and t.score is not null")},
           lambda promoters, detractors: 100 * (promoters - detractors), OF_SURVEYS),
    Metric("customer_effort_score", {"score": average("mean", "surveys", "at", "t.score", "t.kind = 'ces'")},
           lambda score: score, OF_SURVEYS),
    Metric("customer_satisfaction",
           {"rate": share("surveys", "at", "t.score >= 4", "t.kind = 'csat' and t.score is not null")},
           lambda rate: rate, OF_SURVEYS),
]
