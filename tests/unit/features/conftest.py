"""Lets the tests of this folder import what they share: the oracle and the cases."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
