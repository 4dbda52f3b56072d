"""The bulk loader that seeding and importing share: plain tuples in, COPY or prepared statements out."""
