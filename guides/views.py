from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

def brand(request: HttpRequest, brand: str) -> HttpResponse:
    return render(request, "guides/brand.html")

def guide(request: HttpRequest, brand: str, car_model: str) -> HttpResponse:
    return render(request, "guides/guide.html")
