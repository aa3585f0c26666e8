from rest_framework.routers import SimpleRouter

from apps.forecasting.views import CashFlowForecastViewSet, ForecastViewSet

router = SimpleRouter()
router.register("forecasts", ForecastViewSet, basename="forecast")
router.register("cash-flow-forecasts", CashFlowForecastViewSet, basename="cash-flow-forecast")

urlpatterns = router.urls
