import { once } from "node:events"
import { existsSync, readFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { extname, join, normalize } from "node:path"

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
}

/** A built site on loopback, as any static host serves it: `/start` is `start.html`. */
export class ServedSite implements AsyncDisposable {
  readonly #directory: string
  readonly #server: Server = createServer((request, response) => {
    const file = this.#fileAt(new URL(request.url ?? "/", "http://site").pathname)
    if (!file) {
      response.writeHead(404).end()
      return
    }
    response.writeHead(200, { "content-type": types[extname(file)] ?? "application/octet-stream" })
    response.end(readFileSync(file))
  })

  private constructor(directory: string) {
    this.#directory = directory
  }

  static async open(directory: string): Promise<ServedSite> {
    const site = new ServedSite(directory)
    site.#server.listen(0, "127.0.0.1")
    await once(site.#server, "listening")
    return site
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, "close")
  }

  #fileAt(pathname: string): string | undefined {
    const path = join(this.#directory, normalize(decodeURIComponent(pathname)))
    const candidates = pathname.endsWith("/") ? [join(path, "index.html")] : [path, `${path}.html`]
    return candidates.find((file) => extname(file) !== "" && existsSync(file))
  }
}
