import assert from "node:assert/strict"
import { contrast, desktop, overflow, phone, type Reader, seen } from "./reader.ts"

/** What is looked at, and what must be seen there. */
export const looks: Readonly<Record<string, (reader: Reader) => Promise<void>>> = {
  async "landing page"(reader) {
    const page = await reader.open("/", desktop)
    const text = await seen(page, ".VPContent")
    assert.match(text, /What was saved is there/)
    assert.match(text, /saveState/)
    assert.deepEqual(await overflow(page), [])
    await reader.keep(page, "landing")
    await page.close()
  },

  async "a guide, its code in colours"(reader) {
    const page = await reader.open("/guides/file", desktop)
    assert.match(await seen(page, "h1"), /^Files/)
    const colours = await page.$$eval("pre code span span", (spans) =>
      spans.map((span) => getComputedStyle(span).color),
    )
    assert.ok(new Set(colours).size >= 4, "the code is not highlighted")
    assert.ok((await contrast(page, ".vp-doc p", "color")) >= 7)
    await reader.keep(page, "guide")
    await page.close()
  },

  async "the reference, in the words of the doc comments"(reader) {
    const page = await reader.open("/reference/file", desktop)
    const text = await seen(page, ".vp-doc")
    assert.match(text, /saveStream\(key: string, source: Content/)
    assert.match(text, /Saves bytes that come in pieces/)
    assert.match(text, /ERR_PERSIST_INVALID_OPTION/)
    await page.$eval("#filestorage", (heading) => heading.scrollIntoView())
    await reader.keep(page, "reference")
    await page.close()
  },

  async "search, without a network"(reader) {
    const page = await reader.open("/", desktop)
    await page.keyboard.down("Control")
    await page.keyboard.press("k")
    await page.keyboard.up("Control")
    await page.waitForSelector("#localsearch-input")
    await page.type("#localsearch-input", "fencing")
    await page.waitForSelector("#localsearch-list .result")
    const found = await seen(page, "#localsearch-list")
    assert.match(found, /Leases and fencing/)
    await reader.keep(page, "search")
    const [, address] = await Promise.all([
      page.waitForFunction(() => location.pathname !== "/"),
      page.$eval("#localsearch-list a.result", (link) => {
        ;(link as HTMLElement).click()
        return (link as HTMLAnchorElement).pathname
      }),
    ])
    assert.equal(address, "/concepts/leases")
    await page.close()
  },

  async "a plot, light and dark"(reader) {
    for (const dark of [false, true]) {
      const page = await reader.open("/benchmarks/file", { ...desktop, dark })
      const box = await (await page.waitForSelector(".plot svg"))!.boundingBox()
      assert.ok(box && box.width > 500 && box.height > 200, "the plot is too small to be read")
      assert.ok((await contrast(page, ".plot svg text", "fill")) >= 4.5, "its words are too pale")
      assert.ok((await contrast(page, ".plot svg rect", "fill")) >= 2.5, "its bars are too pale")
      await reader.keep(page, dark ? "plot-dark" : "plot")
      await page.close()
    }
  },

  async "dark mode, switched by hand and kept"(reader) {
    const page = await reader.open("/start", desktop)
    await page.click(".VPNavBarAppearance button")
    await page.waitForSelector("html.dark")
    assert.ok((await contrast(page, ".vp-doc p", "color")) >= 7)
    await reader.keep(page, "start-dark")
    await page.reload()
    assert.ok(await page.$("html.dark"), "dark mode is forgotten")
    await page.evaluate(() => localStorage.clear())
    await page.close()
  },

  async "a phone: menu, guide, plot, reference"(reader) {
    const page = await reader.open("/guides/file", phone)
    await reader.keep(page, "phone-guide")
    await page.click(".VPLocalNav button.menu")
    await page.waitForSelector(".VPSidebar.open")
    await reader.keep(page, "phone-menu")
    await page.close()
    for (const [name, address] of [
      ["landing", "/"],
      ["plot", "/benchmarks/file"],
      ["reference", "/reference/file"],
    ] as const) {
      const shown = await reader.open(address, phone)
      if (name === "plot") {
        const box = await (await shown.$(".plot.narrow svg"))!.boundingBox()
        assert.ok(box && box.width > 280 && box.x + box.width <= phone.width, "the plot is cut off")
      }
      await reader.keep(shown, `phone-${name}`)
      await shown.close()
    }
  },
}

/** Every page on a phone: nothing scrolls sideways but what is meant to. */
export async function everyPageOnPhone(reader: Reader, pages: readonly string[]): Promise<void> {
  const wide: string[] = []
  for (const address of pages) {
    const page = await reader.open(address, phone)
    wide.push(...(await overflow(page)).map((what) => `${address}: ${what}`))
    await page.close()
  }
  assert.deepEqual(wide, [])
}
