"""How does a shop's export become orders? Read once, staged, checked as a whole, and only then placed."""
