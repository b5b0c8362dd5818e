"""What does the demo show? The whole system at work on sample orders, or on those of a file."""
