"""From the verified files of a version to a model that answers."""

from __future__ import annotations

from collections.abc import Sequence

from perdure.kernel.refs import load
from perdure.kernel.solution import Solution
from perdure.platform.registry.bundle import ModelBundle
from perdure.platform.training.context import Predictor
from perdure.platform.training.tabular import PACKAGES, TabularPredictor


def load_model(
    bundle: ModelBundle, loader: str = "", packages: Sequence[str] = PACKAGES
) -> Predictor:
    """The model of a bundle: by ``loader`` (``"module:function"`` of the bundle), else tabular.

    ``packages`` are those whose learners a tabular model may name.
    """
    if loader:
        made: Predictor = load(loader)(bundle)
        return made
    return TabularPredictor.from_files(bundle.files(), packages)


def trusted_packages(solution: Solution) -> tuple[str, ...]:
    """The packages whose learners a model of that solution may name: methods, and its own.

    >>> trusted_packages(Solution("x", "X", "?", "000", "rules", "npi", train="my.model:train"))
    ('perdure.methods', 'my')
    """
    own = solution.train.partition(":")[0].rpartition(".")[0]
    return (*PACKAGES, own) if own else PACKAGES
