"""What people do, handed to the platform with who did it and when."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

from perdure.interfaces.views.scope import Scope
from perdure.kernel.decisions import Feedback, FeedbackKind
from perdure.kernel.errors import UsageError
from perdure.platform.storage.project import Project

REASON = 500


def actor() -> str:
    """Who sits at this console: the user of the machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "console"
