"""What is made of similarities: who is drawn together, who is pushed apart, and how hard."""
