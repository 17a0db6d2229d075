/** The built-in client in a process of its own: asks at full parallelism and gives its records back. */
import type { TransportName } from '../../src/domain/model.ts';
import type { RequestRecord } from '../../src/domain/request-record.ts';
import { createInferenceClient } from '../../src/inference/inference-client.ts';
import { modelOf } from '../../src/inference/simulator/fixtures.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { argumentOf, serveParent } from './children.ts';

export interface ClientTask {
  readonly transport: TransportName;
  readonly sessions: number;
  readonly requests: number;
  readonly metadata: Readonly<Record<string, string>>;
}

const { port } = argumentOf<{ port: number }>();

serveParent<ClientTask>({}, async (task) => ({ records: await runTask(task) }));

async function runTask({ transport, sessions, requests, metadata }: ClientTask): Promise<RequestRecord[]> {
  const records: RequestRecord[] = [];
  await using client = createInferenceClient({
    clock: systemClock,
    env: {},
    retry: { maxAttempts: 1, baseMs: 1, maxMs: 1 },
    random: Math.random,
    stallTimeoutMs: 30_000,
    connectTimeoutMs: 10_000,
  });
  let begun = 0;
  const work = async () => {
    const session = client.openSession({
      model: modelOf(`http://127.0.0.1:${port}/v1`, transport),
      trialId: 'bench',
      metadata,
      onRecord: (record) => records.push(record),
    });
    const input = [{ type: 'message' as const, role: 'user' as const, text: 'Hello' }];
    const { signal } = new AbortController();
    for (; begun < requests; ) {
      begun += 1;
      await session.respond({ instructions: '', input, tools: [] }, { signal });
    }
  };
  await Promise.all(Array.from({ length: sessions }, work));
  return records;
}
