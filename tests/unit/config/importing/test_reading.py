"""What a file says as a whole, and when it cannot be trusted."""

from hashlib import sha256
from io import BytesIO

import pytest

from config.importing import reading
from config.importing.errors import FileUnusable
from config.importing.reading import Export, opened


def rows(content, **options):
    export = Export(BytesIO(content), **options)
    return [export.header, *export]


def test_rows_know_the_line_on_which_they_begin():
    assert rows(b'a,b\n1,"x\ny"\n\n2,z\n') == [["a", "b"], (2, ["1", "x\ny"]), (5, ["2", "z"])]


def test_a_byte_order_mark_is_no_part_of_the_header():
    assert rows(b"\xef\xbb\xbfa,b\r\n1,2\r\n") == [["a", "b"], (2, ["1", "2"])]


def test_another_delimiter_may_be_named():
    assert rows(b"a;b\n1;2\n", delimiter=";") == [["a", "b"], (2, ["1", "2"])]


def test_the_digest_is_that_of_the_file():
    export = Export(BytesIO(b"a\n1\n"))

    assert list(export)
    assert export.digest == sha256(b"a\n1\n").hexdigest()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "The file is empty"),
        (b"\n\n", "The file is empty"),
        (b'a,b\n1,"x\n2,y\n', "lines 2 to 3: the CSV is broken.*never closed"),
        (b'a,b\n1,"x"y\n', "line 2: the CSV is broken.*written twice"),
        (b"a,b\n1,caf\xe9\n", "line 2 is not UTF-8.*0xe9.*iconv"),
        ("a,b\n1,2\n".encode("utf-16"), "line 1 is not UTF-8"),
        (b"a,b\r1,2\r", "line 1: the CSV is broken.*LF or CRLF"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "line 2: the CSV is broken.*131,072 characters"),
        (b'a,b\n1,"' + b"x\n" * 100_000, "the CSV is broken.*quote not closed"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused_with_the_place(content, told):
    with pytest.raises(FileUnusable, match=told):
        rows(content)


def test_a_line_without_an_end_is_not_read_into_memory(monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_LINE", 100)

    with pytest.raises(FileUnusable, match="line 2 is longer than 100 bytes"):
        rows(b"a\n" + b"x" * 1000)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with (
        pytest.raises(FileUnusable, match=r"none\.csv cannot be read: No such file"),
        opened(tmp_path / "none.csv"),
    ):
        pass


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileUnusable, match="cannot be read: Is a directory"), opened(tmp_path):
        pass
