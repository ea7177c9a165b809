"""Spreadsheets of unusual structure, written part by part: no library would write these."""

import io
import warnings
import zipfile
from random import Random
from xml.sax.saxutils import escape, quoteattr

from tests.hostile.nasty import VALUES

ENCODINGS = ["utf-8", "UTF-16", "nonsense", "hex", "idna", "utf-7", "cp037", "big5", "ascii", "x"]
NUMBERS = ["0", "1", "2", "-1", "-0", "+3", "1e5", "٣", "", " 4", "99999999999", "9" * 5000, "1.5",
           "0x1", "1_0", "NaN", "inf", "100001", "1048576"]  # fmt: skip
CELLS = ["A1", "B1", "C2", "XFD1048576", "ZZZZ9", "A0", "1", "", "a1", "AA", "É1", "A" * 5000]
TYPES = ["s", "str", "inlineStr", "n", "b", "e", "d", "nonsense", "", "formula"]
STATES = ["visible", "hidden", "veryHidden", "nonsense", ""]
TEXTS = [each for each in VALUES if each.isprintable() and len(each) < 3000]
MANY = [1, 10, 1000, 30_000, 400_000]

Parts = dict[str, bytes]


def spreadsheet(rng: Random) -> bytes:
    """An Excel file of which some parts are odd, and sometimes the archive too."""
    sheets = rng.choice([1, 1, 2, 3, 40])
    parts: Parts = {
        "[Content_Types].xml": b"<Types/>",
        "xl/workbook.xml": workbook(rng, sheets),
        "xl/_rels/workbook.xml.rels": relations(rng, sheets),
        "xl/sharedStrings.xml": shared(rng),
        "xl/styles.xml": styles(rng),
    }
    for number in range(sheets):
        parts[f"xl/worksheets/sheet{number}.xml"] = sheet(rng, may_be_large=number < 2)
    for name in list(parts):
        if rng.random() < 0.02:
            del parts[name]
        elif rng.random() < 0.06:
            parts[name] = rng.choice(BENDS)(rng, parts[name])
    return bent_archive(rng, archive(rng, parts))


# ------------------------------------------------------------------ parts
def workbook(rng: Random, sheets: int) -> bytes:
    rows = []
    for number in range(sheets):
        name = quoteattr(rng.choice([f"Codes {number}", *TEXTS[:20]]))
        state = rng.choice(["", "", f' state="{rng.choice(STATES)}"'])
        to = rng.choice([number] * 12 + [0, 99])
        rows.append(f'<sheet name={name} sheetId="{number}"{state} r:id="rId{to}"/>')
    names = '<definedNames><definedName name="a">#REF!</definedName></definedNames>'
    return f'<workbook xmlns:r="r"><sheets>{"".join(rows)}</sheets>{names}</workbook>'.encode()


def relations(rng: Random, sheets: int) -> bytes:
    """Sometimes they lead in circles, or out of the archive."""
    rows = []
    for number in range(sheets):
        target = f"worksheets/sheet{number}.xml"
        if rng.random() < 0.03:
            target = rng.choice([
                "worksheets/../workbook.xml", "workbook.xml", "/xl/worksheets/", "",
                "../../etc/passwd", "worksheets/sheet0.xml",
            ])  # fmt: skip
        rows.append((f"rId{number}", "worksheet", target))
    rows.append(("rS", "sharedStrings", rng.choice([
        *["sharedStrings.xml"] * 12, "worksheets/sheet0.xml", "workbook.xml",
    ])))  # fmt: skip
    rows.append(("rT", "styles", rng.choice(["styles.xml"] * 8 + ["sharedStrings.xml"])))
    each = '<Relationship Id="{}" Type="http://x/{}" Target="{}"/>'
    return ("<R>" + "".join(each.format(*row) for row in rows) + "</R>").encode()


def shared(rng: Random) -> bytes:
    texts = ["serial", "code", "BP123456789012", "1234", *rng.sample(TEXTS, 5)]
    said = "".join(f"<si><t>{escape(text)}</t></si>" for text in texts)
    odd = rng.choice([
        "<si/>", "<si><r><t>a</t></r><r><t>b</t></r></si>", "<si><rPh><t>x</t></rPh></si>",
        "<t>y</t>", "<si>" * 50, "<si><t></t></si>", f"<si><t>{'long ' * 2000}</t></si>",
    ])  # fmt: skip
    count = rng.choice(NUMBERS)
    return f'<sst count="{count}">{said}{odd * most(rng, odd)}</sst>'.encode()


def styles(rng: Random) -> bytes:
    code = quoteattr(rng.choice(["0000", "yyyy-mm-dd", "0" * 300_000, '"' * 999, "[" * 999, "_\\"]))
    formats = f'<numFmts><numFmt numFmtId="200" formatCode={code}/></numFmts>'
    fonts = "<fonts><font/><font><strike/></font></fonts>"
    fonts = rng.choice([fonts, fonts, "<strike/>", "<fonts><strike/></fonts>"])
    number = rng.choice(["0", "14", "200", *NUMBERS])
    xf = f'<xf numFmtId="{number}" fontId="{rng.choice(NUMBERS)}"/>'
    return (
        f"<styleSheet>{formats}{fonts}<cellXfs>{xf * most(rng, xf)}</cellXfs></styleSheet>".encode()
    )


def sheet(rng: Random, *, may_be_large: bool) -> bytes:
    header = '<row r="1"><c t="s"><v>0</v></c><c t="s"><v>1</v></c></row>'
    rows = [
        header if rng.random() < 0.9 else "",
        *(row(rng) for _ in range(rng.choice([1, 5, 30]))),
    ]
    if may_be_large and rng.random() < 0.3:
        rows.append(rows[-1] * most(rng, rows[-1]))
    before = rng.choice([
        "", "", '<dimension ref="A1:XFD1048576"/>',
        '<cols><col min="3" max="16384" hidden="1"/></cols>',
        f'<cols><col min="{rng.choice(NUMBERS)}" max="{rng.choice(NUMBERS)}" hidden="1"/></cols>',
    ])  # fmt: skip
    merged = '<mergeCell ref="A1:XFD1048576"/>'
    merged *= most(rng, merged) if may_be_large else 2
    after = rng.choice(["", f"<mergeCells>{merged}</mergeCells>"])
    return f"<worksheet>{before}<sheetData>{''.join(rows)}</sheetData>{after}</worksheet>".encode()


def row(rng: Random) -> str:
    cells = "".join(cell(rng) for _ in range(rng.choice([0, 2, 2, 60])))
    place = f' r="{rng.choice(NUMBERS)}"' if rng.random() < 0.02 else ""
    hidden = rng.choice(["", "", ' hidden="1"', ' hidden="yes"'])
    return f"<row{place}{hidden}>{cells}</row>"


def cell(rng: Random) -> str:
    place = f" r={quoteattr(rng.choice(CELLS))}" if rng.random() < 0.03 else ""
    style = f' s="{rng.choice(["0", "1", *NUMBERS])}"' if rng.random() < 0.03 else ""
    value = escape(rng.choice(["0", "1", "2", "3", *NUMBERS, *TEXTS]))
    inside = rng.choice([
        f"<v>{value}</v>", f"<v>{value}</v>", f"<is><t>{value}</t></is>", f"<f>{value}</f>",
        "<is>" * 200 + "<t>x</t>" + "</is>" * 200, f"<v><v>{value}</v></v>", "",
    ])  # fmt: skip
    kind = rng.choice([*["inlineStr", "str", "b", "e", "nonsense"] * 6, *TYPES])
    return f'<c{place}{style} t="{kind}">{inside}</c>'


def most(rng: Random, text: str) -> int:
    """How often, so that it unpacks to 25 MB at most."""
    return min(rng.choice(MANY), 25_000_000 // max(len(text), 1))


# ------------------------------------------------------------------ what is done to a part
def declare(rng: Random, part: bytes) -> bytes:
    return f'<?xml version="1.0" encoding="{rng.choice(ENCODINGS)}"?>'.encode() + part


def deepen(rng: Random, part: bytes) -> bytes:
    depth = rng.choice([100, 10_000, 500_000])
    return b"<a>" * depth + part + b"</a>" * depth


def entities(rng: Random, part: bytes) -> bytes:
    lines = b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (n + 1, n, n) for n in range(30))
    outside = b'<!ENTITY e0 SYSTEM "file:///etc/passwd">'
    return b"<!DOCTYPE a [" + rng.choice([b'<!ENTITY e0 "x">', outside]) + lines + b"]>" + part


def one_long_token(rng: Random, part: bytes) -> bytes:
    size = rng.choice([300_000, 15_000_000])
    return rng.choice([b"<!--%s-->", b"<a b='%s'/>", b"<?a %s?>", b"<%s/>"]) % (b"x" * size) + part


def many_attributes(rng: Random, part: bytes) -> bytes:
    return b"<a %s>" % b" ".join(b"a%d='1'" % n for n in range(rng.choice([100, 200_000]))) + part


def text_alone(rng: Random, part: bytes) -> bytes:
    size = rng.choice([1000, 19_000_000])
    return b"<a>" + rng.choice([b"x", b"\n", b"&amp;", b"\xc3\xa9"]) * (size // 5) + part


def cut(rng: Random, part: bytes) -> bytes:
    return part[: rng.randrange(len(part) + 1)]


def in_utf_16(rng: Random, part: bytes) -> bytes:
    return part.decode().encode(rng.choice(["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"]))


def spoil(rng: Random, part: bytes) -> bytes:
    place = rng.randrange(len(part) + 1)
    return part[:place] + rng.randbytes(3) + part[place + 3 :]


BENDS = [
    declare, declare, deepen, entities, one_long_token, many_attributes, text_alone, cut, in_utf_16,
    spoil,
]  # fmt: skip


# ------------------------------------------------------------------ the archive
def archive(rng: Random, parts: Parts) -> bytes:
    file = io.BytesIO()
    how = rng.choice([zipfile.ZIP_DEFLATED] * 8 + [zipfile.ZIP_STORED, zipfile.ZIP_BZIP2,
                                                   zipfile.ZIP_LZMA])  # fmt: skip
    names = list(parts)
    if rng.random() < 0.3:
        rng.shuffle(names)
    with zipfile.ZipFile(file, "w", how) as packed, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        for name in names:
            packed.writestr(name, parts[name])
            if rng.random() < 0.03:
                packed.writestr(rng.choice([name, name.upper(), "../" + name, "a/" * 500]), b"<a/>")
        packed.comment = rng.choice([b"", b"", b"x" * 60_000])
    return file.getvalue()


def bent_archive(rng: Random, content: bytes) -> bytes:
    match rng.randrange(40):
        case 0:
            return content[: rng.randrange(len(content))]
        case 1:
            return b"PK\3\4" + content
        case 2:
            return content + rng.randbytes(2000)
        case 3 | 4:  # sizes, methods, flags and offsets stand at its end
            place = len(content) - rng.randrange(1, min(len(content), 600))
            return content[:place] + rng.randbytes(2) + content[place + 2 :]
        case 5:
            return content.replace(b"PK\1\2", b"PK\1\2", 1).replace(b"\x08\x00", b"\x63\x00", 1)
    return content


# ------------------------------------------------------------------ lists as text
def text_list(rng: Random) -> bytes:
    """CSV as no program writes it."""
    lines = ["serial,code" + rng.choice([",brand", "", ",note", ",,,,"])]
    for _ in range(rng.choice([1, 30, 3000])):
        cells = [rng.choice(["BP123456789012", *TEXTS]), rng.choice(["1234", *TEXTS])]
        cells += rng.sample(TEXTS, rng.choice([0, 0, 1, 60]))
        quote = rng.choice(["", "", '"', "'", '"""'])
        lines.append(
            rng.choice([",", ",", ";", "\t"]).join(f"{quote}{each}{quote}" for each in cells)
        )
    lines += [rng.choice(["", ",", '"', "x" * 300_000, ";" * 30_000])] * rng.choice([0, 1, 100])
    content = rng.choice(["\n", "\r\n", "\r", "\u2028"]).join(lines[:20_000]).encode(
        rng.choice(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-7"]), "replace"
    )  # fmt: skip
    return rng.choice([content, content, content + b"\0", content + rng.randbytes(500)])
