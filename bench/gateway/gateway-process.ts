/** The gateway with one trial in a process of its own; tells what it measured. */
import type { RequestRecord } from '../../src/domain/request-record.ts';
import { startGateway } from '../../src/inference/gateway/start-gateway.ts';
import { modelOf } from '../../src/inference/simulator/fixtures.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { argumentOf, serveParent } from './children.ts';
import { Histogram } from './figures.ts';

export interface GatewayReady {
  readonly socketPath: string;
  readonly token: string;
}

/** What was measured since it was asked last. */
export interface GatewayReport {
  readonly dwell: {
    readonly count: number;
    readonly p50: number;
    readonly p99: number;
    readonly max: number;
  };
  readonly records: readonly RequestRecord[];
  readonly rssMb: number;
  /** Heap and buffers, after a collection. */
  readonly liveMb: number;
  readonly cpuUs: number;
}

const { port, measuresDwell } = argumentOf<{ port: number; measuresDwell: boolean }>();
let dwell = new Histogram();
let records: RequestRecord[] = [];
let cpu = process.cpuUsage();
const gateway = await startGateway({
  clock: systemClock,
  env: {},
  retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
  random: Math.random,
  stallTimeoutMs: 30_000,
  connectTimeoutMs: 10_000,
  ...(measuresDwell ? { onRelayed: (dwellUs: number) => dwell.add(dwellUs) } : {}),
});
const { socketPath, token } = await gateway.openTrial({
  trialId: 'bench',
  models: [modelOf(`http://127.0.0.1:${port}/v1`, 'responses-sse')],
  onRecord: (record) => records.push(record),
});
const tell = async (): Promise<GatewayReport> => {
  const used = process.cpuUsage(cpu);
  globalThis.gc?.();
  const memory = process.memoryUsage();
  const report: GatewayReport = {
    dwell: dwell.figures(),
    records,
    rssMb: memory.rss / 1e6,
    liveMb: (memory.heapUsed + memory.external) / 1e6,
    cpuUs: used.user + used.system,
  };
  dwell = new Histogram();
  records = [];
  cpu = process.cpuUsage();
  return report;
};
serveParent({ socketPath, token }, tell, () => gateway[Symbol.asyncDispose]());
