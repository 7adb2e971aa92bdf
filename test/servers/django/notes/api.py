from django.contrib.auth import authenticate, login, logout
from django.urls import include, path
from rest_framework.authtoken.models import Token
from rest_framework.decorators import api_view, authentication_classes, permission_classes
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter
from rest_framework.serializers import ModelSerializer
from rest_framework.viewsets import ModelViewSet

from .models import Author, Note


class NoteSerializer(ModelSerializer):
    class Meta:
        model = Note
        fields = ["id", "title", "text", "author", "updated"]


class AuthorSerializer(ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name", "client_key"]


class NoteViewSet(ModelViewSet):
    queryset = Note.objects.order_by("pk")
    serializer_class = NoteSerializer


class AuthorViewSet(ModelViewSet):
    serializer_class = AuthorSerializer

    def get_queryset(self):
        key = self.request.query_params.get("client_key")
        authors = Author.objects.order_by("pk")
        return authors if key is None else authors.filter(client_key=key)


def user_of(request):
    return authenticate(username=request.data["login"], password=request.data["password"])


@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
def session(request):
    login(request, user_of(request))
    return Response({"id": request.user.username})


@api_view(["POST"])
def end_session(request):
    logout(request)
    return Response()


@api_view(["POST"])
@authentication_classes([])
@permission_classes([])
def token(request):
    """A new token ends the older one."""
    user = user_of(request)
    Token.objects.filter(user=user).delete()
    return Response({"token": Token.objects.create(user=user).key})


@api_view(["GET"])
def me(request):
    return Response({"id": request.user.username})


router = DefaultRouter()
router.register("notes", NoteViewSet, "note")
router.register("authors", AuthorViewSet, "author")
urlpatterns = [
    path("v1/session/", session),
    path("v1/session/end/", end_session),
    path("v1/token/", token),
    path("v1/me/", me),
    path("v1/", include(router.urls)),
]
