"""A model version as files: the model itself and everything that is known about it."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc

from perdure.kernel.errors import IntegrityError, UsageError
from perdure.kernel.evidence import Measured
from perdure.platform.storage.artifacts import Bundle
from perdure.platform.training.card import as_markdown
from perdure.platform.training.context import Candidate

FORMAT = 1
MODEL = "model-"
ABOUT, CARD, CARD_TEXT, EVIDENCE = "about.json", "card.json", "card.md", "evidence.json"
PROFILES, REPORT, SIGNATURE, SMOKE = "profiles.json", "report.json", "signature.json", "smoke.arrow"


@dataclass(frozen=True, slots=True)
class ModelBundle:
    """The verified files of a model version, read as what they are."""

    bundle: Bundle

    @property
    def digest(self) -> str:
        """SHA-256 of the manifest, which holds the SHA-256 of every file."""
        return self.bundle.digest

    def files(self) -> dict[str, bytes]:
        """The files of the model itself, as its trainer named them."""
        names = (name for name in self.bundle.names() if name.startswith(MODEL))
        return {name.removeprefix(MODEL): self.bundle.read(name) for name in names}

    def about(self) -> dict[str, Any]:
        """Solution, case, training table and version, index dates, declarations."""
        return self._json(ABOUT)

    def card(self) -> dict[str, Any]:
        """The model card."""
        return self._json(CARD)

    def card_text(self) -> str:
        """The model card as Markdown."""
        return self.bundle.read(CARD_TEXT).decode()

    def evidence(self) -> list[Measured]:
        """Measured values; a value that was no number comes back as NaN."""
        return [
            Measured(**(row | {"value": math.nan if row["value"] is None else row["value"]}))
            for row in self._json(EVIDENCE)["rows"]
        ]

    def profiles(self) -> dict[str, Any]:
        """What the training rows looked like, for drift monitors."""
        return self._json(PROFILES)

    def report(self) -> dict[str, Any]:
        """Tables for people: gain, calibration, slices, drivers."""
        return self._json(REPORT)

    def signature(self) -> dict[str, Any]:
        """Inputs and output."""
        return self._json(SIGNATURE)

    def smoke(self) -> pa.Table:
        """Input rows that the model must be able to answer."""
        with ipc.open_file(pa.BufferReader(self.bundle.read(SMOKE))) as reader:
            return reader.read_all()

    def _json(self, name: str) -> dict[str, Any]:
        found = json.loads(self.bundle.read(name))
        if not isinstance(found, dict):
            raise IntegrityError(f"'{name}' is no JSON object", where=f"bundle {self.digest[:12]}")
        return found


def pack(candidate: Candidate, about: Mapping[str, Any]) -> dict[str, bytes]:
    """The files of a candidate: the same candidate gives the same bytes, so the same digest."""
    if not candidate.files:
        raise UsageError("a candidate needs at least one model file")
    files = {f"{MODEL}{name}": data for name, data in candidate.files.items()}
    return files | {
        ABOUT: _as_json({"format": FORMAT, **about}),
        CARD: _as_json(candidate.card),
        CARD_TEXT: as_markdown(candidate.card).encode(),
        EVIDENCE: _as_json({"rows": [row.as_row() for row in candidate.evidence]}),
        PROFILES: _as_json(candidate.profiles),
        REPORT: _as_json(candidate.report),
        SIGNATURE: _as_json(candidate.signature),
        SMOKE: _as_arrow(candidate.smoke),
    }


def _as_json(value: object) -> bytes:
    return json.dumps(_numbers(value), sort_keys=True, indent=1, allow_nan=False).encode()


def _numbers(value: object) -> object:
    """The value with null in the place of numbers that JSON cannot hold."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _numbers(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_numbers(part) for part in value]
    return value


def _as_arrow(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    with ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    return sink.getvalue()
