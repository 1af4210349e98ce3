"""How processes that live long collect what is no longer used."""

import gc
from typing import Final

YOUNG_OBJECTS: Final = 20_000


def settle() -> None:
    """Leave what was loaded out of every collection, and collect less often than by default.

    The schema alone is some hundred thousand objects that live as long as the process: a full
    collection would look at each of them while requests wait, or while a file of many lines is
    read.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 50)
