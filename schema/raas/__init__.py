"""Shapes of fleets and lots."""

import schema.raas.fleet_enums  # noqa: F401 (makes the enums of fleets before anybody names them)
