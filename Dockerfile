# The shop in one image: web, worker, beat and manage.py differ only by their command (compose.yaml).
FROM python:3.11.15-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /shop
RUN python -m venv .venv
COPY requirements.txt ./
RUN .venv/bin/pip install --require-hashes --requirement requirements.txt
# reads text on photos of labels, 400 MB: docker compose build --build-arg OCR=yes
COPY requirements-ocr.txt ./
ARG OCR=no
RUN [ "$OCR" = no ] || .venv/bin/pip install --require-hashes --requirement requirements-ocr.txt
COPY manage.py ./
COPY guides guides
COPY orders orders
COPY shop shop
COPY templates templates
# needs no secret; compiles too, since the file system is read-only later
RUN .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && .venv/bin/python -m compileall -q guides orders shop

FROM python:3.11.15-slim-bookworm
# pg_dump for manage.py backup, of the version of compose.yaml's database
RUN apt-get update && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin encore
WORKDIR /shop
COPY --from=build /shop /shop
ENV PATH=/shop/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=shop.settings HOME=/tmp
USER encore
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz/', timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["python", "-m", "gunicorn", "--config=python:shop.gunicorn", "--bind=0.0.0.0:8000", "shop.wsgi"]
