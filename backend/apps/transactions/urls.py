from rest_framework.routers import SimpleRouter

from apps.transactions.views import CustomerViewSet, ProductViewSet, SaleViewSet

router = SimpleRouter()
router.register("products", ProductViewSet, basename="product")
router.register("customers", CustomerViewSet, basename="customer")
router.register("transactions", SaleViewSet, basename="transaction")

urlpatterns = router.urls
