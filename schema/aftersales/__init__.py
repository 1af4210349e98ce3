"""GraphQL shapes of after-sales."""
