"""What the benchmarks must reach: one line for each measure that has a bound."""

from __future__ import annotations

from dataclasses import dataclass

from tests.fidelity.targets import TARGETS as TARGETS_OF_PAGES


@dataclass(frozen=True)
class Target:
    """A bound on a measure, which a benchmark's `run` returns under that name."""

    benchmark: str
    measure: str
    bound: float
    at_least: bool
    peer: str

    def reached(self, value: float) -> bool:
        """Say whether `value` is on the right side of the bound."""
        return value >= self.bound if self.at_least else value <= self.bound

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.bound:g}"


TARGETS = (
    Target("diagnosis", "provoked faults that are named, share", 1, at_least=True, peer="every fault"),
    Target("diagnosis", "healthy trainings that are accused, share", 0, at_least=False, peer="no fault"),
    Target("explorer", "first page, median ms", 1000, at_least=False, peer="ten users at once"),
    Target("explorer", "filter, median ms", 300, at_least=False, peer="ten users at once"),
    Target("explorer", "query by group, from the shell, median s", 1.5, at_least=False, peer="all elements"),
    Target("explorer", "search, median ms", 300, at_least=False, peer="ten users at once"),
    Target("explorer", "vector search, median ms", 50, at_least=False, peer="150,000 images"),
    Target("explorer", "vector search, recall at 10", 0.95, at_least=True, peer="all vectors compared"),
    Target("explorer", "server's own memory, GiB", 1, at_least=False, peer="at its highest"),
    Target("fetch", "ratio to bare img2dataset", 0.95, at_least=True, peer="img2dataset's Downloader"),
    Target("hashing", "hashing to decoding", 1.0, at_least=True, peer="Pillow's decoding"),
    Target("html", "times trafilatura", 10, at_least=True, peer="trafilatura, images and metadata on"),
    Target(
        "html", "times resiliparse", 0.5, at_least=True, peer="resiliparse, plain text of the main content"
    ),
    Target("probes", "held by looseleaf, share", 1, at_least=True, peer="trafilatura, see its share"),
    Target("incremental", "second build to first", 0.3, at_least=False, peer="the first build"),
    Target("loss", "fused InfoNCE to products", 1.3, at_least=False, peer="its three products"),
    Target("loss", "fused InfoNCE, extra memory to logits", 0.05, at_least=False, peer="the full logits"),
    Target("loss", "fused sigmoid to products", 1.3, at_least=False, peer="its three products"),
    Target("loss", "fused sigmoid, extra memory to logits", 0.05, at_least=False, peer="the full logits"),
    Target("parallel", "two processors to one", 1.8, at_least=True, peer="one processor"),
    Target("parallel", "peak at all to a few", 1.25, at_least=False, peer="a tenth of the documents"),
    Target("mining", "faiss to exact", 1.0, at_least=True, peer="faiss.IndexFlatIP, as many threads"),
    Target("mining", "equal to faiss, share", 0.999, at_least=True, peer="faiss.IndexFlatIP"),
    Target("mining", "exact to approximate", 10, at_least=True, peer="exact, without building the index"),
    Target("mining", "recall of approximate", 0.95, at_least=True, peer="exact"),
    Target("service", "warm, submission to first word, most, s", 10, at_least=False, peer="no service"),
    Target("shards", "ratio to webdataset", 8, at_least=True, peer="webdataset"),
    Target("shards", "ratio to bare loop", 0.6, at_least=True, peer="a loop over a memory map"),
    Target("similarity", "loop to packed", 8, at_least=True, peer="a Python loop over document pairs"),
    Target(
        "similarity",
        "padding to packed, whole documents",
        5,
        at_least=True,
        peer="sets padded to the largest",
    ),
    # Twice the documents are four times the pairs.
    Target(
        "similarity", "peak at 256 to 128 documents in blocks", 2.5, at_least=False, peer="all pairs at once"
    ),
    Target("waiting", "waiting, share", 0.1, at_least=False, peer="the same steps without loading ahead"),
    Target("fidelity", "content images", TARGETS_OF_PAGES["images"], at_least=True, peer="Chromium"),
    Target("fidelity", "main words", TARGETS_OF_PAGES["words"], at_least=True, peer="Chromium"),
    Target("fidelity", "tau", TARGETS_OF_PAGES["tau"], at_least=True, peer="Chromium"),
    Target("fidelity", "precision of words", TARGETS_OF_PAGES["precision"], at_least=True, peer="Chromium"),
    Target(
        "minhash", "ratio to datasketch", 3, at_least=True, peer="datasketch, same permutations and bands"
    ),
    Target("minhash", "recall to datasketch's", 0.99, at_least=True, peer="datasketch"),
    Target("streaming", "peak memory of a stage, MiB", 1536, at_least=False, peer="20 copies of the demo"),
    Target(
        "streaming", "seconds a document, many to one copy", 1.15, at_least=False, peer="one copy of the demo"
    ),
)


def target_of(benchmark: str, measure: str) -> Target | None:
    """Return the bound on a measure, if it has one."""
    found = (target for target in TARGETS if (target.benchmark, target.measure) == (benchmark, measure))
    return next(found, None)
