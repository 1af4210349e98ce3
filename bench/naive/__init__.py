"""The application that one would write first: strawberry over tortoise objects, and nothing else.

The same tables and the same answers as Boucle's for the documents of `bench/documents`. It uses
the ORM as its documentation teaches: `prefetch_related` for what belongs to a page, `count()` and
`group_by` for totals and facets, a resolver for each object. It has the read models to read from,
the text index, no dataloaders, no limits, no logs.
"""
