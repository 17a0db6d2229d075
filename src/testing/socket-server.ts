import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server as HttpServer } from 'node:http';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface SocketServer extends AsyncDisposable {
  readonly socketPath: string;
}

/** Lets a server listen on a Unix socket in a folder of its own, as the gateway does for each trial. */
export async function listenOnSocket(server: Server | HttpServer): Promise<SocketServer> {
  const folder = await mkdtemp(join(tmpdir(), 'evalrun-socket-'));
  const socketPath = join(folder, 'gateway.sock');
  server.listen(socketPath);
  await once(server, 'listening');
  return {
    socketPath,
    async [Symbol.asyncDispose]() {
      if ('closeAllConnections' in server) server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
