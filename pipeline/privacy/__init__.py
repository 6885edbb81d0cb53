"""Personal data: found in texts and masked before anything is stored."""
