import { join } from "node:path"
import type { Browser, Page } from "puppeteer-core"

/** A screen to read the site on. */
export interface Screen {
  readonly width: number
  readonly height: number
  readonly dark?: boolean
}

export const desktop: Screen = { width: 1280, height: 860 }
export const phone: Screen = { width: 360, height: 740 }

/** Opens pages of one site in a browser that reaches nothing else, and notes what goes wrong there. */
export class Reader {
  readonly #browser: Browser
  readonly #origin: string
  readonly #screenshots: string
  /** Errors of the pages, and requests to elsewhere. */
  readonly complaints: string[] = []

  constructor(browser: Browser, origin: string, screenshots: string) {
    this.#browser = browser
    this.#origin = origin
    this.#screenshots = screenshots
  }

  /** Opens a page, once it answers to clicks. */
  async open(address: string, { width, height, dark = false }: Screen): Promise<Page> {
    const page = await this.#browser.newPage()
    await page.setViewport({ width, height, isMobile: width < 600, hasTouch: width < 600 })
    const scheme = { name: "prefers-color-scheme", value: dark ? "dark" : "light" }
    await page.emulateMediaFeatures([scheme, { name: "prefers-reduced-motion", value: "reduce" }])
    await page.setRequestInterception(true)
    page.on("request", (request) => {
      const isHere = request.url().startsWith(this.#origin) || request.url().startsWith("data:")
      if (!isHere) this.complaints.push(`${address} asks for ${request.url()}`)
      void (isHere ? request.continue() : request.abort())
    })
    page.on("pageerror", (error) => this.complaints.push(`${address}: ${error}`))
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) {
        this.complaints.push(`${address}: ${message.text()}`)
      }
    })
    await page.goto(this.#origin + address)
    await page.waitForFunction(() => "__vue_app__" in (document.querySelector("#app") ?? {}))
    return page
  }

  async keep(page: Page, name: string): Promise<void> {
    await page.screenshot({ path: join(this.#screenshots, `${name}.png`) as `${string}.png` })
  }
}

/** The text of an element as it is seen: nothing of what is hidden. */
export function seen(page: Page, selector: string): Promise<string> {
  return page.$eval(selector, (element) => {
    // biome-ignore lint/performance/useDomNodeTextContent: textContent has what is hidden too.
    return (element as HTMLElement).innerText
  })
}

/** What sticks out of the screen to the right; empty when nothing scrolls sideways. */
export function overflow(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll(".VPContent *")]
      .filter((element) => element.getBoundingClientRect().right > width + 1)
      .slice(0, 3)
      .map((element) => `${element.tagName.toLowerCase()} ${element.textContent?.slice(0, 40)}`)
      .concat("the page scrolls sideways")
  })
}

/** Contrast of an element's own colour with the page, after WCAG 2.1. */
export function contrast(
  page: Page,
  selector: string,
  property: "color" | "fill",
): Promise<number> {
  return page.$eval(
    selector,
    (element, name) => {
      const luminance = (color: string) => {
        const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
          const share = Number(part) / 255
          return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
        })
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
      }
      const lights = [
        luminance(getComputedStyle(element)[name as "color" | "fill"]),
        luminance(getComputedStyle(document.body).backgroundColor),
      ].sort((a, b) => b - a)
      return (lights[0]! + 0.05) / (lights[1]! + 0.05)
    },
    property,
  )
}
