from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

def home(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/home.html")

def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")

def readyz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")

def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "shop/403_csrf.html", status=403)

def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "shop/404.html", status=404)

def server_error(request: HttpRequest) -> HttpResponse:
    return render(request, "shop/500.html", status=500)
