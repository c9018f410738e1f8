"""
The ground every capability stands on: errors, access, events, states, quantities, time and ids.

Pure: no Flask, no database, no clock, no input or output.
"""
