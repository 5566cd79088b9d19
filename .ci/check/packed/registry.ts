import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { basename } from "node:path"
import type { PackedPackage } from "./pack.ts"

export interface LocalRegistry {
  /** Address to use as the registry of the `@persist` scope. */
  readonly url: string
  close(): Promise<void>
}

/**
 * Serves packed packages on loopback as a registry would, so that package managers resolve them by
 * name and range, without overrides or paths; packages outside the scope come from the usual place.
 */
export async function serve(packages: readonly PackedPackage[]): Promise<LocalRegistry> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "").slice(1)
    const tarball = packages.find((one) => path === `-/${basename(one.tarball)}`)
    if (tarball) return void response.end(tarball.bytes)
    const described = packages.find((one) => path === one.name)
    response.setHeader("content-type", "application/json")
    if (!described) return void response.writeHead(404).end("{}")
    response.end(JSON.stringify(describe(described, addressOf(server))))
  })
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  return {
    url: addressOf(server),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, "close")
    },
  }
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

function describe(one: PackedPackage, url: string): object {
  const { name, version, integrity, shasum } = one
  const dist = { tarball: `${url}-/${basename(one.tarball)}`, integrity, shasum }
  // Package managers may refuse what was published within the last days.
  const published = "2024-01-01T00:00:00.000Z"
  return {
    name,
    "dist-tags": { latest: version },
    versions: { [version]: { ...one.manifest, dist } },
    time: { created: published, modified: published, [version]: published },
  }
}
