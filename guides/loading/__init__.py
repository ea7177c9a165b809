"""Loading content files into rows. The machinery here serves every app that has such files:

    file = read_yaml_with_lines(path, RadioFile)       # ContentError names file, line and field
    faults(Radio, values)                              # what the model has against the values
    change = sync_row(Radio, {"key": "nissan.bp"}, values, force=False)
    prune_rows(Radio.objects.all(), keys)              # rows whose entry left the files

Read everything and check it before the first `sync_row`, and run the load in one transaction.
How guides use it stands in `guides.loading.guides`.
"""

from guides.loading.files import (
    ContentError,
    ContentFile,
    Entry,
    Place,
    Problem,
    read_yaml_with_lines,
)
from guides.loading.rows import Change, Outcome, Report, faults, prune_rows, sync_row

__all__ = [
    "Change",
    "ContentError",
    "ContentFile",
    "Entry",
    "Outcome",
    "Place",
    "Problem",
    "Report",
    "faults",
    "prune_rows",
    "read_yaml_with_lines",
    "sync_row",
]
