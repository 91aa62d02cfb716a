"""No page is forgotten: each has a picture, or a reason why not."""

import ast

from tests.kit.sample import OF_A_CUSTOMER
from tests.look import examples

THINGS = {*OF_A_CUSTOMER} | {
    node.value
    for node in ast.walk(ast.parse((examples.ROOT / "tests/look/sample.py").read_text()))
    if isinstance(node, ast.Constant) and isinstance(node.value, str)
}


def test_every_address_has_an_example_or_a_reason() -> None:
    shown = examples.all_of_them()

    assert {example.url_name for example in shown} == set(examples.names()) - set(examples.NO_PAGE) - set(
        examples.posted_to()
    )
    assert len(shown) > 100
    assert len({example.name for example in shown}) == len(shown)


def test_what_is_left_out_or_treated_differently_is_there() -> None:
    known = set(examples.names())
    assert known >= {*examples.NO_PAGE, *examples.THINGS, *examples.STRANGERS}


def test_every_object_of_an_example_is_picked() -> None:
    wanted = {example.at.thing for example in examples.all_of_them() if example.at.thing}
    assert wanted <= THINGS
