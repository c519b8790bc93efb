"""``check_solution``: what must hold for every solution, run on its own sample.

Checks of a part (features, label, proposals, endpoints, pages) run where the manifest has it.

A solution of one's own is checked like the built-in ones::

    for verdict in check_solution(SOLUTION, folder):
        assert verdict.holds, verdict
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from perdure.kernel.errors import PerdureError
from perdure.kernel.evidence import Verdict
from perdure.kernel.names import NAME
from perdure.kernel.solution import Solution
from perdure.platform.automation.pipelines.decisions import propose_and_decide
from perdure.platform.automation.rehearsed import Rehearsed
from perdure.platform.automation.service_checks import (
    endpoints_are_whole,
    monitors_read,
    pages_are_there,
    service_opens,
)
from perdure.platform.decisions.derived import Asked, derived_restrictions
from perdure.platform.decisions.log import DecisionLog
from perdure.platform.decisions.lookup import decision_table, open_actions
from perdure.platform.decisions.restrictions import CONSENT, Restriction, restrict
from perdure.platform.features.compute import compute_features
from perdure.platform.features.materialise import features_table
from perdure.platform.features.online import OnlineStore
from perdure.platform.features.population import population
from perdure.platform.inference.online import one_row
from perdure.platform.registry.release import assess
from perdure.platform.training.card import missing

Check = Callable[[Rehearsed], str]
"""Gives what is wrong, in words; nothing when all is well."""


def check_solution(solution: Solution, folder: Path, *, size: int = 4_000) -> Iterator[Verdict]:
    """Every check that applies on the solution's own sample, one verdict each."""
    played = Rehearsed(folder, solution, size)
    for name, check in checks_of(solution).items():
        wrong = _found(check, played)
        wanted = (check.__doc__ or name).splitlines()[0]
        yield Verdict(f"{solution.name}: {name}", wanted, wrong or "as wanted", not wrong)


def _found(check: Check, played: Rehearsed) -> str:
    """What is wrong; an error that a person can act on is told like any other finding."""
    try:
        return check(played)
    except PerdureError as error:
        return str(error)


def checks_of(solution: Solution) -> dict[str, Check]:
    """The checks of :data:`CHECKS` that apply: those whose part the manifest has."""
    return {
        name: check
        for name, check in CHECKS.items()
        if all(getattr(solution, part) for part in PARTS.get(check, ()))
    }


def manifest_is_whole(played: Rehearsed) -> str:
    """The manifest asks a question and names an owner, a schedule and the intended use."""
    told = played.solution
    faults = [] if told.question.endswith("?") else ["the question is none"]
    faults += [] if told.owner else ["no owner"]
    faults += [] if len(told.schedule.split()) == 5 else ["the schedule is no cron line"]
    faults += [] if told.use else ["no intended use"]
    faults += [] if told.label or told.learns_from else ["nothing to learn from"]
    return "; ".join(faults)


def words_are_explained(played: Rehearsed) -> str:
    """Every column and every feature says what it means, under a legal name."""
    contracts = played.project.contracts(played.solution).values()
    silent = [f"{c.name}.{x.name}" for c in contracts for x in c if not x.meaning]
    meanings = played.work.feature_set.meanings()
    silent += [n for n in played.work.feature_set.feature_names() if not meanings.get(n)]
    return "; ".join([*silent, *(n for n in meanings if not NAME.match(n.lower()))])


def forbidden_tables_stay_shut(played: Rehearsed) -> str:
    """Neither a feature nor training reads a table that the manifest forbids."""
    return ", ".join(set(played.work.sources) & set(played.solution.forbidden_tables))


def sample_fits_its_contracts(played: Rehearsed) -> str:
    """Every row of the sample is stored, none is set aside."""
    set_aside = {n: dict(r.by_rule) for n, r in played.ingested.items() if r.quarantined}
    return json.dumps(set_aside) if set_aside else ""


def sample_is_the_same_again(played: Rehearsed) -> str:
    """The same seed makes the same sample."""
    again = played.solution.code("sample")(played.seed, played.size).tables(played.at)
    return ", ".join(n for n, t in played.tables.items() if not t.equals(again[n]))


def features_ignore_the_future(played: Rehearsed) -> str:
    """A row that is known only after the moment changes no feature at it."""
    before = played.at - timedelta(days=100)
    then = {n: t.filter(pc.less_equal(t["known_at"], before)) for n, t in played.tables.items()}
    return _differ(_features(played, played.tables, before), _features(played, then, before))


def features_ignore_row_order(played: Rehearsed) -> str:
    """The order of the rows changes no feature."""
    turned = {n: t.take(pa.array(range(len(t))[::-1])) for n, t in played.tables.items()}
    return _differ(
        _features(played, played.tables, played.at), _features(played, turned, played.at)
    )


def features_of_nothing_are_nothing(played: Rehearsed) -> str:
    """Empty tables give an empty population and no error."""
    empty = {name: table.slice(0, 0) for name, table in played.tables.items()}
    rows = _features(played, empty, played.at).height
    return f"{rows} rows from empty tables" if rows else ""


def censored_stays_censored(played: Rehearsed) -> str:
    """A label is NULL where, and only where, its state says censored."""
    frame = pl.DataFrame(played.training.frame())
    censored = pl.col("label_state").str.starts_with("censored")
    wrong = frame.filter(censored != pl.col("label").is_null()).height
    return f"{wrong} labels" if wrong else ""


def both_outcomes_are_learnt(played: Rehearsed) -> str:
    """The sample holds positive and negative outcomes."""
    found = set(pl.DataFrame(played.training.frame())["label"].drop_nulls().unique().to_list())
    return "" if found == {0, 1} else f"labels {sorted(found)}"


def evidence_is_beside_the_rules(played: Rehearsed) -> str:
    """Every simple rule of the manifest was measured beside what is served."""
    methods = {row.method for row in played.model.bundle.evidence()}
    return ", ".join({*played.solution.baselines, "served"} - methods)


def evidence_has_an_interval(played: Rehearsed) -> str:
    """The primary metric of what is served has a 95 % interval around it."""
    rows = [r for r in played.model.bundle.evidence() if r.method == "served"]
    primary = [r for r in rows if r.metric == played.solution.primary_metric]
    bounded = [r for r in primary if r.low is not None and r.high is not None]
    return "" if bounded else "no interval"


def card_is_complete(played: Rehearsed) -> str:
    """All source attributes of the model card are said."""
    return ", ".join(missing(played.model.bundle.card()))


def gate_answers_every_question(played: Rehearsed) -> str:
    """The gate judges the candidate, smoke score in a child process included."""
    report = assess(
        played.project, played.solution, played.version.reference, played.work.settings.gate
    )
    smoke = [c for c in report.checks if c.name == "smoke"]
    return "" if smoke and smoke[0].holds else report.refusal() or "no smoke check"


def bundle_holds_no_pickle(played: Rehearsed) -> str:
    """No file of the bundle is a pickle."""
    files = played.model.bundle.bundle
    return ", ".join(n for n in files.names() if files.read(n)[:2] in {b"\x80\x04", b"\x80\x05"})


def probabilities_are_probabilities(played: Rehearsed) -> str:
    """Every probability lies between 0 and 1."""
    values = _scores(played)["probability"]
    wrong = values.filter(~values.is_between(0, 1) | values.is_nan()).len()
    return f"{wrong} of {values.len()}" if wrong else ""


def one_row_scores_like_many(played: Rehearsed) -> str:
    """One entity asked online gets the batch's score to the last bit."""
    predictor, rows = played.model.predictor, _scores(played).head(5)
    categorical = played.work.feature_set.categorical
    view = features_table(played.solution.name, played.work.case)
    wrong = []
    with OnlineStore(played.project.var / "online.sqlite") as store:
        for entity, probability in zip(rows["entity"], rows["probability"], strict=True):
            known = store.get(view, entity)
            values = {n: v for n, v in (known or {}).items() if not isinstance(v, datetime)}
            asked = one_row(values, predictor.inputs, categorical)
            if predictor.predict(asked)[0] != probability:
                wrong.append(entity)
    return ", ".join(wrong)


def strange_rows_are_answered(played: Rehearsed) -> str:
    """A row with every input missing, or with unseen labels, gets a finite answer."""
    smoke = played.model.bundle.smoke().slice(0, 1)
    nothing = pa.table({f.name: pa.nulls(1, f.type) for f in smoke.schema})
    unseen = pa.table(
        {
            f.name: pa.array(["never seen"]) if pa.types.is_string(f.type) else smoke[f.name]
            for f in smoke.schema
        }
    )
    answers = [played.model.predictor.predict(table) for table in (nothing, unseen)]
    return "" if np.isfinite(np.concatenate(answers)).all() else "not finite"


def every_decision_has_a_reason(played: Rehearsed) -> str:
    """Every action to take says why, and doing nothing was possible."""
    _decide(played)
    actions = open_actions(played.project, played.solution.name, played.work.case)
    mute = [a.id for a in actions if not a.reasons or not a.alternatives]
    return f"{len(mute)} of {len(actions)}" if mute or not actions else ""


def the_restricted_are_left_alone(played: Rehearsed) -> str:
    """Nothing is decided to be done with somebody who opted out."""
    best = str(_scores(played)["entity"][0])
    early = played.at - timedelta(days=1)
    restrict(played.project, Restriction(best, "opt-out", early, source="checks"))
    _decide(played, model="restricted")
    made = decision_table(played.project, played.solution.name, played.work.case)
    told = _contacts(played, made).filter(
        (pl.col("entity") == best) & (pl.col("model") == "restricted")
    )
    return "" if told.is_empty() else f"{best} was decided upon"


def what_its_tables_forbid_is_not_done(played: Rehearsed) -> str:
    """Nobody is decided upon against what the solution derives from its tables."""
    project, solution, case = played.project, played.solution, played.work.case
    _decide(played)
    made = decision_table(project, solution.name, case)
    doing = _contacts(played, made)
    asked = Asked.about(solution.name, case, played.at, made["entity"])
    found = derived_restrictions(project, asked).filter(pl.col("kind") != CONSENT)
    held = doing.join(found, on="entity").filter(
        pl.col("valid_from").is_between(pl.col("starts"), pl.col("until"), closed="left"),
        (pl.col("channel_right") == "")
        | (pl.col("channel") == "")
        | (pl.col("channel_right") == pl.col("channel")),
    )
    return f"{held.height} against {held['kind'][0]}" if held.height else ""


def the_log_is_what_was_written(played: Rehearsed) -> str:
    """The decision log's chain verifies."""
    report = DecisionLog(played.project.ops, played.project.var).verify()
    return "; ".join(report.problems)


def deciding_twice_adds_nothing(played: Rehearsed) -> str:
    """The same question again adds no decision."""
    _decide(played)
    before = decision_table(played.project, played.solution.name, played.work.case).height
    _decide(played)
    after = decision_table(played.project, played.solution.name, played.work.case).height
    return "" if after == before else f"{after - before} more"


def _features(played: Rehearsed, tables: Mapping[str, pa.Table], at: datetime) -> pl.DataFrame:
    """The features of the population that these tables hold, in a fixed order of rows."""
    work = played.work
    spine = population(tables, work.feature_set, work.contracts, at)
    made = compute_features(tables, work.feature_set, work.contracts, spine)
    return pl.DataFrame(made).sort("entity")


def _differ(one: pl.DataFrame, other: pl.DataFrame) -> str:
    """The columns in which two tables of features differ."""
    if one.height != other.height:
        return f"{one.height} and {other.height} entities"
    return ", ".join(n for n in one.columns if not _alike(one[n], other[n]))


def _alike(one: pl.Series, other: pl.Series) -> bool:
    if not one.dtype.is_float():
        return one.equals(other)
    # A sum in another order of rows may differ in its last bits.
    return bool(np.allclose(one.to_numpy(), other.to_numpy(), rtol=1e-9, equal_nan=True))


def _scores(played: Rehearsed) -> pl.DataFrame:
    scored = played.scored
    rows = played.project.lake.dataset(scored.table, scored.version).to_table()
    here = pl.DataFrame(rows).filter(pl.col("index_date") == scored.partition)
    return here.sort("probability", "raw", "entity", descending=[True, True, False])


def _contacts(played: Rehearsed, made: pl.DataFrame) -> pl.DataFrame:
    """The decisions that touch somebody: a policy also logs whom it leaves alone."""
    policy = played.work.settings.decision.policy(played.solution.name, played.work.case)
    return made.filter(~pl.col("action").is_in(list(policy.null_actions)))


def _decide(played: Rehearsed, model: str = "checks") -> None:
    propose_and_decide(played.work, pl.DataFrame(_scores(played)).to_arrow(), played.at, model)


CHECKS: dict[str, Check] = {
    check.__name__.replace("_", " "): check
    for check in (
        manifest_is_whole,
        words_are_explained,
        forbidden_tables_stay_shut,
        sample_fits_its_contracts,
        sample_is_the_same_again,
        features_ignore_the_future,
        features_ignore_row_order,
        features_of_nothing_are_nothing,
        censored_stays_censored,
        both_outcomes_are_learnt,
        evidence_is_beside_the_rules,
        evidence_has_an_interval,
        card_is_complete,
        gate_answers_every_question,
        bundle_holds_no_pickle,
        probabilities_are_probabilities,
        one_row_scores_like_many,
        strange_rows_are_answered,
        every_decision_has_a_reason,
        deciding_twice_adds_nothing,
        the_restricted_are_left_alone,
        what_its_tables_forbid_is_not_done,
        the_log_is_what_was_written,
        endpoints_are_whole,
        service_opens,
        monitors_read,
        pages_are_there,
    )
}

_LABELLED, _DECIDING = ("label",), ("features", "propose")
PARTS: dict[Check, tuple[str, ...]] = {
    features_ignore_the_future: ("features",),
    features_ignore_row_order: ("features",),
    features_of_nothing_are_nothing: ("features",),
    censored_stays_censored: _LABELLED,
    both_outcomes_are_learnt: _LABELLED,
    probabilities_are_probabilities: ("features",),
    one_row_scores_like_many: ("features",),
    strange_rows_are_answered: ("features",),
    every_decision_has_a_reason: _DECIDING,
    deciding_twice_adds_nothing: _DECIDING,
    the_restricted_are_left_alone: _DECIDING,
    what_its_tables_forbid_is_not_done: (*_DECIDING, "restrict"),
    endpoints_are_whole: ("endpoints",),
    service_opens: ("service",),
    monitors_read: ("monitors",),
    pages_are_there: ("pages",),
}
"""The parts of the manifest without which a check has nothing to look at."""
