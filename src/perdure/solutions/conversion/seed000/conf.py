"""Seed 000's two configuration files, read as they are.

Only what shapes the numbers is used. Bucket names, ``.pkl`` paths and feature-store names are
read as texts: nothing is fetched, nothing is unpickled. Keys that are not listed are left alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from perdure.kernel.errors import ConfigError
from perdure.kernel.positions import read_yaml


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, protected_namespaces=())


M = TypeVar("M", bound=_Part)


class FeatureTransformation(_Part):
    """Which columns are dropped, one-hot encoded, identifiers, and the target."""

    drop_column_list: tuple[str, ...] = ()
    one_hot_encode_feature_list: tuple[str, ...] = ()
    id_target_col_list: tuple[str, ...] = ()
    id_col_list: tuple[str, ...] = ()
    target_col: str = "TARGET"


class ParamValues(_Part):
    """Thresholds of the feature selection."""

    variance_threshold_value: float = Field(default=0.1, ge=0)
    select_k_best_feature_num: int = Field(default=30, ge=1)


class FeatureConf(_Part):
    """``feature_pipeline.yml``."""

    feature_transformation: FeatureTransformation = FeatureTransformation()
    param_values: ParamValues = ParamValues()


class TrainModelParameters(_Part):
    """Split sizes and the parameters of the boosted trees, under XGBoost's names."""

    inference_size: float = Field(default=0.1, ge=0, lt=1)
    val_size: float = Field(default=0.2, gt=0, lt=1)
    model_params: dict[str, float | int | str | bool | None] = Field(default_factory=dict)


class TrainingConf(_Part):
    """``training_pipeline.yml``."""

    train_model_parameters: TrainModelParameters = TrainModelParameters()


def feature_conf(path: Path) -> FeatureConf:
    """The feature configuration; ConfigError names file, key and what is wrong."""
    return _read(FeatureConf, path)


def training_conf(path: Path) -> TrainingConf:
    """The training configuration; ConfigError names file, key and what is wrong."""
    return _read(TrainingConf, path)


def _read(model: type[M], path: Path) -> M:
    document = read_yaml(path)
    try:
        return model.model_validate(document.values)
    except ValidationError as error:
        first = error.errors()[0]
        key = tuple(str(part) for part in first["loc"])
        place = document.positions.get(key)
        where = str(place) if place else path.name
        raise ConfigError(f"{'.'.join(key)}: {first['msg']}", where=where) from error
