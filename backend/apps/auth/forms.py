from typing import Any

from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError

from apps.auth import throttles


class AdminLoginForm(AdminAuthenticationForm):
    """Django's login of the admin site, whose attempts count together with those of the API."""

    def clean(self) -> dict[str, Any]:
        request: Any = self.request
        attempts = (throttles.LoginByAddress(), throttles.LoginByAccountInForm())
        waits = [each.wait() or 0 for each in attempts if not each.allow_request(request, None)]
        if waits:
            raise ValidationError(f"Too many attempts. Try again in {round(max(waits))} s.", code="throttled")
        cleaned: dict[str, Any] = super().clean()
        throttles.login_succeeded(self.get_user())
        return cleaned
