"""E-mails to elements."""

from pipeline.extract.email.read import read_email

__all__ = ["read_email"]
