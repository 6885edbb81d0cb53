"""Numbers with their units, as documents print them."""
