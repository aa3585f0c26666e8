from django.db import migrations, models

import apps.auth.constraints


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0002_business_accounts_business_type"),
    ]

    # By hand in this order: a foreign key needs the unique constraint that it refers to, and backwards it goes
    # first.
    operations = [
        migrations.AddConstraint(
            model_name="user",
            constraint=models.UniqueConstraint(fields=("id", "business"), name="accounts_user_of_business"),
        ),
        migrations.AddConstraint(
            model_name="business",
            constraint=apps.auth.constraints.OwnerIsMember(name="accounts_owner_is_member"),
        ),
    ]
