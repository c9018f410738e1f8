"""Technical parts that know neither a capability nor an HTTP request: database, transaction, events, jobs, mail,
gazetteer.
"""
