from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        migrations.RunSQL("CREATE SEQUENCE orders_number", "DROP SEQUENCE orders_number"),
        # A row changes with each step of its order and touches no index; free room on the page keeps it there.
        migrations.RunSQL("ALTER TABLE orders_order SET (fillfactor = 70)", "ALTER TABLE orders_order RESET (fillfactor)"),
    ]
