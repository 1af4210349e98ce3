"""The statements about refresh projects: an old fleet, and what is bought in its place.

Source: docs/fleets.md, "Refresh".
"""

from pathlib import Path

from models.sql import statements

SQL = statements(Path(__file__).with_name("refresh.sql"))
