"""The GraphQL engine: any schema, any document. It knows nothing of the marketplace."""
