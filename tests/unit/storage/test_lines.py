"""Splitting text into records: equal to the csv module on rule-abiding text, careful elsewhere."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perdure.kernel.errors import UnreadableFile
from perdure.platform.storage import lines, quoting
from perdure.platform.storage.delimited import DelimitedReader
from perdure.platform.storage.lines import split_records

# A busy machine is no fault of the code.
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def cut(text: bytes, delimiter: bytes = b",", final: bool = True):
    records = split_records(text, delimiter, final=final)
    return records, [text[a:b] for a, b in zip(records.starts, records.ends, strict=True)]


def read(path, piece=1 << 20):
    """All rows with their lines, and the rules of broken records."""
    reader = DelimitedReader(path, piece)
    positions = {str(n): n for n in range(len(reader.header))}
    rows, at, broken = [], [], []
    for batch in reader.batches(positions):
        rows += [tuple(text or "" for text in row) for row in batch.frame.rows()]
        at += batch.lines.to_list()
        broken += batch.broken.select("line", "rule").rows()
    return reader.header, rows, at, broken


def test_plain_lines():
    records, texts = cut(b"a,b\nc,d\n\ne,f")
    assert texts == [b"a,b", b"c,d", b"", b"e,f"]
    assert records.fields.tolist() == [2, 2, 1, 2]
    assert records.lines.tolist() == [0, 1, 2, 3]
    assert (records.rest, records.newlines) == (12, 4)


def test_an_unfinished_record_waits_for_more():
    records, texts = cut(b'a,b\nc,"d\n', final=False)
    assert texts == [b"a,b"]
    assert records.rest == 4
    assert cut(b"no newline yet", final=False)[0].rest == 0


def test_newlines_and_delimiters_within_quotes_part_nothing():
    records, texts = cut(b'"a\n,b",1\r\n"x""y",2\n')
    assert texts == [b'"a\n,b",1\r', b'"x""y",2']
    assert records.fields.tolist() == [2, 2]
    assert records.lines.tolist() == [0, 2]


def test_a_quote_within_a_plain_field_is_text():
    records, _ = cut(b'5" pipe,a\n6,"b"\n')
    assert records.fields.tolist() == [2, 2]
    assert records.rewritten == {0: b'"5"" pipe",a'}
    assert not records.faults


@pytest.mark.parametrize("piece", [8, 1 << 20])
def test_a_quote_that_never_closes_spoils_its_own_line_only(tmp_path, piece):
    path = tmp_path / "a.csv"
    path.write_bytes(b'x,y\n1,a\n2,"b\n3,c\n4,d\n')
    _, rows, at, broken = read(path, piece)
    assert rows == [("1", "a"), ("3", "c"), ("4", "d")]
    assert at == [2, 4, 5]
    assert broken == [(3, "unclosed-quote")]


def test_a_quote_that_closes_far_below_spoils_its_own_line_only(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b'x,y\n1,"a\n2,b\n3,"c"\n4,d\n')
    _, rows, _, broken = read(path)
    assert rows == [("2", "b"), ("3", "c"), ("4", "d")]
    assert broken == [(2, "text-after-quote")]


def test_an_unclosed_quote_does_not_swallow_a_long_file(tmp_path, monkeypatch):
    for module in (lines, quoting):
        monkeypatch.setattr(module, "LONGEST", 100)
    path = tmp_path / "a.csv"
    path.write_bytes(b'x,y\n0,"\n' + b"1,a\n" * 1000)
    _, rows, _, broken = read(path, 64)
    assert len(rows) == 1000
    assert broken == [(2, "unclosed-quote")]


FIELD = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"]) | st.sampled_from('\n",;\t '),
    max_size=8,
)


@unhurried
@given(
    st.integers(2, 4).flatmap(
        lambda width: st.lists(st.tuples(*[FIELD] * width), min_size=1, max_size=12)
    ),
    st.sampled_from([",", "\t", ";"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([40, 1 << 20]),
)
def test_whatever_the_csv_module_writes_is_read_back(
    tmp_path_factory, rows, delimiter, quoting_style, newline, piece
):
    header = [f"column{n}" for n in range(len(rows[0]))]
    rows = [(f"row {n}{row[0]}", *row[1:]) for n, row in enumerate(rows)]
    text = io.StringIO(newline="")
    style = {"delimiter": delimiter, "quoting": quoting_style, "lineterminator": newline}
    csv.writer(text, **style).writerows([header, *rows])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(text.getvalue().encode())
    found, read_rows, at, broken = read(path, piece)
    assert (list(found), read_rows, broken) == (header, rows, [])
    heights = [1 + sum(field.count("\n") for field in row) for row in rows]
    assert at == [2 + sum(heights[:n]) for n in range(len(rows))]


@unhurried
@given(st.binary(max_size=200), st.sampled_from([16, 1 << 20]))
def test_any_bytes_are_rows_broken_records_or_one_clear_error(tmp_path_factory, data, piece):
    path = tmp_path_factory.mktemp("bytes") / "a.csv"
    path.write_bytes(b"a,b\n" + data)
    try:
        _, rows, at, broken = read(path, piece)
    except UnreadableFile:
        return
    where = at + [line for line, _ in broken]
    assert len(where) == len(set(where)) == len(rows) + len(broken)
    # Every line that holds more than blanks is accounted for: as a row, or as broken.
    if b'"' not in data and b"\r" not in data:
        texts = data.split(b"\n")
        assert set(where) == {n for n, text in enumerate(texts, 2) if text.strip()}


@unhurried
@given(st.text(st.sampled_from('a",\n'), max_size=40), st.sampled_from([5, 1 << 20]))
def test_quotes_at_odd_places_lose_no_line(tmp_path_factory, text, piece):
    path = tmp_path_factory.mktemp("quotes") / "a.csv"
    path.write_text("a,b\n" + text)
    _, rows, at, broken = read(path, piece)
    pieces = sorted(at + [line for line, _ in broken])
    assert len(pieces) == len(set(pieces)) == len(rows) + len(broken)
    first = next((n for n, line in enumerate(text.split("\n"), 2) if line.strip()), None)
    assert (pieces[0] if pieces else None) == first
