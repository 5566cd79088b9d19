import { describe, expect, test } from "vitest"
import { configFormats } from "../src/configs/formats/formats.ts"
import { edit } from "./edit-text.ts"

describe("editConfig", () => {
  test("JSONC: comments, spacing and trailing commas stay", () => {
    const text = `{
\t// the port
\t"port" : 80, // was 8080
\t"hosts": ["a", "b"], /* both */
}
`
    expect(edit("jsonc", text, ["port", 81])).toBe(text.replace("80,", "81,"))
    expect(edit("jsonc", text, ["hosts", ["a", "b", "c"]])).toBe(text.replace('"b"]', '"b", "c"]'))
    expect(edit("jsonc", text, ["new", { x: 1 }])).toBe(
      text.replace("/* both */", '/* both */\n\t"new": {\n\t\t"x": 1\n\t},'),
    )
    expect(edit("jsonc", text, ["port", undefined])).toBe(
      text.replace('\t"port" : 80, // was 8080\n', ""),
    )
  })

  test("JSON: the last member goes with the comma before it, an insert leaves comments in place", () => {
    expect(edit("json", '{"a":1,"b":2}', ["b", undefined])).toBe('{"a":1}')
    expect(edit("json", '{"a":1}', ["a", undefined])).toBe("{}")
    // Nothing is laid out in it yet, so it becomes what a new file is.
    expect(edit("json", "{}\n", ["a", [1]])).toBe('{\n  "a": [\n    1\n  ]\n}\n')
    expect(edit("json", '{\r\n    "a": 1\r\n}', ["b.c", 2])).toBe(
      '{\r\n    "a": 1,\r\n    "b": {\r\n        "c": 2\r\n    }\r\n}',
    )
    const commented = '{\n  "a": 1 // one\n}'
    expect(edit("jsonc", commented, ["b", 2])).toBe('{\n  "a": 1, // one\n  "b": 2\n}')
    expect(edit("jsonc", "[1 // one\n]", ["1", 2])).toBe("[1, // one\n  2\n]")
    expect(edit("jsonc", "[1, /* two */ 2]", ["1", undefined])).toBe("[1 /* two */ ]")
    expect(edit("json", '{"a":1,"b":2}', ["a", 5], ["c", 3])).toBe('{"a":5,"b":2,"c":3}')
    const paths = '{\n  "paths": { "a": ["./a"] }\n}\n'
    expect(edit("json", paths, ["paths.b", ["./b"]])).toBe(
      paths.replace('"./a"]', '"./a"], "b": ["./b"]'),
    )
  })

  test("YAML: comments behind the mark of a document, and the brackets of an empty list, stay", () => {
    expect(edit("yaml", "# a\n--- # b\n", ["c", 1])).toBe("# a\n--- # b\nc: 1\n")
    expect(edit("yaml", "x:\n  - - [\n    ] # a\n", ["x", [[[1]]]])).toBe(
      "x:\n  - - [1\n    ] # a\n",
    )
  })

  test("YAML: keys with anchors, tags and question marks have their place too", () => {
    const text = "top:\n  &one a: 1\n  !!str b: 2\n  ? c\n  : 3\n"
    expect(edit("yaml", text, ["top.d", { e: 4 }])).toBe(`${text}  d:\n    e: 4\n`)
    expect(edit("yaml", text, ["top.a", undefined])).toBe(text.replace("  &one a: 1\n", ""))
    expect(edit("yaml", text, ["top.b", [5]])).toBe(text.replace("b: 2", "b:\n    - 5"))
    expect(edit("yaml", text, ["top.c", undefined])).toBe(text.replace("  ? c\n  : 3\n", ""))
  })

  test("an item of a list is changed where it is, though its id or name is another one then", () => {
    const items = (name: string) => [
      { name, port: 80 },
      { name: "b", port: 81 },
    ]
    const json = '[\n  { "name": "a", "port": 80 }, // first\n  { "name": "b", "port": 81 }\n]'
    const jsonc = `{ "list": ${json} }`
    expect(edit("jsonc", jsonc, ["list", items("x")])).toBe(jsonc.replace('"a"', '"x"'))
    const yaml =
      "list:\n  # first\n  - name: a # one\n    port: 80 # p\n  - name: b\n    port: 81\n"
    expect(edit("yaml", yaml, ["list", items("x")])).toBe(yaml.replace("a # one", "x # one"))
    const toml =
      "[[list]] # first\nname = 'a' # one\nport = 80\n\n[[list]]\nname = 'b'\nport = 81\n"
    expect(edit("toml", toml, ["list", items("x")])).toBe(toml.replace("'a'", "'x'"))
    expect(edit("yaml", yaml, ["list", items("a").slice(1)])).toBe(
      yaml.replace("  - name: a # one\n    port: 80 # p\n", ""),
    )
  })

  test("TOML: floats and dates stay what they are when their values could be something else", () => {
    const text = "half = 0.5 # f\nday = 1979-05-27\nhour = 1979-05-27T07:32:00\nall = [1.5, 2]\n"
    expect(edit("toml", text, ["half", 1], ["all", [3, 4]])).toBe(
      text.replace("0.5", "1.0").replace("[1.5, 2]", "[3.0, 4]"),
    )
    const day = new Date("2020-01-02T00:00:00Z")
    expect(edit("toml", text, ["day", day])).toBe(
      text.replace("day = 1979-05-27", "day = 2020-01-02"),
    )
    const noon = new Date("2020-01-02T12:00:00Z")
    expect(edit("toml", text, ["hour", noon], ["day", noon])).toBe(
      text
        .replace("1979-05-27T07:32:00", "2020-01-02T12:00:00.000")
        .replace("1979-05-27", "2020-01-02T12:00:00.000Z"),
    )
    expect(edit("toml", text, ["half", "x"], ["all.1", 2.5])).toBe(
      text.replace("0.5", '"x"').replace(", 2]", ", 2.5]"),
    )
  })

  test("YAML: quoting, comments and order stay; strings never change their type", () => {
    const text = `# head
server:
  port: 80   # the port
  name: 'it''s'
list:
- a # first
- b
`
    expect(edit("yaml", text, ["server.port", 81])).toBe(text.replace("80", "81"))
    expect(edit("yaml", text, ["server.name", "o'clock"])).toBe(text.replace("it''s", "o''clock"))
    expect(edit("yaml", text, ["server.port", "true"])).toBe(text.replace("80", '"true"'))
    expect(edit("yaml", text, ["server.tls", { on: true }])).toBe(
      text.replace("'it''s'\n", "'it''s'\n  tls:\n    \"on\": true\n"),
    )
    expect(edit("yaml", text, ["list", ["a", "x", "b"]])).toBe(
      text.replace("# first\n", "# first\n- x\n"),
    )
    expect(edit("yaml", text, ["server", undefined])).toBe("# head\nlist:\n- a # first\n- b\n")
    expect(edit("yaml", "# nothing yet\n", ["a", 1])).toBe("# nothing yet\na: 1\n")
  })

  test("YAML: an edit that an alias would carry elsewhere is refused", () => {
    const text = "base: &b\n  x: 1\nother: *b\n"
    expect(() => edit("yaml", text, ["base.x", 2])).toThrow(
      expect.objectContaining({ code: "ERR_PERSIST_UNSUPPORTED" }),
    )
    expect(edit("yaml", text, ["other", 5])).toBe("base: &b\n  x: 1\nother: 5\n")
  })

  test("YAML: an anchor and its alias are changed together where one by one would change both", () => {
    const lists = "one: [&a 1, *a] # c\nother:\n  - &b 1\n  - *b\n"
    expect(edit("yaml", lists, ["one", [2, 3]])).toBe(lists.replace("[&a 1, *a]", "[&a 2, 3]"))
    expect(edit("yaml", lists, ["other", [2, 3]])).toBe(
      lists.replace("&b 1", "&b 2").replace("*b", "3"),
    )
  })

  test("YAML: an alias goes before what it stands for", () => {
    const line = (list: string) => `list: ${list} # c\nlast: 1 # d\n`
    const list = (text: string, value: unknown) => edit("yaml", line(text), ["list", value])
    expect(list("[&a 1, *a, 7]", [7])).toBe(line("[7]"))
    expect(list("[&a 1, 7, *a, 8]", [7, 9])).toBe(line("[7, 9]"))
    expect(list("{ x: &a 1, y: *a }", {})).toBe(line("{}"))
    const lines = "list:\n  - &a 1 # one\n  - *a # two\n  # own\n  - 7 # seven\n  - [*a, 8]\n"
    expect(edit("yaml", lines, ["list", [7, [8], 9]])).toBe(
      "list:\n  # own\n  - 7 # seven\n  - [8]\n  - 9\n",
    )
  })

  test("YAML: what is refused for an alias says so", () => {
    const text = "base: &b\n  host: x\n  list: [&i 1]\nother: *b\nthird: *i\n"
    const reason =
      /of \/base\/\S+ was found that changes nothing else \(an alias elsewhere stands for it\)/
    expect(() => edit("yaml", text, ["base.host", "y"])).toThrow(reason)
    expect(() => edit("yaml", text, ["base.list", []])).toThrow(reason)
    expect(() => edit("yaml", text, ["base.host", "y"])).toThrow(/hold in the same change, or/)
    expect(edit("yaml", text, ["base.host", "y"], ["other.host", "y"])).toBe(
      "base: &b\n  host: y\n  list: [&i 1]\nother:\n  host: y\n  list:\n    - 1\nthird: *i\n".replaceAll(
        ": y",
        ': "y"',
      ),
    )
  })

  test("YAML: what is changed behind an alias is written in its place, and all else that shares it stays", () => {
    const text =
      "base: &b # b\n  host: x\n  port: 1\ndev: *b # d\nlist:\n  - *b\n  - 2\nflow: {a: *b, c: 1}\n"
    const written = (indent: string, port: string) => `host: x\n${indent}${port}`
    expect(edit("yaml", text, ["dev.port", 2])).toBe(
      text.replace("dev: *b # d", `dev: # d\n  ${written("  ", "port: 2")}`),
    )
    expect(edit("yaml", text, ["dev.port", 2], ["dev.more.a", [1]], ["list.0.port", 3])).toBe(
      text
        .replace(
          "dev: *b # d",
          `dev: # d\n  ${written("  ", "port: 2")}\n  more:\n    a:\n      - 1`,
        )
        .replace("- *b", `- ${written("    ", "port: 3")}`),
    )
    expect(edit("yaml", text, ["dev.host", undefined])).toBe(
      text.replace("dev: *b # d", "dev: # d\n  port: 1"),
    )
    expect(edit("yaml", text, ["flow.a.port", 4])).toBe(
      text.replace("{a: *b", "{a: { host: x, port: 4 }"),
    )
    expect(edit("yaml", "a: &a { b: &b [1], c: *b }\nd: *a\n", ["d.c.0", 2])).toBe(
      "a: &a { b: &b [1], c: *b }\nd:\n  b:\n    - 1\n  c:\n    - 2\n",
    )
    const tagged = "a: &a\n  b: !secret x\n  c: 1\nd: *a\n"
    expect(() => edit("yaml", tagged, ["d.c", 2])).toThrow(/has tags/)
  })

  test.each(["a: &a !t\n  c: 1\nd: *a\n", "s: &s !t x\na: &a { b: *s, c: 1 }\nd: *a\n"])(
    "YAML: what an alias stands for is not written out without the tags that it has, itself or behind another alias: %j",
    (tagged) => expect(() => edit("yaml", tagged, ["d.c", 2])).toThrow(/has tags/),
  )

  test("YAML: words and comments with exclamation marks are no tags of what an alias stands for", () => {
    const text = 'a: &a\n  b: "hi !you" # !\n  c: 1\nd: *a\n'
    expect(edit("yaml", text, ["d.c", 2])).toBe(text.replace("d: *a", "d:\n  b: hi !you\n  c: 2"))
  })

  test.each(["!t {}\n", "&x {}\n"])(
    "YAML: the tag and the anchor of what was empty do not become those of its first key: %j",
    (text) => {
      const inBrackets = text.replace("{}", "{ m: 1 }")
      expect(edit("yaml", text, ["m", 1])).toBe(inBrackets)
      expect(edit("yaml", `- ${text}- 1\n`, ["0.m", 1])).toBe(`- ${inBrackets}- 1\n`)
      expect(edit("yaml", `a: ${text}`, ["a.m", 1])).toBe(`a: ${text.slice(0, 2)}\n  m: 1\n`)
    },
  )

  test("YAML: the first members of what was empty have lines of their own, as those beside it", () => {
    expect(edit("yaml", "# head\n{}\n# end\n", ["a", 1], ["b.c", 2])).toBe(
      "# head\na: 1\nb:\n  c: 2\n# end\n",
    )
    const text = "a: {} # first\nb: [ ]\nc:\n    d: !!map {}\nlist:\n- {}\n- 1\n"
    expect(
      edit("yaml", text, ["a.m", 1], ["b.0", { v: 1, w: 2 }], ["c.d.m", 1], ["list.0.m", 1]),
    ).toBe(
      "a: # first\n    m: 1\nb:\n- v: 1\n  w: 2\nc:\n    d: !!map\n        m: 1\nlist:\n- m: 1\n- 1\n",
    )
    // What stands in brackets, or beside them, stays so.
    for (const kept of ["a: {b: 1}\nc: {}\n", "a: [1, {}]\nc: {}\n"]) {
      expect(edit("yaml", kept, ["c.d", 1])).toBe(kept.replace("c: {}", "c: { d: 1 }"))
    }
    expect(edit("yaml", "- {} # c\n", ["0.d", 1])).toBe("- { d: 1 } # c\n")
    expect(edit("yaml", "a: [{}]\n", ["a.0.d", 1])).toBe("a: [{ d: 1 }]\n")
    expect(edit("yaml", "a: { # c\n}\n", ["a.d", 1])).toContain("a: { # c\n")
  })

  test("YAML: what goes leaves no empty line that parted it from others", () => {
    const text = "s:\n  a:\n    x: 1\n\n  b:\n    x: 2\n\n  # c\n  c:\n    x: 3\nt: 1\n\nu: 2\n"
    const [a, b, c] = ["  a:\n    x: 1\n\n", "  b:\n    x: 2\n\n", "  c:\n    x: 3\n"] as const
    expect(edit("yaml", text, ["s.a", undefined])).toBe(text.replace(a, ""))
    expect(edit("yaml", text, ["s.b", undefined])).toBe(text.replace(b, ""))
    expect(edit("yaml", text, ["s.c", undefined])).toBe(text.replace(c, ""))
    expect(edit("yaml", text, ["s.a", undefined], ["s.b", undefined])).toBe(text.replace(a + b, ""))
    expect(edit("yaml", text, ["u", undefined])).toBe(text.replace("\nu: 2\n", ""))
    expect(edit("yaml", text, ["t", undefined])).toBe(text.replace("t: 1\n", ""))
    // The empty lines of a text are its own, and those between comments part them.
    const kept = "a: |+\n  x\n\nb: 1\n\nc: 1\n"
    expect(edit("yaml", kept, ["b", undefined])).toBe(kept.replace("b: 1\n\n", ""))
    const comments = "# a\na: 1\n\n# b\nb: 1\n"
    expect(edit("yaml", comments, ["a", undefined])).toBe("# a\n\n# b\nb: 1\n")
  })

  test("YAML: a comment stays behind its key when lines take the place of a word", () => {
    expect(edit("yaml", "a: 1 # a\nb: [1] # b\n", ["a", { v: 1 }], ["b", { v: 1 }])).toBe(
      "a: # a\n  v: 1\nb: # b\n  v: 1\n",
    )
    expect(edit("yaml", "a: # a\nb: 1\n", ["a", [1]])).toBe("a: # a\n  - 1\nb: 1\n")
  })

  test("JSON: a name that stands there twice is refused", () => {
    expect(() => edit("json", '{"a":1,"a":2}', ["a", 3])).toThrow(/twice/)
    expect(edit("json", '{"a":1,"a":2,"b":1}', ["b", 3])).toBe('{"a":1,"a":2,"b":3}')
  })

  test("TOML: sections, dotted keys, inline tables and arrays of tables keep their form", () => {
    const text = `title = "x" # t
a.b = 1

[server]
port = 80
tls = { on = true }

[[users]]
name = "ann"
`
    expect(edit("toml", text, ["server.port", 81])).toBe(text.replace("80", "81"))
    expect(edit("toml", text, ["server.host", "h"])).toBe(
      text.replace("on = true }\n", 'on = true }\nhost = "h"\n'),
    )
    expect(edit("toml", text, ["server.tls.v", 2])).toBe(text.replace("true }", "true, v = 2 }"))
    expect(edit("toml", text, ["a.c", 2])).toBe(text.replace("a.b = 1\n", "a.b = 1\na.c = 2\n"))
    expect(edit("toml", text, ["users", [{ name: "ann" }, { name: "bob" }]])).toBe(
      `${text}\n[[users]]\nname = "bob"\n`,
    )
    expect(edit("toml", text, ["cache", { size: 1 }])).toBe(`${text}\n[cache]\nsize = 1\n`)
    expect(edit("toml", text, ["server", undefined])).toBe(
      'title = "x" # t\na.b = 1\n\n[[users]]\nname = "ann"\n',
    )
  })

  test("TOML: a time stays one where another takes its place, in lists and in new files too", () => {
    const text = "alarm = 07:30:00 # c\nall = [07:30:00, 1]\n"
    const time = (hour: number) => new Date(Date.UTC(2000, 0, 1, hour)).getTime()
    const at = (hour: number) => {
      const midnight = configFormats.toml.parse("t = 00:00:00") as { readonly t: Date }
      return new Date(midnight.t.getTime() + time(hour) - time(0))
    }
    expect(edit("toml", text, ["alarm", at(8)], ["all", [at(9), 1]])).toBe(
      "alarm = 08:00:00.000 # c\nall = [09:00:00.000, 1]\n",
    )
    expect(edit("toml", text, ["new", [at(8)]])).toBe(`${text}new = [08:00:00.000]\n`)
    expect(configFormats.toml.print({ t: at(23) })).toBe("t = 23:00:00.000\n")
  })

  test("TOML: what has a date keeps it in the year 0 too, as which a time alone is read", () => {
    const at = new Date("0000-01-01T00:00:00Z")
    const text = "day = 2024-05-01\nlocal = 2024-05-01T08:00:00\nmoment = 2024-05-01T08:00:00Z\n"
    expect(edit("toml", text, ["day", at], ["local", at], ["moment", at])).toBe(
      "day = 0000-01-01\nlocal = 0000-01-01T00:00:00.000\nmoment = 0000-01-01T00:00:00.000Z\n",
    )
  })

  test("TOML: what alone implies a table leaves an empty one behind", () => {
    expect(edit("toml", "a.b = 1 # c\n", ["a.b", undefined])).toBe("a = {} # c\n")
    expect(edit("toml", "[a.b]\nc = 1\n", ["a.b", undefined])).toBe("[a]\n")
    expect(edit("toml", "[[a]]\nx = 1\n", ["a.0", undefined])).toBe("a = []\n")
  })

  test("YAML: a pair in a list gets its brackets, empty lines of a text stay its own", () => {
    expect(edit("yaml", "a: [k: 1, 2]\n", ["a.0.m", 3])).toBe("a: [{ k: 1, m: 3 }, 2]\n")
    expect(edit("yaml", "a: [k: 1, 2]\n", ["a", [{}, 2]])).toBe("a: [{}, 2]\n")
    const text = "a: |+\n  x\n\nb: 1\n"
    expect(edit("yaml", text, ["c", 2])).toBe(`${text}c: 2\n`)
    expect(edit("yaml", "a: |+\n  x\n\n", ["c", 2])).toBe("a: |+\n  x\n\nc: 2\n")
    expect(edit("yaml", "a: !!str 5\n", ["a", 6])).toBe("a: 6\n")
    expect(edit("yaml", "---\n...\n", ["a", 1])).toBe("---\na: 1\n...\n")
  })

  test("YAML: the comment above the first item stays with it", () => {
    expect(edit("yaml", "l:\n  # one\n  - 1\n", ["l", [0, 1]])).toBe("l:\n  - 0\n  # one\n  - 1\n")
  })

  test("YAML: the first member behind a dash goes, and the comments below it stay", () => {
    const text = "l:\n  - a: 1 # a\n    # b\n    b: 2\n"
    expect(edit("yaml", text, ["l", [{ b: 2 }]])).toBe("l:\n  -\n    # b\n    b: 2\n")
  })

  test("YAML: what older readers take for something else is quoted", () => {
    expect(edit("yaml", "a: 1\n", ["a", "yes"])).toBe('a: "yes"\n')
    expect(edit("yaml", "a: 1\n", ["a", "12:30:45"])).toBe('a: "12:30:45"\n')
  })

  test("TOML: dotted keys in inline tables are edited where they stand", () => {
    const text = "t = { a.b.c = 1, a.d = 2 } # t\n"
    expect(edit("toml", text, ["t.a.b.e", 3])).toBe(
      text.replace("a.b.c = 1", "a.b.c = 1, a.b.e = 3"),
    )
    expect(edit("toml", text, ["t.a.b.c", undefined])).toBe(text.replace("a.b.c = 1", "a.b = {}"))
    expect(edit("toml", text, ["t.a.b", 5])).toBe(text.replace("a.b.c = 1", "a.b = 5"))
    expect(edit("toml", text, ["t.a", undefined])).toBe("t = {} # t\n")
    expect(edit("toml", "x = 1\na.b = 1 # one\ny = 2\n", ["a", 5])).toBe(
      "x = 1\na = 5 # one\ny = 2\n",
    )
  })

  test("TOML: a table of dotted keys that has tables of its own gets its members where its keys stand", () => {
    const text = 'fruit.apple.color = "red" # c\n[fruit.apple.texture]\nsmooth = true\n'
    expect(edit("toml", text, ["fruit.apple.new", 5])).toBe(
      text.replace("# c", "# c\nfruit.apple.new = 5"),
    )
  })
})

test("YAML in which something holds itself is refused", () => {
  expect(() => configFormats.yaml.parse("a: &a\n  b: *a\n")).toThrow(
    expect.objectContaining({ code: "ERR_PERSIST_DECODE" }),
  )
  expect(configFormats.yaml.parse("a: &a [1]\nb: [*a, *a]\n")).toEqual({ a: [1], b: [[1], [1]] })
})
