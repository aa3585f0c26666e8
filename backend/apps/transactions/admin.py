from django.contrib import admin

from apps.core.admin import RecordAdmin
from apps.core.tenancy.admin import TenantAdmin
from apps.transactions import services
from apps.transactions.models import Customer, Product, Transaction


@admin.register(Product)
class ProductAdmin(TenantAdmin):
    create = staticmethod(services.product_create)
    update = staticmethod(services.product_update)
    delete = staticmethod(services.product_delete)

    list_display = ("name", "sku", "business", "unit_price", "current_stock", "reorder_point")
    search_fields = ("name", "sku", "business__name")
    fields = ("business", "name", "sku", "unit_price", "current_stock", "reorder_point")
    ordering = ("-id",)


@admin.register(Customer)
class CustomerAdmin(TenantAdmin):
    create = staticmethod(services.customer_create)
    update = staticmethod(services.customer_update)
    delete = staticmethod(services.customer_delete)

    list_display = ("name", "phone", "email", "business")
    search_fields = ("name", "phone", "email", "business__name")
    fields = ("business", "name", "phone", "email")
    ordering = ("-id",)


@admin.register(Transaction)
class SaleAdmin(RecordAdmin):
    list_display = ("id", "date", "business", "product", "customer", "quantity", "amount", "payment_method")
    list_select_related = ("business", "product", "customer")
    list_filter = ("payment_method",)
    search_fields = ("=product__sku", "=customer__phone", "business__name")
    search_help_text = "A product's SKU or a customer's phone number, in full, or words of a business's name."
