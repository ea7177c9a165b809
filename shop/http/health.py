"""Endpoints for monitoring: is the process alive, can it serve, and its metrics."""

from functools import cache
from ipaddress import ip_network

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import resolve
from django.utils.deprecation import MiddlewareMixin
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from orders.lib.client_address import client_address, parse_address
from shop.observability.metrics.scrape import scrape

INTERNAL = {"/healthz/", "/readyz/", "/metrics"}


class InternalEndpointsMiddleware(MiddlewareMixin):
    """Answers monitoring before ALLOWED_HOSTS and the redirect to https:// apply.

    Probes ask a process by its own address, without HTTPS. See SECURE_REDIRECT_EXEMPT."""

    def process_request(self, request: HttpRequest) -> HttpResponseBase | None:
        if request.path_info not in INTERNAL:
            return None
        request.resolver_match = resolve(request.path_info)
        answer: HttpResponseBase = request.resolver_match.func(request)
        return answer


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process is alive. Asks neither database nor Redis."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """The database answers and has all migrations. Redis is not asked: without it pages, orders and
    payments go on."""
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
    """Raise MigrationsMissingError, until all are applied: then the result is cached, since running
    code gets no new migrations and strangers may ask often."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise MigrationsMissingError


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For METRICS_NETWORKS; all others get a 404."""
    if not may_read_metrics(request):
        raise Http404
    return HttpResponse(scrape(), content_type=CONTENT_TYPE_LATEST)


def may_read_metrics(request: HttpRequest) -> bool:
    """Want every address on the way in METRICS_NETWORKS: any entry alone may be forged.

    A proxy that TRUSTED_PROXIES does not count would make all requests seem to come from its
    network.
    """
    header = request.headers.get("X-Forwarded-For")
    if header is not None and not settings.TRUSTED_PROXIES:
        return False
    hops = header.split(",") if header is not None else []
    return all(is_of_operator(hop) for hop in (client_address(request) or "", *hops))


def is_of_operator(text: str) -> bool:
    address = parse_address(text)
    networks = [ip_network(network, strict=False) for network in settings.METRICS_NETWORKS]
    return address is not None and any(address in network for network in networks)
