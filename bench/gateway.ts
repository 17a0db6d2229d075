import { setTimeout } from 'node:timers/promises';
import type { AgentStream, AgentTask, Route } from './gateway/agent-process.ts';
import { type Child, startChild } from './gateway/children.ts';
import { ms, percentile } from './gateway/figures.ts';
import type { GatewayReady, GatewayReport } from './gateway/gateway-process.ts';
import type { Bench } from './measure.ts';

const streams = 10_000;
const parallel = 32;
const fast = { streams: 64, perSecond: 1_000, seconds: 60 };

/** Server, gateway, a plain relay and the agent, each in a process of its own. */
export const gatewayBench: Bench = {
  name: 'gateway',
  describe: `what the gateway adds: ${streams} streams, ${parallel} at a time, half SSE and half WebSocket; then ${fast.streams} streams of ${fast.perSecond} tokens/s for ${fast.seconds} s`,
  run: async () => {
    using server = await startChild<{ readonly port: number }>('stream-server');
    const { port } = server.ready;
    using gateway = await startChild<GatewayReady>('gateway-process', { port, measuresDwell: true });
    using relay = await startChild<{ readonly socketPath: string }>('relay-process', { port });
    using agent = await startChild('agent-process');
    const through: Route = { name: 'gateway', ...gateway.ready };
    const plain: Route = { name: 'relay', ...relay.ready };
    const direct: Route = { name: 'direct', port };
    return [
      ...(await manyStreams(agent, gateway, [through, direct, plain])),
      ...(await fastStreams(agent, gateway, through)),
    ];
  },
};

async function manyStreams(
  agent: Child<unknown>,
  gateway: Child<GatewayReady>,
  routes: readonly Route[],
): Promise<string[]> {
  // As from a fast model: none has its first token ready when the question comes.
  const metadata = { tokens: '4-12', perSecond: '100', ttftMs: '40' };
  const load = { workers: parallel, beginWithinMs: 100, metadata };
  await ask(agent, { routes, load: { ...load, streams: 2_000 } }); // warms up
  await gateway.ask<GatewayReport>({});
  const seen = await ask(agent, { routes, load: { ...load, streams: 3 * streams } });
  const { dwell } = await gateway.ask<GatewayReport>({});
  const through = seen.filter(({ route }) => route === 'gateway').length;
  return [
    `${through} streams through the gateway, ${dwell.count} chunks`,
    `dwell p50 ${ms(dwell.p50)} (bar: 0.05), p99 ${ms(dwell.p99)} (bar: 0.5), max ${ms(dwell.max)}`,
    ...addedTtft('SSE and WebSocket', seen),
    ...(['sse', 'websocket'] as const).flatMap((name) =>
      addedTtft(
        name,
        seen.filter(({ transport }) => transport === name),
      ),
    ),
  ];
}

/** What the server took for its first token is taken off: it is no part of the way. */
function addedTtft(what: string, seen: readonly AgentStream[]): string[] {
  const at = (route: string, share: number) =>
    percentile(
      seen.filter((stream) => stream.route === route).map(({ onTheWayUs }) => onTheWayUs),
      share,
    );
  const added = {
    gateway: at('gateway', 0.5) - at('direct', 0.5),
    relay: at('relay', 0.5) - at('direct', 0.5),
  };
  const p99s = ['direct', 'relay', 'gateway'].map((route) => `${route} ${ms(at(route, 0.99))}`).join(', ');
  return [
    `${what}: TTFT without the server's part, p50 direct ${ms(at('direct', 0.5))}; added by the relay ${ms(added.relay)}, by the gateway ${ms(added.gateway)}: ratio ${(added.gateway / added.relay).toFixed(2)} (bar: 3)`,
    `${what}: the same, p99: ${p99s}`,
  ];
}

async function fastStreams(
  agent: Child<unknown>,
  gateway: Child<GatewayReady>,
  route: Route,
): Promise<string[]> {
  const tokens = fast.perSecond * fast.seconds;
  const metadata = { tokens: String(tokens), perSecond: String(fast.perSecond), bundle: '4', ttftMs: '0' };
  await gateway.ask<GatewayReport>({});
  const startMs = performance.now();
  const load = { workers: fast.streams, streams: fast.streams, beginWithinMs: 0, metadata };
  const done = ask(agent, { routes: [route], load });
  await setTimeout(10_000);
  const early = await gateway.ask<GatewayReport>({});
  await setTimeout(fast.seconds * 1000 - 10_500);
  const late = await gateway.ask<GatewayReport>({});
  const seen = await done;
  const wallMs = performance.now() - startMs;
  const wanted = tokens + 2; // created and completed
  const whole = seen.filter(({ events }) => events === wanted).length;
  const share = late.cpuUs / ((fast.seconds - 10.5) * 1e6);
  return [
    `${fast.streams} streams of ${tokens} tokens: ${whole} have every event (${wanted} each), in ${(wallMs / 1000).toFixed(1)} s`,
    `memory of the gateway: ${memoryOf(early)} after 10 s, ${memoryOf(late)} at the end`,
    `the gateway used ${(share * 100).toFixed(0)} % of a core; dwell p50 ${ms(late.dwell.p50)}, p99 ${ms(late.dwell.p99)} (${late.dwell.count} chunks)`,
  ];
}

/** What is resident follows the collector's mood; what lives says whether it grows. */
function memoryOf({ rssMb, liveMb }: GatewayReport): string {
  return `${rssMb.toFixed(0)} MB resident and ${liveMb.toFixed(1)} MB of live objects`;
}

async function ask(agent: Child<unknown>, task: AgentTask): Promise<readonly AgentStream[]> {
  return (await agent.ask<{ readonly streams: readonly AgentStream[] }>(task)).streams;
}
