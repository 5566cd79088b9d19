import { describe, expect, test } from "vitest"
import { configFormats } from "../src/configs/formats/formats.ts"
import { edit } from "./edit-text.ts"

test("YAML: a number with an exponent has a point, without which readers of YAML 1.1 take it for a text", () => {
  const small = { a: 1e-7, "1e21": [1e21, -5e-324, 1.5e300, 100, "1e21"] }
  const text = 'a: 1.0e-7\n"1e21":\n  - 1.0e+21\n  - -5.0e-324\n  - 1.5e+300\n  - 100\n  - "1e21"\n'
  expect(configFormats.yaml.print(small)).toBe(text)
  expect(configFormats.yaml.parse(text)).toEqual(small)
  expect(edit("yaml", "a: [2]\n", ["a.0", 1e21])).toBe("a: [1.0e+21]\n")
})

describe("a text in the place of a text", () => {
  test("YAML: a text below | or > that is replaced stays one, in the form that the new text needs", () => {
    const text = "a: | # why\n  x\n  y\n\n# b\nb: 1\n"
    const head = (to: string, lines: string) =>
      text.replace("| #", `${to} #`).replace("  x\n  y\n", lines)
    expect(edit("yaml", text, ["a", "one\n\ttwo\n"])).toBe(head("|", "  one\n  \ttwo\n"))
    expect(edit("yaml", text, ["a", "one"])).toBe(head("|-", "  one\n"))
    expect(edit("yaml", text, ["a", "  one\n two"])).toBe(head("|2-", "    one\n   two\n"))
    // Empty lines follow, which "+" would take for the value's.
    expect(edit("yaml", text, ["a", "one\n\n"])).toBe(head('"one\\n\\n"', ""))
    expect(edit("yaml", "a: |\n  x\nb: 1\n", ["a", "x\n\n"])).toBe("a: |+\n  x\n\nb: 1\n")
    expect(edit("yaml", text, ["a", "\r"])).toBe(head('"\\r"', ""))
    expect(edit("yaml", text, ["a", true])).toBe(head("true", ""))
    expect(edit("yaml", text, ["a", { c: 1 }])).toBe(
      text.replace("| #", "#").replace("x\n  y", "c: 1"),
    )
    expect(edit("yaml", "l:\r\n- k: |+\r\n     x\r\n\r\n- 2", ["l.0.k", "y\nz\n"])).toBe(
      "l:\r\n- k: |+\r\n     y\r\n     z\r\n- 2",
    )
    expect(edit("yaml", "- |\n x", ["0", "y\nz\n"])).toBe("- |\n y\n z\n")
    const folded = `a: >-\n    ${"word ".repeat(15)}\n    end\n`
    expect(edit("yaml", folded, ["a", `${"more ".repeat(20)}\n\nnext`])).toBe(
      `a: >-\n    ${"more ".repeat(14)}more\n    ${"more ".repeat(5)}\n\n\n    next\n`,
    )
  })

  test("YAML: a tag goes with a value of its type alone", () => {
    const text = "a: !!str x # a\nb: !!int 1\nc: !own x\n"
    expect(edit("yaml", text, ["a", "z"])).toBe(text.replace("x #", "z #"))
    expect(edit("yaml", text, ["a", [1]])).toBe(text.replace("!!str x", "[1]"))
    expect(edit("yaml", text, ["b", "y"])).toBe(text.replace("!!int 1", '"y"'))
    expect(edit("yaml", text, ["b", 2])).toBe(text.replace("1", "2"))
    expect(edit("yaml", text, ["c", "z"])).toBe(text.replace("own x", "own z"))
  })

  test("TOML: a text keeps the quotes of the one that it replaces, where they can hold it", () => {
    const text = `a = 'C:\\x' # a\nb = """\none\ntwo"""\nc = '''x'''\n`
    expect(edit("toml", text, ["a", "D:\\y"])).toBe(text.replace("C:\\x", "D:\\y"))
    expect(edit("toml", text, ["a", "it's"])).toBe(text.replace("'C:\\x'", `"it's"`))
    expect(edit("toml", text, ["a", "one\ntwo"])).toBe(text.replace("'C:\\x'", '"one\\ntwo"'))
    expect(edit("toml", text, ["b", 'say "x"\\\nso\n'])).toBe(
      text.replace("one\ntwo", 'say "x"\\\\\nso\n'),
    )
    expect(edit("toml", text, ["b", '"""'])).toBe(text.replace("one\ntwo", '\\"\\"\\"'))
    expect(edit("toml", text, ["c", "it's\n"])).toBe(text.replace("'x'", "'it's\n'"))
    expect(edit("toml", 'a = """x\ny"""\n', ["a", "y\nx"])).toBe('a = """y\nx"""\n')
    expect(edit("toml", text, ["c", "x'"])).toBe(text.replace("'''x'''", `"x'"`))
    const windows = text.replaceAll("\n", "\r\n")
    expect(edit("toml", windows, ["b", "1"])).toBe(windows.replace("one\r\ntwo", "1"))
    // Some readers would take the line breaks for those of Windows.
    expect(edit("toml", windows, ["b", "1\n2"])).toBe(
      windows.replace('"""\r\none\r\ntwo"""', '"1\\n2"'),
    )
  })
})
