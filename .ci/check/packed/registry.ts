import { createHash } from "node:crypto"
import { once } from "node:events"
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { Manifest } from "../workspace.ts"
import type { PackedPackage } from "./pack.ts"

/** One published version. */
interface Release {
  readonly manifest: Manifest
  readonly tarball: Buffer
}

/** What npm and pnpm send to publish a version. */
interface Publication {
  readonly versions: Readonly<Record<string, Manifest>>
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>
}

// Package managers may refuse what was published within the last days.
const published = "2024-01-01T00:00:00.000Z"

/**
 * A registry on loopback for the packages of this repository, so that package managers resolve them
 * by name and range, without overrides or paths, and publish them; all others come from the usual place.
 */
export class LocalRegistry implements AsyncDisposable {
  readonly #releases: Release[] = []
  readonly #server: Server = createServer((request, response) => {
    response.setHeader("content-type", "application/json")
    this.#answer(request).then(
      (body) => response.writeHead(body === undefined ? 404 : 200).end(body ?? "{}"),
      (error) => response.writeHead(500).end(JSON.stringify({ error: String(error) })),
    )
  })

  /** Starts a registry that already holds some packages. */
  static async open(packages: readonly PackedPackage[] = []): Promise<LocalRegistry> {
    const registry = new LocalRegistry()
    for (const { manifest, bytes } of packages) {
      registry.#releases.push({ manifest, tarball: bytes })
    }
    registry.#server.listen(0, "127.0.0.1")
    await once(registry.#server, "listening")
    return registry
  }

  /** Address to use as the registry of the `@persist` scope. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** `name@version` of everything that was published, oldest first. */
  get releases(): string[] {
    return this.#releases.map(({ manifest }) => `${manifest.name}@${manifest.version}`)
  }

  async #answer(request: IncomingMessage): Promise<Buffer | string | undefined> {
    const path = decodeURIComponent(new URL(request.url ?? "", this.url).pathname).slice(1)
    if (request.method === "PUT") {
      this.#publish(JSON.parse(Buffer.concat(await request.toArray()).toString()))
      return "{}"
    }
    const release = this.#releases.find((one) => path === pathOf(one))
    if (release) return release.tarball
    const versions = this.#releases.filter(({ manifest }) => path === manifest.name)
    return versions.length > 0 ? JSON.stringify(this.#describe(versions)) : undefined
  }

  #publish({ versions, _attachments }: Publication): void {
    const [manifest] = Object.values(versions)
    const [attachment] = Object.values(_attachments)
    const release = { manifest: manifest!, tarball: Buffer.from(attachment!.data, "base64") }
    if (this.releases.includes(`${release.manifest.name}@${release.manifest.version}`)) {
      throw new Error("This version is published already.")
    }
    this.#releases.push(release)
  }

  #describe(releases: readonly Release[]): object {
    const dist = (one: Release) => ({
      tarball: this.url + pathOf(one),
      integrity: `sha512-${createHash("sha512").update(one.tarball).digest("base64")}`,
      shasum: createHash("sha1").update(one.tarball).digest("hex"),
    })
    const versions = releases.map((one) => [
      one.manifest.version,
      { ...one.manifest, dist: dist(one) },
    ])
    const times = releases.map(({ manifest }) => [manifest.version, published])
    const { name, version } = releases.at(-1)!.manifest
    return {
      name,
      "dist-tags": { latest: version },
      versions: Object.fromEntries(versions),
      time: { created: published, modified: published, ...Object.fromEntries(times) },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, "close")
  }
}

function pathOf({ manifest }: Release): string {
  return `${manifest.name}/-/${manifest.name.split("/")[1]}-${manifest.version}.tgz`
}
