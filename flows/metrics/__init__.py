"""What Prefect's books say of flows and stages, for Prometheus: its own server tells only of its process."""
