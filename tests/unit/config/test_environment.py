import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment as env


@pytest.mark.parametrize("value", ["soon", "-1", "0", "nan", "inf"])
def test_seconds_that_are_none_are_refused_with_their_name_and_value(monkeypatch, value):
    monkeypatch.setenv("SANDBOX_TIMEOUT", value)

    with pytest.raises(ImproperlyConfigured, match=rf"SANDBOX_TIMEOUT is '{value}'.*number of seconds"):
        env.seconds("SANDBOX_TIMEOUT", 2)


def test_a_flag_is_yes_or_no_and_nothing_between(monkeypatch):
    monkeypatch.setenv("DEBUG", "maybe")

    with pytest.raises(ImproperlyConfigured, match=r"DEBUG is 'maybe'.*true or false"):
        env.flag("DEBUG", default=False)


def test_an_empty_variable_counts_as_not_set(monkeypatch):
    monkeypatch.setenv("DEBUG", "")

    assert env.flag("DEBUG", default=True) is True


@pytest.mark.parametrize(
    "url", ["mysql://me:secret@host/db", "postgresql://me:secret@host:port/db", "postgresql://me:secret@host"]
)
def test_a_database_address_that_cannot_be_used_is_refused_without_its_password(url):
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL") as refusal:
        env.database(url)

    assert "secret" not in str(refusal.value)


def test_a_database_on_a_socket_keeps_its_folder():
    config = env.database("postgresql://saga:@/saga?host=/run/of/mine&port=5432")

    assert (config["NAME"], config["USER"]) == ("saga", "saga")
    assert config["OPTIONS"] == {"host": "/run/of/mine", "port": 5432}


def test_celery_reads_a_redis_socket_in_its_own_form():
    assert (
        env.broker("unix:///run/of/mine/redis.sock?db=3")
        == "redis+socket:///run/of/mine/redis.sock?virtual_host=3"
    )
    assert env.broker("redis://host:6379/1") == "redis://host:6379/1"


def test_a_broker_that_is_no_redis_is_refused_without_its_password():
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL") as refusal:
        env.broker("amqp://me:secret@host")

    assert "secret" not in str(refusal.value)


def test_mail_files_are_kept_at_an_absolute_path():
    assert env.mail("filemail:////data/mail")["EMAIL_FILE_PATH"] == "/data/mail"


def test_a_mail_address_of_an_unknown_kind_is_refused():
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL"):
        env.mail("pigeon://roof")


def test_a_kept_secret_is_the_same_every_time_and_private(tmp_path):
    secret = env.kept_secret(tmp_path / "secret_key")

    assert env.kept_secret(tmp_path / "secret_key") == secret
    assert len(secret) > 50
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
