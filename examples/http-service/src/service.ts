import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { CacheStorage, type Storage } from "@persist/all"
import type { Sessions } from "./sessions.ts"

/** What the service works with. */
export interface Parts {
  readonly sessions: Sessions
  /** Beyond the memory of this process: what one has computed, all have. */
  readonly storage: Storage
  /** The slow part that is worth remembering. */
  readonly describe: (topic: string) => Promise<string>
}

/**
 * `POST /sign-in?name=…`, `GET /me`, `POST /sign-out`, `GET /about?topic=…`, `GET /health`.
 * Closing the server is the caller's.
 */
export function createService({ sessions, storage, describe }: Parts): Server {
  const answers = new CacheStorage<string, string>({
    defaultTtl: "10m",
    tier: { store: storage, prefix: "about/" },
  })
  const routes: Readonly<Record<string, Route>> = {
    "POST /sign-in": async ({ query }) => {
      const name = query.get("name")
      if (!name) return { status: 400, body: { error: "Give a name." } }
      const token = await sessions.begin(name)
      return {
        status: 201,
        body: { name },
        cookie: `session=${token}; HttpOnly; SameSite=Lax; Path=/`,
      }
    },
    "GET /me": async ({ token }) => {
      const session = await sessions.visit(token)
      if (session === undefined) return { status: 401, body: { error: "Sign in first." } }
      return { status: 200, body: { name: session.name, visits: session.visits } }
    },
    "POST /sign-out": async ({ token }) => {
      await sessions.end(token)
      return { status: 200, body: {}, cookie: "session=; Max-Age=0; Path=/" }
    },
    "GET /about": async ({ query }) => {
      const topic = query.get("topic")
      if (!topic) return { status: 400, body: { error: "Give a topic." } }
      const text = await answers.getOrSet(topic, describe)
      return { status: 200, body: { topic, text } }
    },
    "GET /health": async () => ({ status: 200, body: { cache: answers.stats } }),
  }
  return createServer(async (request, response) => {
    try {
      const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost")
      const route = routes[`${request.method} ${pathname}`]
      const call = { query: searchParams, token: tokenOf(request) }
      reply(response, (await route?.(call)) ?? { status: 404, body: { error: "No such page." } })
    } catch (error) {
      console.error(error)
      reply(response, { status: 503, body: { error: "Try again." } })
    }
  })
}

interface Call {
  readonly query: URLSearchParams
  /** Of the session cookie; empty without one. */
  readonly token: string
}

interface Reply {
  readonly status: number
  readonly body: object
  readonly cookie?: string
}

type Route = (call: Call) => Promise<Reply>

/** Tokens are made of these letters; whatever else a cookie holds is nobody's session. */
function tokenOf(request: IncomingMessage): string {
  return /(?:^|;\s*)session=([\w-]{32})(?:;|$)/.exec(request.headers.cookie ?? "")?.[1] ?? "none"
}

function reply(response: ServerResponse, { status, body, cookie }: Reply): void {
  if (cookie !== undefined) response.setHeader("set-cookie", cookie)
  response.writeHead(status, { "content-type": "application/json" })
  response.end(`${JSON.stringify(body)}\n`)
}
