"""The digests of the bundled tables: a damaged one must not look like an empty one."""

from __future__ import annotations

from collections.abc import Mapping

BUNDLED: Mapping[str, str] = {
    "ages.csv": "9e004b06c297eab132e7cea74914d7d82a54091ce71fe03a1d568ff3daf2d337",
    "allergies.csv": "ae96bb8075029c18af7739feb02b8a37405d835100340c5b22c347ecc987a6bb",
    "classes.csv": "af4306eb20522b39557e301d1e0fd174b5e195feff49b93e21ab474dfe9af105",
    "onc_groups.csv": "b1e9dff219d67488a57b74884f20c2bb77e6a633f6749a11909f4f33327a0ce8",
    "onc_pairs.csv": "999f3a9d83f970d262fc59ed822821c0ac08de08c07c3160bf28670782ddffea",
    "pregnancy.csv": "b9040d6563af7e0c673b534ebb5408799c9da22531fcd1d23ab2676cc0f36610",
}
