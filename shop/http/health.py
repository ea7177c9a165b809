"""What machines ask a process by its own address: is it alive, can it serve, how is the shop."""

from collections.abc import Callable
from functools import cache
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from orders.lib.client_address import client_address
from shop.observability.metrics.scrape import scrape

INNER = {"/healthz/", "/readyz/", "/metrics"}


class InnerDoorsMiddleware:
    """Probes and Prometheus ask a process by its own address, without HTTPS: to them neither
    ALLOWED_HOSTS nor the way to https:// applies. (See SECURE_REDIRECT_EXEMPT.)"""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info not in INNER:
            return self.get_response(request)
        request.resolver_match = resolve(request.path_info)
        answer: HttpResponseBase = request.resolver_match.func(request)
        return answer


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive; asks nobody else."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Able to serve: the database answers and has all migrations. Not Redis: without it pages,
    orders and payments go on."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        refuse_missing_migrations()
    except DatabaseError:
        return HttpResponse("database unreachable\n", content_type="text/plain", status=503)
    except MigrationsMissingError:
        return HttpResponse("migrations missing\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")


class MigrationsMissingError(Exception):
    pass


@cache
def refuse_missing_migrations() -> None:
    """Looked at until all are there, and then remembered: code that runs gets no more of them, and
    anybody may ask, as often as they like."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsMissingError


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For METRICS_NETWORKS; nobody else learns that it is there."""
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(scrape(), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """A proxy that TRUSTED_PROXIES does not count makes everybody look like a neighbour: who comes
    through one is refused."""
    if not settings.TRUSTED_PROXIES and "X-Forwarded-For" in request.headers:
        return False
    address = client_address(request)
    return address is not None and any(
        ip_address(address) in ip_network(network, strict=False)
        for network in settings.METRICS_NETWORKS
    )
