import uuid

from django.db import models


class Author(models.Model):
    name = models.CharField(max_length=20)
    client_key = models.CharField(max_length=100, unique=True, null=True, blank=True)


class Note(models.Model):
    # A UUID that a client may choose: a second creation under it is refused.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    title = models.CharField(max_length=200)
    text = models.TextField(null=True, blank=True)
    author = models.ForeignKey(Author, null=True, blank=True, on_delete=models.PROTECT)
    updated = models.DateTimeField(auto_now=True)
