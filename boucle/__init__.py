"""Entry of the application: settings, ASGI, worker and command line are composed here."""

import sys
from pathlib import Path

# Before any package of the same name in site-packages; see docs/decisions/0002-import-names.md.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
