import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { brokenLinks } from "../../docs/check/links.ts"
import { isMeasured, quotedDate, quotedRatio } from "../../docs/generate/benchmarks/quoted.ts"
import { areas, readResults } from "../../docs/generate/benchmarks/results.ts"

describe("brokenLinks", () => {
  let directory = ""

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "persist-site-"))
    mkdirSync(join(directory, "guides"))
    const write = (name: string, html: string) => writeFileSync(join(directory, name), html)
    write("logo.svg", "")
    write("index.html", '<h1 id="top">One</h1><a class="x" href="/guides/file#a&amp;b">good</a>')
    write(
      "guides/file.html",
      `<h2 id="a&amp;b"></h2>
       <a href="/">good</a> <a href="#a&amp;b">good</a> <a href="/logo.svg">good</a>
       <a href="https://example.org/x">elsewhere</a>
       <a href="/#bottom">no such heading</a> <a href="/guides/nothing.html">no such page</a>`,
    )
  })

  afterAll(() => rmSync(directory, { recursive: true }))

  test("follows links to pages, headings and files, and tells which lead nowhere", () => {
    expect(brokenLinks(directory)).toEqual({
      links: 6,
      broken: [
        "/guides/file links to /#bottom, which is not there",
        "/guides/file links to /guides/nothing, which is not there",
      ],
    })
  })
})

describe("quotedRatio", () => {
  test("is the figure of the last benchmark, for every row that has one", () => {
    const rows = areas()
      .map(readResults)
      .flatMap(({ area, sections }) =>
        sections.flatMap(({ title, comparisons }) =>
          comparisons.map(({ peer, ratio }) => ({ area, title, peer, ratio })),
        ),
      )
    expect(rows.length).toBeGreaterThan(100)
    const differing = rows.filter(
      ({ area, title, peer, ratio }) => !(Number(quotedRatio(area, title, peer)) > 0 && ratio),
    )
    expect(differing).toEqual([])
    expect(quotedDate("file")).toMatch(/^20\d\d-\d\d-\d\d$/)
  })

  test("throws where nobody measured", () => {
    expect(isMeasured("file", "load, 2.5 KB", "nobody")).toBe(false)
    expect(() => quotedRatio("file", "load, 2.5 KB", "nobody")).toThrow('no row "nobody"')
    expect(() => quotedRatio("file", "nothing", "lowdb")).toThrow('under "nothing"')
  })
})
