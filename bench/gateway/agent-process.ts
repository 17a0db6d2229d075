/** The agent's side in a process of its own: asks over SSE and WebSocket, counts what comes and when. */
import { once } from 'node:events';
import net from 'node:net';
import { WebSocket } from 'ws';
import { headBytes } from '../../src/inference/http1/message-head.ts';
import { ProviderConnection } from '../../src/inference/http1/provider-connection.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { serveParent } from './children.ts';
import { type Load, runLoad } from './load.ts';

export interface Route {
  readonly name: string;
  /** A Unix socket, or a port of this machine. */
  readonly socketPath?: string;
  readonly port?: number;
  readonly token?: string;
}

export interface AgentTask {
  /** Each worker takes them in turn. */
  readonly routes: readonly Route[];
  readonly load: Load;
  /** Undefined: half the workers each. */
  readonly transport?: 'sse' | 'websocket';
}

export interface AgentStream {
  readonly route: string;
  readonly transport: 'sse' | 'websocket';
  /** Of the time to the first token what was not the server's own. */
  readonly onTheWayUs: number;
  readonly events: number;
}

type Seen = Pick<AgentStream, 'onTheWayUs' | 'events'>;
type Ask = (body: object) => Promise<Seen>;

serveParent<AgentTask>({}, async (task) => ({ streams: await runTask(task) }));

async function runTask(task: AgentTask): Promise<AgentStream[]> {
  const results: AgentStream[] = [];
  await runLoad(task.load, async (worker) => {
    const transport = task.transport ?? (worker % 2 === 0 ? 'sse' : 'websocket');
    const asks = await Promise.all(
      task.routes.map(async (route) => ({
        route,
        ask: transport === 'sse' ? sseAsk(route) : await socketAsk(route),
      })),
    );
    return async (turn) => {
      // Workers begin at different routes, so that all are in use at any time.
      const next = asks[(Math.floor(worker / 2) + turn) % asks.length];
      if (next === undefined) throw new Error('no route');
      const seen = await next.ask({ model: 'fast', stream: true, input: 'x', metadata: task.load.metadata });
      results.push({ route: next.route.name, transport, ...seen });
    };
  });
  return results;
}

function headersOf({ token }: Route): Record<string, string> {
  return {
    'content-type': 'application/json',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}

const lineFeed = 10;

/** What the server says in its last event of how long its first token took. */
function ownTimeIn(lastEvent: Buffer): number {
  return Number(/"ownUs":"(\d+)"/.exec(lastEvent.toString('latin1'))?.[1]);
}

/** A worker asks one thing at a time: one connection is enough. */
function sseAsk(route: Route): Ask {
  const { socketPath, port } = route;
  const socket = net.connect(
    socketPath === undefined ? { port: port ?? 0, host: '127.0.0.1', noDelay: true } : { path: socketPath },
  );
  const nothing = () => {};
  const connection = new ProviderConnection({ socket, isSecure: false, onIdle: nothing, onClosed: nothing });
  return (asked) => {
    const { promise, resolve, reject } = Promise.withResolvers<Seen>();
    const body = Buffer.from(JSON.stringify(asked));
    const headers = { host: 'localhost', ...headersOf(route), 'content-length': String(body.length) };
    let sentUs = 0;
    let ttftUs = 0;
    let ownUs = Number.NaN;
    let lines = 0;
    connection.send({
      head: headBytes('POST /v1/responses HTTP/1.1', Object.entries(headers).flat()),
      body,
      onConnecting: nothing,
      onConnected: nothing,
      onSend: () => {
        sentUs = systemClock.nowUs();
      },
      onSent: nothing,
      onHead: ({ status }) => status === 200 || reject(new Error(`status ${status}`)),
      onBody: (chunk) => {
        if (ttftUs === 0 && chunk.includes('output_text.delta')) ttftUs = systemClock.nowUs() - sentUs;
        if (chunk.includes('"response.completed"')) ownUs = ownTimeIn(chunk);
        for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, at + 1)) lines += 1;
      },
      onEnd: () => resolve({ onTheWayUs: ttftUs - ownUs, events: lines / 3 }),
      onError: reject,
    });
    return promise;
  };
}

async function socketAsk(route: Route): Promise<Ask> {
  const url =
    route.socketPath === undefined
      ? `ws://127.0.0.1:${route.port}/v1/responses`
      : `ws+unix:${route.socketPath}:/v1/responses`;
  const socket = new WebSocket(url, {
    perMessageDeflate: false,
    headers: headersOf(route),
    skipUTF8Validation: true,
  });
  await once(socket, 'open');
  return (body) => {
    const { promise, resolve, reject } = Promise.withResolvers<Seen>();
    let ttftUs = 0;
    let events = 0;
    const onMessage = (data: Buffer) => {
      events += 1;
      if (ttftUs === 0 && data.includes('output_text.delta')) ttftUs = systemClock.nowUs() - sentUs;
      if (data.includes('"response.completed"')) {
        finish(() => resolve({ onTheWayUs: ttftUs - ownTimeIn(data), events }));
      }
    };
    const onClose = () => finish(() => reject(new Error('the socket was closed')));
    const finish = (settle: () => void) => {
      socket.off('message', onMessage);
      socket.off('close', onClose);
      settle();
    };
    socket.on('message', onMessage);
    socket.on('close', onClose);
    const sentUs = systemClock.nowUs();
    socket.send(JSON.stringify({ type: 'response.create', ...body }));
    return promise;
  };
}
