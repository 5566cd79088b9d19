import type { Socket } from "node:net"

/**
 * Closes a connection with a reset where it still can: Node never closes a socket that is reset while its end
 * is on the way (libuv says EINVAL), and a process with such a socket spins at its exit for ever.
 */
export function resetSocket(socket: Socket): void {
  const isEnding = socket.writableEnded && socket.writableLength === 0
  if (socket.connecting || isEnding) socket.destroy()
  else socket.resetAndDestroy()
}
