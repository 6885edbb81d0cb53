"""The answers of servers that one chunk needs: remembered from earlier builds, or asked for now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pipeline.images.blobs import read_blobs
from pipeline.images.ledger import Past, is_settled, tries_of
from pipeline.images.remote import RemoteFetcher
from pipeline.images.spill import Spill
from pipeline.images.tries import Answer, Try
from pipeline.stage import Context


class Asking:
    """Each URL is asked for once, however many images name it, and not at all where the answer is known.

    Args:
        context: the dataset and the recipe.
        rounds: URL -> the round that is due, where it is not the first.
        past: what earlier builds found.
        spill: gets the bytes of all that is had.
    """

    def __init__(
        self, context: Context, rounds: Mapping[str, int], past: Sequence[Past], spill: Spill
    ) -> None:
        self.tries: list[Try] = []
        self.answers: dict[str, Answer] = {}
        self.ids: dict[str, str] = {}
        self._max_bytes = context.recipe.images.max_bytes
        self._past = {one.image_url: (one.round, tries_of(one.tries)) for one in past}
        self._rounds = {url: number for url, (number, _) in self._past.items()} | dict(rounds)
        self._spill = spill
        _fill(spill, context.dataset, past)
        self._remote = RemoteFetcher(context.recipe.network, self._max_bytes, context.dataset)

    def ask(self, urls: Iterable[str]) -> None:
        """Make sure that `answers` has each URL, and `ids` those that were had."""
        unknown: dict[str, Try | None] = {}
        for url in sorted(set(urls) - self.answers.keys()):
            number, tries = self._past.get(url, (0, ()))
            if not tries or not is_settled(tries[-1], self._max_bytes):
                unknown[url] = None
                continue
            self.tries += tries
            last = tries[-1]
            lost = last.image_id is not None and last.image_id not in self._spill.sizes
            if lost or number < self._rounds[url]:
                unknown[url] = last
            else:
                self._take(last)
        tries = self._remote.fetch(unknown, self._rounds, self._spill)
        self.tries += tries
        for one in tries:
            self._take(one)

    def _take(self, last: Try) -> None:
        self.answers[last.image_url] = last.answer
        if last.image_id is not None:
            self.ids[last.image_url] = last.image_id


def _fill(spill: Spill, dataset: str, past: Iterable[Past]) -> None:
    """Put the bytes that are still there into `spill`."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for one in past:
        image_id = tries_of(one.tries)[-1].image_id
        if one.blob is not None and image_id is not None:
            wanted[one.blob].add(image_id)
    for blob, image_ids in wanted.items():
        try:
            for image_id, data in read_blobs(dataset, blob, image_ids):
                spill.add(image_id, data)
        except FileNotFoundError:
            # What is lost is asked for again.
            continue
