from django.db import migrations

_TOKENS = "CREATE SEQUENCE events_lane_token"
# Statement level: the log refuses even an UPDATE that would touch no row, so a mistake is found in its first test.
_IMMUTABLE = """
CREATE FUNCTION events_message_is_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only: % on events_message is refused', TG_OP
    USING HINT = 'Tell what happened since as a new event.', ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_message_immutable BEFORE UPDATE OR DELETE ON events_message
  FOR EACH STATEMENT EXECUTE FUNCTION events_message_is_immutable();
"""
_MUTABLE = """
DROP TRIGGER events_message_immutable ON events_message;
DROP FUNCTION events_message_is_immutable();
"""
# Claims and renewals touch no indexed column; free room on the page keeps them there.
_ROOM = """
ALTER TABLE events_delivery SET (fillfactor = 70);
ALTER TABLE events_lane SET (fillfactor = 50);
"""
_NO_ROOM = """
ALTER TABLE events_delivery RESET (fillfactor);
ALTER TABLE events_lane RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]  # noqa: RUF012

    operations = [  # noqa: RUF012
        migrations.RunSQL(_TOKENS, "DROP SEQUENCE events_lane_token"),
        migrations.RunSQL(_IMMUTABLE, _MUTABLE),
        migrations.RunSQL(_ROOM, _NO_ROOM),
    ]
