"""GraphQL shapes: what a client sees, in the client's words."""
