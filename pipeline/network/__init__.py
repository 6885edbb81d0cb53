"""How the outside is asked: our name, which addresses are out of bounds, and what robots.txt says."""
