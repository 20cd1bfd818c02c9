"""Many sites: sensors that scan, each where it stands, and a centre that asks them and keeps what they found.

The centre is the store on PostgreSQL with a few tables beside it (`fleet.sql`); jobs, retries, locks and heartbeats are
Procrastinate's, on the same server. A *round* is one scan of one site that falls due; it has one or more *shards*, each
a job in the site's queue that any sensor of the site may take. A sensor scans with its own scope file, spools what it
heard as a *bundle*, and hands bundles in when it can; the centre judges all bundles of a round together, as one run of
the store. Identities of rounds and runs are computed from what they are, so whatever happens twice is the same thing.
"""
