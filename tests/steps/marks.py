import pytest
from django.db import connection

# of tests that start processes: those meet in a database, and take their time
WITH_PROCESSES = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="processes share a PostgreSQL, not SQLite in a file",
    ),
]
