"""A boosted ranker of candidates whose score is a sum of parts, at the price of one look-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from perdure.methods.recommend.membership import Floats, Ints


@dataclass(frozen=True, slots=True)
class RankerSettings:
    """How the trees are grown; the values of the reference."""

    objective: str = "binary"
    rate: float = 0.06
    leaves: int = 31
    least: int = 100
    rounds: int = 600
    patience: int = 40
    columns: float = 0.6
    threads: int = 1
    seed: int = 0


@dataclass(frozen=True)
class Ranker:
    """Boosted trees over candidates, with exact additive parts.

    Every leaf of a tree is reached by one path, so what each column contributes to it is a constant
    (Saabas 2014: the change of the mean value along the path). ``effect`` holds it by tree and
    leaf and kind of column, so that reasons cost one gather: bias and parts add up to the score.
    """

    text: str
    columns: tuple[str, ...]
    kinds: tuple[str, ...]

    @classmethod
    def fit(
        cls, numbers: Floats, hit: Floats, sizes: Ints, *, columns: Sequence[str],
        kinds: Mapping[str, str], settings: RankerSettings | None = None,
        held_out: tuple[Floats, Floats, Ints] | None = None,
    ) -> Self:  # fmt: skip
        """Learn which candidates were entered.

        ``sizes`` are the numbers of candidates of each record, in order; ``held_out`` (numbers,
        hit, sizes of later records) stops the growth; ``kinds`` names the reason of each column.
        """
        chosen = settings or RankerSettings()
        known = lgb.Dataset(numbers, hit, group=sizes, feature_name=list(columns))
        later = [
            lgb.Dataset(x, y, group=g, reference=known) for x, y, g in filter(None, [held_out])
        ]
        stop = [lgb.early_stopping(chosen.patience, verbose=False)] if later else []
        made = lgb.train(_grown(chosen), known, chosen.rounds, valid_sets=later, callbacks=stop)
        best = made.best_iteration or made.current_iteration()
        text = made.model_to_string(num_iteration=best)
        return cls.of(text, columns, kinds)

    @classmethod
    def of(cls, text: str, columns: Sequence[str], kinds: Mapping[str, str]) -> Self:
        """The ranker whose trees are written in ``text``."""
        return cls(text, tuple(columns), tuple(kinds[name] for name in columns))

    @cached_property
    def booster(self) -> lgb.Booster:
        """The trees, ready to answer."""
        return lgb.Booster(model_str=self.text)

    @cached_property
    def effects(self) -> Effects:
        """What each leaf says about each kind of reason."""
        return leaf_effects(self.booster.dump_model()["tree_info"], self.kinds)

    def raw(self, numbers: Floats) -> Floats:
        """The score of each candidate, in log odds when it learned hits and misses."""
        if not len(numbers):
            return np.zeros(0, dtype=np.float32)
        return np.asarray(self.booster.predict(numbers, raw_score=True, num_threads=1))

    def parts(self, numbers: Floats) -> tuple[tuple[str, ...], Floats, float]:
        """Kinds of reason (k), their effects (n, k) and the base: row sums and base are ``raw``."""
        found = self.effects
        if not len(numbers):
            return found.kinds, np.zeros((0, len(found.kinds)), dtype=np.float32), found.base
        leaves = np.asarray(self.booster.predict(numbers, pred_leaf=True, num_threads=1))
        at = leaves.reshape(len(numbers), -1).astype(np.int64) + found.start
        return found.kinds, np.asarray(found.of_leaf[at].sum(axis=1)), found.base


@dataclass(frozen=True, slots=True)
class Effects:
    """Constants by leaf: ``of_leaf`` (leaves of all trees, kinds), where each tree starts, base."""

    kinds: tuple[str, ...]
    of_leaf: npt.NDArray[np.float64]
    start: Ints
    base: float


def leaf_effects(trees: Sequence[Mapping[str, Any]], kinds: Sequence[str]) -> Effects:
    """Walk every tree once and note what each step towards a leaf changed."""
    names = tuple(dict.fromkeys(kinds))
    of_column = [names.index(kind) for kind in kinds]
    rows: list[npt.NDArray[np.float64]] = []
    starts, base = [], 0.0
    for tree in trees:
        starts.append(sum(len(r) for r in rows))
        made = np.zeros((tree["num_leaves"], len(names)))
        base += _walk(tree["tree_structure"], of_column, made)
        rows.append(made)
    whole = np.concatenate(rows) if rows else np.zeros((0, len(names)))
    return Effects(names, whole, np.array(starts, dtype=np.int64), base)


def _walk(
    root: Mapping[str, Any], of_column: Sequence[int], made: npt.NDArray[np.float64]
) -> float:
    """Fill the effects of one tree; gives the value at its root."""
    waiting = [(root, np.zeros(made.shape[1]))]
    while waiting:
        node, so_far = waiting.pop()
        if "split_feature" not in node:
            made[node.get("leaf_index", 0)] = so_far
            continue
        for child in (node["left_child"], node["right_child"]):
            step = so_far.copy()
            step[of_column[node["split_feature"]]] += _value(child) - _value(node)
            waiting.append((child, step))
    return _value(root)


def _value(node: Mapping[str, Any]) -> float:
    return float(node["internal_value"] if "internal_value" in node else node["leaf_value"])


def _grown(chosen: RankerSettings) -> dict[str, Any]:
    return {
        "objective": chosen.objective, "learning_rate": chosen.rate, "num_leaves": chosen.leaves,
        "min_data_in_leaf": chosen.least, "feature_fraction": chosen.columns,
        "lambdarank_truncation_level": 12, "metric": "ndcg", "ndcg_eval_at": [8],
        "num_threads": chosen.threads, "seed": chosen.seed, "deterministic": True,
        "force_row_wise": True, "verbose": -1,
    }  # fmt: skip
