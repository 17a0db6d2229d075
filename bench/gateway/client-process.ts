/** The built-in client in a process of its own: asks at full parallelism and gives its records back. */
import type { TransportName } from '../../src/domain/model.ts';
import type { RequestRecord } from '../../src/domain/request-record.ts';
import { createInferenceClient } from '../../src/inference/inference-client.ts';
import { modelOf } from '../../src/inference/simulator/fixtures.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { argumentOf, serveParent } from './children.ts';
import { type Load, runLoad } from './load.ts';

export interface ClientTask {
  readonly transport: TransportName;
  readonly load: Load;
}

const { port } = argumentOf<{ port: number }>();

serveParent<ClientTask>({}, async (task) => ({ records: await runTask(task) }));

async function runTask({ transport, load }: ClientTask): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  await using client = createInferenceClient({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
    random: Math.random,
    stallTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
  const { signal } = new AbortController();
  const input = [{ type: 'message' as const, role: 'user' as const, text: 'Hello' }];
  await runLoad(load, async () => {
    const session = client.openSession({
      model: modelOf(`http://127.0.0.1:${port}/v1`, transport),
      trialId: 'bench',
      metadata: load.metadata,
      onRecord: (record) => records.push(record),
    });
    return async () => {
      await session.respond({ instructions: '', input, tools: [] }, { signal });
    };
  });
  return records;
}
