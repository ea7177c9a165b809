"""Lists of known codes, read into the code book, and taken out of it again.

    lists.py      what kind of file it is        csv_rows.py, xlsx_rows.py   its rows, one by one
    columns.py    which column is what           catalogue.py   whether a row can be used
    storing.py    compared with the book, added  reading.py, undoing.py   batch by batch, and slice
    uploads.py    a file on its way from the admin to a worker

A row that cannot be used is told by its line and stops nothing. What the book has is never
overwritten, so that reading a list again changes nothing. Nothing that is told holds a code or a
serial: it may be printed and mailed.
"""
