"""The pages of donor engagement, for its manifest; nothing heavy is imported here."""

from __future__ import annotations

from perdure.kernel.endpoints import Endpoint
from perdure.kernel.solution import Page

_HERE = "perdure.solutions.donor.pages"
_STYLES = (f"{_HERE}:donor.css",)

PAGES: tuple[Page, ...] = (
    Page("today", "Today's contacts", f"{_HERE}:today.html", f"{_HERE}.today:today",
         styles=_STYLES),
    Page("policy", "Policy explorer", f"{_HERE}:policy.html", f"{_HERE}.policy:policy",
         scripts=(f"{_HERE}:policy.js", f"{_HERE}:again.js"), styles=_STYLES),
    Page("worlds", "Worlds and regret", f"{_HERE}:worlds.html", f"{_HERE}.worlds:worlds",
         styles=_STYLES),
    Page("off-policy", "What the log says", f"{_HERE}:off_policy.html",
         f"{_HERE}.off_policy:off_policy",
         scripts=(f"{_HERE}:again.js",), styles=_STYLES),
)  # fmt: skip
"""Who is contacted today, why by this policy, how sure that is, and what the own log says."""

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/policy-variants", f"{_HERE}.variants:policy_variants",
             summary="Best actions where cost, fading and contacts differ (simulated)"),
)  # fmt: skip
"""The planned tables of the policy explorer, for its sliders."""
