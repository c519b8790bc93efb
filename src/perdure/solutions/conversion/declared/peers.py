"""Peers: which part of the colleagues around a physician already writes the brand."""

from __future__ import annotations

from perdure.kernel.features import Declaration, PeerShare
from perdure.solutions.conversion.settings import ConversionSettings

_GROUPS: tuple[tuple[str, tuple[str, ...], float, str], ...] = (
    ("peers_city", ("city", "state"), 1, "Share of colleagues in the city who write the brand"),
    (
        "peers_specialty_state",
        ("specialty", "state"),
        1,
        "Share of colleagues of the specialty in the state who write the brand",
    ),
    ("peers_state", ("state",), 1, "Share of colleagues in the state who write the brand"),
    ("peers_specialty", ("specialty",), 1, "Share of the specialty that writes the brand"),
    (
        "peers_practice",
        ("practice_group",),
        10,
        "Share of colleagues in the group practice who write the brand",
    ),
    (
        "peers_system",
        ("practice_system",),
        10,
        "Share of colleagues in the health system who write the brand",
    ),
)
SIZES_LEFT_OUT = (
    "peers_state_size",
    "peers_specialty_size",
    "peers_practice_size",
    "peers_system_size",
)
"""Numbers of peers that say nothing about a physician beyond the place itself."""


def by_place(settings: ConversionSettings) -> tuple[Declaration, ...]:
    """Colleagues of the same city, state, specialty, practice or system, in the market only.

    Everyone in the market counts as a colleague, writers and physicians who later drop out of
    sight too; the physician's own writing never counts. Small groups are drawn to the mean.
    """
    return tuple(
        PeerShare(
            name,
            "npi",
            "claims",
            adopted="market = :market AND product = :brand AND claims > 0",
            meaning=meaning,
            window=settings.features.windows[-1],
            population="market = :market",
            groups="physician",
            group_by=columns,
            prior_weight=prior,
        )
        for name, columns, prior, meaning in _GROUPS
    )


def by_patients(settings: ConversionSettings) -> tuple[Declaration, ...]:
    """Colleagues with whom the physician shares patients, weighted by how many."""
    return (
        PeerShare(
            "peers_shared",
            "npi",
            "claims",
            adopted="market = :market AND product = :brand AND claims > 0",
            meaning="Share of colleagues with common patients who write the brand",
            window=settings.features.windows[-1],
            edges="shared_patients",
            prior_weight=10,
        ),
    )
