"""The pages of the prescription assistant, for its manifest; nothing heavy is imported here."""

from __future__ import annotations

from perdure.kernel.solution import Page

_HERE = "perdure.solutions.prescription.pad"
_STYLES = (f"{_HERE}:pad.css",)

PAGES: tuple[Page, ...] = (
    Page(
        "pad",
        "Write a prescription",
        f"{_HERE}:pad.html",
        f"{_HERE}.writing:pad",
        # In this order: each file uses what stands before it.
        scripts=tuple(
            f"{_HERE}:{name}.js"
            for name in ("wire", "pills", "why", "entries", "safety", "templates", "pad")
        ),
        styles=_STYLES,
        posted=f"{_HERE}.plain:posted",
    ),
    Page(
        "print",
        "Saved prescriptions",
        f"{_HERE}:print.html",
        f"{_HERE}.saved:print_view",
        scripts=(f"{_HERE}:print.js",),
        styles=_STYLES,
    ),
    Page(
        "curate",
        "Added terms",
        f"{_HERE}:curate.html",
        f"{_HERE}.curating:curate",
        scripts=(f"{_HERE}:wire.js", f"{_HERE}:curate.js"),
        styles=_STYLES,
    ),
)
"""The pad, the prescriptions that were saved, and the terms that doctors added."""
