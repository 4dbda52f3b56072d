"""What only views need: htmx, permissions, sessions, error pages, formatting."""
