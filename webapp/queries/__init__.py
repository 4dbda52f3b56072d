"""The read side: builds selects and returns records; never writes."""
