"""How much memory torch holds at once."""

from __future__ import annotations

from collections.abc import Callable

from torch.profiler import ProfilerActivity, profile


def peak_bytes(way: Callable[[], object]) -> int:
    """Return the most bytes that torch allocates on the CPU beside what is held already."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        way()
    assert recorded.profiler is not None
    assert recorded.profiler.kineto_results is not None
    events = [e for e in recorded.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak
