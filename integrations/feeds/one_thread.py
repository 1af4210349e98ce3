"""Work that must stay in the thread where it began."""

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def in_one_thread(begin: Callable[[], Generator[T]]) -> Generator[T]:
    """What a generator yields, every step of it in one thread of its own.

    A chunk is asked for by whichever thread is free, but libxml2 keeps the names of a document in
    a table of the thread that began it: carried on in another, it corrupts the memory of the
    process.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="feed-xml") as thread:
        found = thread.submit(begin).result()
        try:
            while (one := thread.submit(next, found, None).result()) is not None:
                yield one
        finally:
            thread.submit(found.close).result()
