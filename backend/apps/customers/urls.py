from rest_framework.routers import SimpleRouter

from apps.customers.views import ChurnScoreViewSet

router = SimpleRouter()
router.register("churn-scores", ChurnScoreViewSet, basename="churn-score")

urlpatterns = router.urls
