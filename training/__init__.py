"""Groups in, models out: encoders, fusion, similarities, objectives, Ray Train, evaluation."""
