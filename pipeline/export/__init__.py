"""A dataset in the forms that other tools load as their own."""
