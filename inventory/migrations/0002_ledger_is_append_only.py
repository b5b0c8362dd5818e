from django.db import migrations

_IMMUTABLE = """
CREATE FUNCTION inventory_ledger_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only: % on inventory_ledgerentry is refused', TG_OP
    USING HINT = 'Adjust the stock: the correction is an entry of its own.', ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER inventory_ledger_immutable BEFORE UPDATE OR DELETE ON inventory_ledgerentry
  FOR EACH STATEMENT EXECUTE FUNCTION inventory_ledger_is_immutable();
"""
_MUTABLE = """
DROP TRIGGER inventory_ledger_immutable ON inventory_ledgerentry;
DROP FUNCTION inventory_ledger_is_immutable();
"""


class Migration(migrations.Migration):
    dependencies = [("inventory", "0001_initial")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        migrations.RunSQL(_IMMUTABLE, _MUTABLE),
        # Levels change without touching an index; free room on the page keeps the versions of a hot SKU there.
        migrations.RunSQL(
            "ALTER TABLE inventory_stock SET (fillfactor = 50)", "ALTER TABLE inventory_stock RESET (fillfactor)"
        ),
    ]
