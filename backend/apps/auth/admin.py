from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import BaseUserCreationForm, UserChangeForm
from django.http import HttpRequest

from apps.auth.forms import AdminLoginForm
from apps.auth.models import Business, User

admin.site.login_form = AdminLoginForm


class UserAddForm(BaseUserCreationForm):
    class Meta:
        model = User
        fields = ("email",)


class UserEditForm(UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    add_form = UserAddForm
    form = UserEditForm
    ordering = ("email",)
    list_display = ("email", "first_name", "business", "is_staff", "is_active")
    list_select_related = ("business",)
    list_filter = ("is_staff", "is_superuser", "is_active")
    search_fields = ("email", "first_name")
    autocomplete_fields = ("business",)
    readonly_fields = ("last_login", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Person", {"fields": ("first_name", "business")}),
        (
            "Permissions",
            {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")},
        ),
        ("Dates", {"fields": ("last_login", "created_at", "updated_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("email", "password1", "password2")}),)


@admin.register(Business)
class BusinessAdmin(admin.ModelAdmin):
    list_display = ("name", "type", "user", "is_demo", "created_at")
    list_select_related = ("user",)
    list_filter = ("type", "is_demo")
    search_fields = ("name",)
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at", "updated_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Everything that a shop ever sold would go with it; that is no matter of two clicks."""
        return False
