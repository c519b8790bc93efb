from perdure.platform.training.card import ATTRIBUTES, GROUPS, as_markdown, make_card, missing

COUNTS = (4, 4, 2, 4, 2, 4, 5, 4, 2)


def test_the_31_source_attributes_stand_in_their_nine_groups():
    assert len(ATTRIBUTES) == 31
    for group, count in zip(GROUPS, COUNTS, strict=True):
        assert sum(1 for g, _, _, _ in ATTRIBUTES if g == group) == count


def test_a_blank_is_missing_and_an_attribute_left_out_too():
    card = make_card("x", {key: "said" for _, _, key, _ in ATTRIBUTES} | {"funding": "  "})
    assert missing(card) == ["Funding source"]
    card["attributes"] = card["attributes"][2:]
    assert missing(card) == ["Developer and contact", "Funding source"]
    assert len(missing({})) == 31


def test_markdown_cannot_be_smuggled_in():
    card = make_card("<script>", {"developer": "[x](javascript:1) <img src=x> # `*"})
    text = as_markdown(card)
    assert "<script>" not in text.replace("\\<script\\>", "")
    assert "\\[x\\](javascript:1) \\<img src=x\\>" in text
