//! The hardest metrics of the reference, as an analyst writes them.

use goalpost_core::measure::{MeasureKind, PartContent, PartValue, SegmentValue};
use goalpost_core::outcome::Outcome;

use crate::loading::right;
use crate::plan;

#[test]
fn different_times_in_one_formula() {
    let definitions = right(
        r#"let won = deals.where(deals.outcome == "won");
           metric("pipeline_close_rate", #{ value: won.count().on(deals.closed_at)
               / deals.active(deals.created_at, deals.closed_at).during().count() });"#,
    );
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        "(count(deals[(deals.outcome == \"won\")]) on deals.closed_at \
         / count(deals@during(deals.created_at..deals.closed_at)))"
    );
}

#[test]
fn stays_in_a_stage() {
    let definitions = right(
        r#"let history = stage_changes.per(stage_changes.deal_id, stage_changes.entered_at);
           let left    = stage_changes.left_at ?? history.next(stage_changes.entered_at) ?? stage_changes.deal.closed_at;
           let stays   = stage_changes.where(not (stage_changes.entered_at >= stage_changes.deal.closed_at));   // the closing row is no stay
           for average in ["mean", "median"] {
               metric(`stage_length_${average}`, #{ value: stays.aggregate(average, left - stage_changes.entered_at), time: left });
           }"#,
    );
    let left = "((stage_changes.left_at ?? next(stage_changes.entered_at of stage_changes per \
                stage_changes.deal_id order stage_changes.entered_at)) ?? stage_changes.deal.closed_at)";
    let names: Vec<&str> = definitions.metrics.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["stage_length_mean", "stage_length_median"]);
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        format!(
            "mean(stage_changes[not (stage_changes.entered_at >= stage_changes.deal.closed_at)], \
             ({left} - stage_changes.entered_at))"
        )
    );
    assert_eq!(definitions.metrics[0].time.as_ref().map(plan::expr).as_deref(), Some(left));
}

#[test]
fn two_levels() {
    let definitions = right(
        r#"metric("slowest_stage_ratio", #{
        parts: #{ stages: metrics.stage_length_mean.split("stage") },
        value: |m| {
            let lengths = m.stages.map(|s| s.value);
            if lengths.len() < 2 { return undefined("fewer than two stages"); }
            lengths.sort();
            let longest = lengths.pop();
            longest / median(lengths)
        } });"#,
    );
    let MeasureKind::Function(call) = &*definitions.metrics[0].value.kind else { panic!() };
    assert_eq!(plan::measure(&call.parts[0].1), "split(metrics.stage_length_mean, stage)");
    let outcome = |lengths: &[i64]| {
        let segment = |value: &i64| SegmentValue { key: None, value: (*value).into(), n: 1 };
        let content = PartContent::Segments(lengths.iter().map(segment).collect());
        call.function.0.call(&[PartValue { name: "stages".to_owned(), content }])
    };
    // The longest, 12, to the median of 2 and 4, which is 3.
    assert_eq!(outcome(&[4, 12, 2]), Ok(Outcome::of(4_i64)));
    assert_eq!(outcome(&[4]), Ok(Outcome::Undefined("fewer than two stages".to_owned())));
}

#[test]
fn new_for_some_months() {
    let definitions = right(
        r#"let new_for = param("new_customer_months", 12, "how long a customer counts as new");
           let life    = orders.per(orders.customer_id, orders.ordered_at);
           let young   = orders.where(orders.ordered_at < life.first(orders.ordered_at) + new_for.months);
           metric("young", #{ value: young.sum(orders.amount) });"#,
    );
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        "sum(orders[(orders.ordered_at < (first(orders.ordered_at of orders per orders.customer_id \
         order orders.ordered_at) + 12 months))], orders.amount)"
    );
}

#[test]
fn attribution() {
    let definitions = right(
        r#"let paths = orders.join(touches, orders.customer_id == touches.customer_id and touches.at <= orders.ordered_at);
           let path  = paths.per(orders.id, touches.at);
           metric("first", #{ value: paths.where(path.rank() == 1).sum(orders.amount) });
           metric("last", #{ value: paths.where(path.rank_from_end() == 1).sum(orders.amount) });
           metric("linear", #{ value: paths.sum(orders.amount / path.count()) });"#,
    );
    let paths = "(orders join touches on ((orders.customer_id == touches.customer_id) and (touches.at <= orders.ordered_at)))";
    let plans: Vec<String> = definitions.metrics.iter().map(|m| plan::measure(&m.value)).collect();
    let per = format!("of {paths} per orders.id order touches.at");
    assert_eq!(
        plans,
        [
            format!("sum({paths}[(rank( {per}) == 1)], orders.amount)"),
            format!("sum({paths}[(rank_from_end( {per}) == 1)], orders.amount)"),
            format!("sum({paths}, (orders.amount / count( {per})))"),
        ]
    );
}

#[test]
fn the_same_customers_at_two_moments() {
    let definitions = right(
        r#"let mrr = subscriptions.active(subscriptions.started_at, subscriptions.ended_at);
           metric("net_revenue_retention", #{ value:
               mrr.at_end().where(subscriptions.customer_id in mrr.at_start().customer_id).sum(subscriptions.mrr)
               / mrr.at_start().sum(subscriptions.mrr) });"#,
    );
    let life = "(subscriptions.started_at..subscriptions.ended_at)";
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        format!(
            "(sum(subscriptions[subscriptions.customer_id in subscriptions@start{life}:subscriptions.customer_id]\
             @end{life}, subscriptions.mrr) / sum(subscriptions@start{life}, subscriptions.mrr))"
        )
    );
}

#[test]
fn duplicates_normalised() {
    let definitions = right(
        r#"let known = contacts.active(contacts.created_at).at_end();
           metric("duplicate_contact_rate", #{ value: known.share(
               known.per(contacts.email.trim().lower()).count() > 1 or known.per(contacts.phone.digits().right(9)).count() > 1) });"#,
    );
    let known = "contacts@end(contacts.created_at)";
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        format!(
            "share({known}, ((count( of {known} per lower(trim(contacts.email))) > 1) \
             or (count( of {known} per right(digits(contacts.phone), 9)) > 1)))"
        )
    );
}

#[test]
fn adoption() {
    let definitions = right(
        r#"metric("user_adoption_rate", #{ value: users.active(users.licensed_from, users.licensed_until).during()
               .share(users.id in logins.where(period.contains(logins.at)).user_id) });"#,
    );
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        "share(users@during(users.licensed_from..users.licensed_until), users.id in \
         logins[((logins.at >= period.start) and (logins.at < period.end))]:logins.user_id)"
    );
}

#[test]
fn nps_on_any_scale() {
    let definitions = right(
        r#"let nps = surveys.where(surveys.kind == "nps");
           let scales = #{ "0-10": [9, 6], "1-10": [9, 6], "1-5": [5, 3], "1-3": [3, 1] };
           let bounds = scales[param("nps_scale", "0-10", "answers allowed", scales.keys())];
           metric("net_promoter_score", #{ value: 100 * (nps.share(surveys.score >= bounds[0]) - nps.share(surveys.score <= bounds[1])) });"#,
    );
    let nps = "surveys[(surveys.kind == \"nps\")]";
    assert_eq!(
        plan::measure(&definitions.metrics[0].value),
        format!("(100 * (share({nps}, (surveys.score >= 9)) - share({nps}, (surveys.score <= 6))))")
    );
    assert_eq!(definitions.params[0].allowed.len(), 4);
}

#[test]
fn the_lines_of_the_design() {
    right(
        r#"let won = deals.where(deals.outcome == "won");
           let ended = deals.where(deals.outcome in ["won", "lost"]);
           metric("a", #{ value: won.sum(deals.amount), unit: "money" });
           metric("b", #{ value: ended.median(deals.closed_at - deals.created_at), unit: "days" });
           metric("c", #{ value: customers.active(customers.started_at, customers.ended_at).at_start().count() });
           metric("d", #{ value: orders.count_distinct(orders.customer_id).trailing(12, "months") });
           metric("e", #{ value: spend.where(spend.category in ["sales", "marketing"]).sum(spend.amount) / metrics.new_customers });
           metric("f", #{ value: metrics.won_revenue.growth(1, "year") });"#,
    );
}
