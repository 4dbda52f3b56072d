"""ShipHero, through its public GraphQL API."""
