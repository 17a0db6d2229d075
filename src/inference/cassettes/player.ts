/**
 * A provider made of a recording: a real HTTP and WebSocket server on loopback that answers each request with
 * the recorded bytes at the recorded times. To the client and the gateway it is a base URL like any other.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Differences } from './difference-count.ts';
import { type PlayerParts, playHttp } from './play-http.ts';
import { playUpgrade } from './play-websocket.ts';
import type { Cassette } from './read-cassette.ts';
import { Replay } from './replay.ts';

export interface PlayerOptions {
  readonly cassette: Cassette;
  readonly clock: Clock;
  /** Multiplies every recorded time; 1 is the recorded pace, 0 as fast as it goes. */
  readonly timeScale: number;
  /** Refuse whatever is not to the letter as recorded. */
  readonly strict: boolean;
}

export interface Player extends AsyncDisposable {
  /** With `/v1`, as a provider profile takes it. */
  readonly baseUrl: string;
  /** A try of a trial begins; the next recorded one is played. Without it: the first. */
  beginTry(trialId: string): Promise<void>;
  /** Why the try that ended cannot be scored; undefined where it was played as recorded. */
  endTry(trialId: string): Promise<string | undefined>;
  differences(): Differences;
}

export async function startPlayer(options: PlayerOptions): Promise<Player> {
  const replay = new Replay(options.cassette, options.strict);
  const parts: PlayerParts = { replay, clock: options.clock, timeScale: options.timeScale };
  const server = createServer({ noDelay: true, keepAliveTimeout: 0 }, (request, response) => {
    playHttp(parts, request, response).catch((error: unknown) => {
      // The other side has gone, or it sent what cannot be read.
      if (response.headersSent || response.destroyed) response.destroy();
      else response.writeHead(500).end(JSON.stringify({ error: { message: messageOf(error) } }));
    });
  });
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 0 });
  server.on('upgrade', (request, stream, head) => {
    playUpgrade(parts, { request, stream, head, sockets }).catch(() => stream.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    beginTry: (trialId) => replay.beginTry(trialId),
    endTry: (trialId) => replay.endTry(trialId),
    differences: () => replay.differences(),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
