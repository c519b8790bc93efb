"""A medicine string over the API: parts, what was presumed, what was not understood."""

from __future__ import annotations

from typing import Any, cast

import pytest

from perdure.solutions.prescription.api.medicines import ReadRequest, read
from perdure.solutions.prescription.service import Service

NOBODY = cast(Service, None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("DOLO 650MG TAB 8's", {"brand": "Dolo", "strengths": ["650 mg"], "form": "tablet",
                                "pack": 8, "molecules": ["paracetamol"], "unparsed": []}),
        ("CALPOL 650MG TAB 15's", {"brand": "Calpol", "pack": 15, "molecules": ["paracetamol"]}),
        ("DOLO 250MG ORAL SUSP 60ml", {"brand": "Dolo", "strengths": ["250 mg"],
                                       "volume": "60 ml"}),
    ],
)  # fmt: skip
def test_the_strings_of_the_seed(text: str, wanted: dict[str, Any]) -> None:
    found = read(NOBODY, ReadRequest(text=text)).model_dump()
    assert {name: found[name] for name in wanted} == wanted


def test_what_is_not_understood_is_kept() -> None:
    found = read(NOBODY, ReadRequest(text="<script>alert(1)</script> 5%%"))
    assert found.text == "<script>alert(1)</script> 5%%"
    assert found.unparsed or found.brand
