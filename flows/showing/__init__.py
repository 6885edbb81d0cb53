"""What a flow run shows in Prefect's pages while it runs."""
