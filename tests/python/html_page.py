"""An HTML page as a tree, for tests that read reports; and what of it a browser would run or fetch."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "hr", "img", "input", "wbr"}
FETCHING = {"src", "srcset", "action", "formaction", "data", "poster", "background", "ping", "manifest"}


@dataclass
class Element:
    """An element; a child is another or a text."""

    tag: str
    attributes: dict
    children: list = field(default_factory=list)

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def text(self):
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)

    def find_all(self, tag=None, **attributes):
        wanted = {name.replace("_", "-").rstrip("-"): value for name, value in attributes.items()}
        for element in self.walk():
            classes = {"class": set(element.attributes.get("class", "").split())}
            if tag in (None, element.tag) and all(
                value in classes["class"] if name == "class" else element.attributes.get(name) == value
                for name, value in wanted.items()
            ):
                yield element

    def find(self, tag=None, **attributes):
        return next(self.find_all(tag, **attributes))


class Builder(HTMLParser):
    """Builds the tree of a page whose elements are all closed, each in its turn."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag, attrs):
        assert len(dict(attrs)) == len(attrs), attrs
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, (self.open[-1].tag, tag, self.getpos())
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].children.append(data)


def read_page(data):
    """The tree of a page in bytes; every element must be closed."""
    builder = Builder()
    builder.feed(data.decode())
    builder.close()
    assert len(builder.open) == 1, builder.open[-1].tag
    return builder.root


def assert_self_contained(page):
    """Nothing is fetched; no script runs but the page's own."""
    assert len(list(page.find_all("script"))) == len(list(page.find_all("style"))) == 1
    policy = page.find("meta", http_equiv="Content-Security-Policy").attributes["content"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy and "http" not in policy and "*" not in policy
    for element in page.walk():
        assert element.tag not in {"iframe", "object", "embed", "img", "base", "form", "foreignobject", "image"}
        for name, value in element.attributes.items():
            assert not name.startswith("on") and name != "style" and name not in FETCHING, (element.tag, name)
            assert "href" not in name or value.startswith("#") or value == "data:,", value


def rows_of(table):
    """The rows of a table as {field: figure}: in full where there is one, else the text."""
    heads = [head.attributes.get("data-field", head.text()) for head in table.find("thead").find_all("th")]
    for row in table.find("tbody").find_all("tr"):
        cells = [cell for cell in row.children if isinstance(cell, Element)]
        assert len(cells) == len(heads)
        yield {head: cell.attributes.get("data-v", cell.text()) for head, cell in zip(heads, cells, strict=True)}
