"""Places as published areas: nobody's home can be found.

Every question about where people are is answered from area ids alone, so two homes in one area get identical answers.
Pure: no Flask, no database, no clock, no file. Reading the data file is ``app.infra.areas``.
"""
