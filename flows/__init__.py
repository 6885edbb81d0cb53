"""Prefect flows and deployments, the job dispatch to Ray, the command line."""
