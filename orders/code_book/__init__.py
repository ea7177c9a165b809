"""Lists of known codes: read into the code book, and taken out of it again.

    columns.py    the sheet that is the list, its columns   csv_rows.py, xlsx_rows.py   its rows
    look_up.py    the radio that a row is of                importing.py, undo.py       the book

A row that cannot be used is named by its line and stops nothing. No entry is ever overwritten, so
that reading a list again changes nothing. No remark holds a code or a serial.
"""
