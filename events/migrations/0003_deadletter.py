from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("events", "0002_lane_tokens_and_guards")]

    operations = [
        migrations.CreateModel(
            name="DeadLetter",
            fields=[],
            options={
                "permissions": [("replay_delivery", "Can replay dead letters")],
                "proxy": True,
                "default_permissions": ["view"],
                "indexes": [],
                "constraints": [],
            },
            bases=("events.delivery",),
        ),
    ]
