/**
 * The embedded default provider: a real HTTP and WebSocket server on this machine that speaks the Responses
 * API and plays tasks from their reference solutions, at a model's published or assumed pace. It knows tasks
 * because it has to solve them without a model; nothing else in `inference/` does.
 */
import { createServer, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { messageOf } from '../../domain/errors.ts';
import type { Task } from '../../domain/task.ts';
import type { Clock } from '../../lib/clock.ts';
import type { ChooseFault, ChooseRefusedUpgrade } from './faults.ts';
import { handleHttp } from './http-front.ts';
import type { SimulatedModel } from './plan-answer.ts';
import { Responder } from './responder.ts';
import { cachingFolderReader } from './solution-folder.ts';
import { serveWebSocket } from './websocket-front.ts';

export interface SimulatorOptions {
  readonly seed: string | number;
  /** By the model's name on the wire. */
  readonly profiles: ReadonlyMap<string, SimulatedModel>;
  readonly tasks: (taskId: string) => Task | undefined;
  readonly clock: Clock;
  /** Multiplies every wait; 1 is the profiles' own pace. */
  readonly timeScale?: number;
  readonly faults?: ChooseFault;
  readonly upgrades?: ChooseRefusedUpgrade;
  /** Default: one that is free. */
  readonly port?: number;
  /** Default: 127.0.0.1. */
  readonly host?: string;
}

export interface Simulator extends AsyncDisposable {
  /** With `/v1`, as a provider profile takes it. */
  readonly baseUrl: string;
}

export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const responder = new Responder({
    timeScale: 1,
    faults: () => undefined,
    ...options,
    readFolder: cachingFolderReader(),
  });
  const server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (request, response) => {
    handleHttp(responder, request, response).catch((error: unknown) => {
      // The other side has gone, or a solution could not be read.
      if (response.headersSent || response.destroyed) response.destroy();
      else
        response
          .writeHead(500)
          .end(JSON.stringify({ error: { code: 'simulator', message: messageOf(error) } }));
    });
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 0 });
  let upgrades = 0;
  server.on('upgrade', (request, stream, head) => {
    if (request.url?.split('?')[0] !== '/v1/responses') return refuseUpgrade(stream, 404);
    upgrades += 1;
    const refused = options.upgrades?.(upgrades);
    if (refused !== undefined) return refuseUpgrade(stream, refused.status);
    sockets.handleUpgrade(request, stream, head, (socket) => serveWebSocket(responder, socket, request));
  });
  const host = options.host ?? '127.0.0.1';
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    baseUrl: `http://${host.includes(':') ? `[${host}]` : host}:${port}/v1`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function refuseUpgrade(stream: Duplex, status: number): void {
  stream.on('error', () => stream.destroy()); // the other side may have gone already
  const reason = `${status} ${STATUS_CODES[status] ?? 'Refused'}`;
  stream.end(`HTTP/1.1 ${reason}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
