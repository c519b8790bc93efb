"""What every contact policy can be asked."""

from __future__ import annotations

from typing import Protocol

from perdure.methods.contact.actions import Ints
from perdure.methods.contact.environment import Happened, Situation


class ContactPolicy(Protocol):
    """Chooses an action for each donor each month.

    A policy that keeps a memory forgets it at ``start``; ``told`` brings what became of its
    choice. Choices are wishes: masks are applied by whoever asks.
    """

    @property
    def name(self) -> str:
        """What it is called in every report."""
        ...

    def start(self, seen: Situation) -> None:
        """New donors."""
        ...

    def choose(self, seen: Situation) -> Ints:
        """An action for each donor, (n,) of places in ``ACTIONS``."""
        ...

    def told(self, seen: Situation, happened: Happened) -> None:
        """What was done in the situation ``seen``, and what happened."""
        ...


class Forgetful:
    """The part of a policy without memory."""

    def start(self, seen: Situation) -> None:
        """Nothing to forget."""

    def told(self, seen: Situation, happened: Happened) -> None:
        """Nothing to remember."""
