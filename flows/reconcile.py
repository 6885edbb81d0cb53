"""The flow that looks for what was orphaned."""

from __future__ import annotations

import os
from dataclasses import asdict

from prefect import flow, get_run_logger

from flows.params import ReconcileParams
from flows.reconciling import reconcile_all


@flow(name="reconcile", flow_run_name="reconcile")
def reconcile(params: ReconcileParams = ReconcileParams()) -> dict[str, int]:  # noqa: B008 - it cannot change
    """Stop jobs that no run follows, let crashed runs go on, and free slots that nobody holds.

    Returns:
        How many of each.
    """
    return asdict(reconcile_all(os.environ["RAY_ADDRESS"], params.grace, get_run_logger().info))
