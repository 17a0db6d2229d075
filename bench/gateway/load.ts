import { setTimeout } from 'node:timers/promises';

/** What a process asks a stream-server for: so many streams, so many at a time. */
export interface Load {
  readonly workers: number;
  /** In all. */
  readonly streams: number;
  /** The workers begin one after another within this time; together they would measure the herd. */
  readonly beginWithinMs: number;
  /** What the server is told of each stream. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Each worker asks for one stream after another, until all have been asked for. */
export async function runLoad(
  { workers, streams, beginWithinMs }: Load,
  hire: (worker: number) => Promise<(turn: number) => Promise<void>>,
): Promise<void> {
  let begun = 0;
  const work = async (worker: number) => {
    const ask = await hire(worker);
    await setTimeout((beginWithinMs * worker) / workers);
    for (let turn = 0; begun < streams; turn += 1) {
      begun += 1;
      await ask(turn);
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
}
