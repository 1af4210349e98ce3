"""XML stays in the thread that began it, whoever asks for the next chunk."""

import threading
from concurrent.futures import ThreadPoolExecutor

from integrations.feeds.one_thread import in_one_thread
from integrations.feeds.reading import open_feed
from tests.integrations.feeds.reading import DATA, FULL, golden


def asked_by_many(items):
    """The items, each asked for by a thread of its own."""
    found = []
    while True:
        with ThreadPoolExecutor(1) as thread:
            one = thread.submit(next, items, None).result()
        if one is None:
            return found
        found.append(one)


def test_every_step_is_made_in_one_thread_and_so_is_the_end():
    seen = []

    def steps():
        try:
            for n in range(1, 4):
                seen.append(threading.get_ident())
                yield n
        finally:
            seen.append(threading.get_ident())

    assert asked_by_many(in_one_thread(steps)) == [1, 2, 3]
    stopped = in_one_thread(steps)
    assert next(stopped) == 1
    stopped.close()

    assert len(seen) == 6
    assert len(set(seen[:4])) == len(set(seen[4:])) == 1
    assert threading.get_ident() not in seen


def test_a_feed_is_the_same_whichever_threads_ask_for_its_chunks():
    chunks = asked_by_many(open_feed(DATA / "atom.xml", FULL).chunks)

    assert chunks[0].frame.equals(golden("atom.xml").frame)
