from rest_framework.routers import SimpleRouter

from apps.adminops.views import AuditLogViewSet, FailedJobViewSet

router = SimpleRouter()
router.register("audit-log", AuditLogViewSet, basename="audit-log")
router.register("failed-jobs", FailedJobViewSet, basename="failed-job")

urlpatterns = router.urls
