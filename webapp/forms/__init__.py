"""Form classes: the shape of what people send; the business rules live in services."""
