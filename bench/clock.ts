import type { TransportName } from '../src/domain/model.ts';
import { type RequestRecord, ttftUs } from '../src/domain/request-record.ts';
import { tpotUs } from '../src/inference/latency.ts';
import type { AgentTask } from './gateway/agent-process.ts';
import { type Child, startChild } from './gateway/children.ts';
import type { ClientTask } from './gateway/client-process.ts';
import { ms, percentile } from './gateway/figures.ts';
import type { GatewayReady, GatewayReport } from './gateway/gateway-process.ts';
import type { Load } from './gateway/load.ts';
import type { Bench } from './measure.ts';

interface Pace {
  readonly perSecond: number;
  /** A range: see stream-server. */
  readonly tokens: string;
  readonly bundle: number;
  readonly requests: number;
  /** About as long as a stream lasts. */
  readonly beginWithinMs: number;
}

const parallel = 64;
const paces: readonly Pace[] = [
  { perSecond: 50, tokens: '40-80', bundle: 1, requests: 768, beginWithinMs: 1_200 },
  { perSecond: 1_000, tokens: '400-800', bundle: 4, requests: 768, beginWithinMs: 600 },
];

/** Code that has not run yet is slow: left out, as it says nothing about the clock. */
const warmUp: Pace = { perSecond: 1_000, tokens: '50-150', bundle: 4, requests: 1_024, beginWithinMs: 100 };

/** The client's and the gateway's marks against the stamps of a server that shares their clock. */
export const clockBench: Bench = {
  name: 'clock',
  describe: `marks against the server's own stamps on the same clock, ${parallel} streams at a time (bars at 50 tokens/s: arrival p99 1 ms, TTFT p95 1.5 ms, time per token 1 %)`,
  run: async () => {
    using server = await startChild<{ readonly port: number }>('stream-server');
    const { port } = server.ready;
    using client = await startChild('client-process', { port });
    using gateway = await startChild<GatewayReady>('gateway-process', { port, measuresDwell: false });
    using agent = await startChild('agent-process');
    for (const transport of ['sse', 'websocket'] as const) {
      await byClient(client, transport, warmUp);
      await byGateway({ agent, gateway }, transport, warmUp);
    }
    const lines: string[] = [];
    for (const pace of paces) {
      for (const transport of ['sse', 'websocket'] as const) {
        const through = {
          client: await byClient(client, transport, pace),
          gateway: await byGateway({ agent, gateway }, transport, pace),
        };
        for (const [name, records] of Object.entries(through)) {
          lines.push(lineOf(`${name}, ${transport}, ${pace.perSecond} tokens/s`, records, pace.requests));
        }
      }
    }
    return lines;
  },
};

function loadOf({ perSecond, tokens, bundle, requests, beginWithinMs }: Pace): Load {
  const metadata = { perSecond: String(perSecond), tokens, bundle: String(bundle), ttftMs: '60' };
  return { workers: parallel, streams: requests, beginWithinMs, metadata };
}

async function byClient(
  client: Child<unknown>,
  transport: 'sse' | 'websocket',
  pace: Pace,
): Promise<readonly RequestRecord[]> {
  const name: TransportName = transport === 'sse' ? 'responses-sse' : 'responses-websocket';
  const task: ClientTask = { transport: name, load: loadOf(pace) };
  return (await client.ask<{ readonly records: readonly RequestRecord[] }>(task)).records;
}

async function byGateway(
  { agent, gateway }: { readonly agent: Child<unknown>; readonly gateway: Child<GatewayReady> },
  transport: 'sse' | 'websocket',
  pace: Pace,
): Promise<readonly RequestRecord[]> {
  const task: AgentTask = {
    routes: [{ name: 'gateway', ...gateway.ready }],
    transport,
    load: loadOf(pace),
  };
  await agent.ask(task);
  return (await gateway.ask<GatewayReport>({})).records;
}

function lineOf(what: string, records: readonly RequestRecord[], wanted: number): string {
  const whole = records.filter(({ status }) => status === 'completed');
  if (whole.length !== wanted)
    throw new Error(`${what}: ${whole.length} of ${wanted} requests were answered`);
  const arrival = whole.flatMap(arrivalErrors);
  const ttft = whole.map(ttftError);
  const tpot = whole.map(tpotError);
  return [
    `${what}: ${whole.length} requests`,
    `arrival p50 ${ms(percentile(arrival, 0.5))}, p99 ${ms(percentile(arrival, 0.99))}`,
    `TTFT p95 ${ms(percentile(ttft, 0.95))}`,
    `time per token off by ${(percentile(tpot, 0.5) * 100).toFixed(2)} % (median), ${(percentile(tpot, 0.99) * 100).toFixed(2)} % (p99)`,
  ].join('; ');
}

/** Of the first token, the last one and the end. */
function arrivalErrors({ marks, serverStamps: stamps }: RequestRecord): number[] {
  const pairs = [
    [marks.firstText, stamps?.firstToken],
    [marks.lastToken, stamps?.lastToken],
    [marks.completed, stamps?.completed],
  ];
  return pairs.map(([mark = Number.NaN, stamp = Number.NaN]) => mark - stamp);
}

function ttftError(record: RequestRecord): number {
  const { received = Number.NaN, firstToken = Number.NaN } = record.serverStamps ?? {};
  return (ttftUs(record) ?? Number.NaN) - (firstToken - received);
}

/** As a share of what the server's stamps say. */
function tpotError(record: RequestRecord): number {
  const { firstToken = Number.NaN, lastToken = Number.NaN } = record.serverStamps ?? {};
  const measured = tpotUs(record);
  const sent = (lastToken - firstToken) / ((record.usage?.output ?? Number.NaN) - 1);
  return measured.status === 'measured' ? Math.abs(measured.value / sent - 1) : Number.NaN;
}
