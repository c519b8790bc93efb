"""How actions and contact histories are called on the pages."""

from __future__ import annotations

from perdure.methods.contact.actions import ACTIONS

_ACTIONS = {"none": "Leave alone", "sms": "SMS", "email": "E-mail", "incentive": "Incentive"}
LETTERS = {"none": "·", "sms": "S", "email": "E", "incentive": "I"}


def action_word(action: str | int) -> str:
    """An action, by name or number, as people call it.

    >>> action_word("email"), action_word(1)
    ('E-mail', 'SMS')
    """
    name = ACTIONS[action] if isinstance(action, int) else action
    return _ACTIONS.get(name, name)
