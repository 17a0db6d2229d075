import { expect, test } from 'vitest';
import type { ProviderLimits, ProviderProfile } from '../../domain/model.ts';
import { HeldClock } from '../../testing/held-clock.ts';
import { createAdaptivePace } from './adaptive-pace.ts';
import type { Admission, AdmissionResult } from './pace.ts';

/** Timers that ring when the held clock is moved past them. */
class HeldTimers {
  readonly clock = new HeldClock(0);
  #timers: { readonly atUs: number; readonly run: () => void }[] = [];

  readonly after = (ms: number, run: () => void): (() => void) => {
    const timer = { atUs: this.clock.nowUs() + ms * 1000, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get pending(): number {
    return this.#timers.length;
  }

  async advanceMs(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1) {
      this.clock.advanceMs(1);
      const due = this.#timers.filter(({ atUs }) => atUs <= this.clock.nowUs());
      this.#timers = this.#timers.filter((timer) => !due.includes(timer));
      for (const { run } of due) run();
    }
    await settled();
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(limits?: ProviderLimits, name = 'openai') {
  const timers = new HeldTimers();
  const pace = createAdaptivePace({ clock: timers.clock, after: timers.after });
  const provider: ProviderProfile = { name, kind: 'openai', ...(limits === undefined ? {} : { limits }) };
  const admitted: { readonly name: string; readonly admission: Admission }[] = [];
  const waits = new Map<string, number>();
  const ask = (
    asked: string,
    expectedTokens = 10,
    signal = new AbortController().signal,
    of = provider,
  ): Promise<Admission | 'aborted'> => {
    const onWait = (ms: number): void => void waits.set(asked, ms);
    const answer = pace.admit({ provider: of, expectedTokens, signal, onWait });
    void answer.then((admission) => {
      if (admission !== 'aborted') admitted.push({ name: asked, admission });
    });
    return answer;
  };
  const end = (result: Partial<AdmissionResult> = {}): void => {
    admitted.shift()?.admission.release({ overloaded: false, ...result });
  };
  const names = (): string[] => admitted.map((one) => one.name);
  const concurrency = (): number | undefined => pace.history().at(-1)?.concurrency;
  return { timers, pace, provider, ask, end, names, waits, concurrency };
}

/** So many requests, always as many at a time as are let in, each ending well. */
async function runWell({ ask, end, names }: ReturnType<typeof setUp>, count: number): Promise<void> {
  for (let asked = 0; asked < count; asked += 1) void ask(`n${asked}`);
  await settled();
  for (let ended = 0; ended < count; ended += 1) {
    end();
    await settled();
  }
  expect(names()).toEqual([]);
}

test('lets eight go first, the ninth when one has ended, in the order in which they asked', async () => {
  const { ask, end, names, waits } = setUp();
  for (let index = 1; index <= 11; index += 1) void ask(String(index));
  await settled();
  expect(names()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  expect([...waits]).toEqual([
    ['9', 0],
    ['10', 0],
    ['11', 0],
  ]);
  end();
  await settled();
  expect(names().at(-1)).toBe('9');
  end();
  end();
  await settled();
  expect(names().slice(-2)).toEqual(['10', '11']);
});

test('starts at the profile’s own limit where that is lower, and never passes it', async () => {
  const low = setUp({ maxConcurrency: 3 });
  await runWell(low, 60);
  expect(low.pace.history()).toEqual([{ provider: 'openai', atUs: 0, concurrency: 3, reason: 'start' }]);
  const high = setUp({ maxConcurrency: 10 });
  await runWell(high, 200);
  expect(high.pace.history().map(({ concurrency }) => concurrency)).toEqual([8, 9, 10]);
});

test('grows by one after as many successes as the limit, and not where nobody reaches it', async () => {
  const busy = setUp();
  await runWell(busy, 8 + 9 + 10);
  expect(busy.pace.history().map(({ concurrency, reason }) => [concurrency, reason])).toEqual([
    [8, 'start'],
    [9, 'grew'],
    [10, 'grew'],
    [11, 'grew'],
  ]);
  const calm = setUp();
  for (let round = 0; round < 50; round += 1) await runWell(calm, 2);
  expect(calm.concurrency()).toBe(8);
});

test('halves on an overload, once for all that were under way, and never below one', async () => {
  const gate = setUp();
  for (let index = 0; index < 8; index += 1) void gate.ask(String(index));
  await settled();
  gate.timers.clock.advanceMs(5);
  for (let index = 0; index < 8; index += 1) gate.end({ overloaded: true });
  expect(gate.concurrency()).toBe(4);
  for (const expected of [2, 1, 1]) {
    gate.timers.clock.advanceMs(5);
    void gate.ask('again');
    await settled();
    gate.timers.clock.advanceMs(5);
    gate.end({ overloaded: true });
    expect(gate.concurrency()).toBe(expected);
  }
  expect(gate.pace.history().map(({ reason }) => reason)).toEqual([
    'start',
    'overloaded',
    'overloaded',
    'overloaded',
  ]);
  void gate.ask('still');
  await settled();
  expect(gate.names()).toEqual(['still']);
});

test('after halving nobody is let in until fewer are under way', async () => {
  const { ask, end, names } = setUp();
  for (let index = 0; index < 9; index += 1) void ask(String(index));
  await settled();
  end({ overloaded: true });
  for (let left = 7; left > 4; left -= 1) {
    expect(names()).toHaveLength(left);
    end();
    await settled();
  }
  expect(names()).toEqual(['4', '5', '6', '7']);
  end();
  await settled();
  expect(names().at(-1)).toBe('8');
});

test('a Retry-After holds the gate for everybody, and the wait is known', async () => {
  const { ask, end, names, timers, waits } = setUp();
  void ask('a');
  await settled();
  end({ overloaded: true, retryAfterMs: 1500 });
  const b = ask('b');
  void ask('c');
  await timers.advanceMs(1499);
  expect(names()).toEqual([]);
  expect([waits.get('b'), waits.get('c')]).toEqual([1500, 1500]);
  await timers.advanceMs(1);
  expect(names()).toEqual(['b', 'c']);
  expect(await b).toMatchObject({ waitedUs: 1_500_000 });
});

test('a Retry-After that the retries do not wait for does not hold the others either', async () => {
  const { ask, end, names } = setUp();
  void ask('a');
  await settled();
  end({ overloaded: true, retryAfterMs: 3_600_000 });
  void ask('b');
  await settled();
  expect(names()).toEqual(['b']);
});

test('keeps to the requests in any minute', async () => {
  const { ask, end, names, timers, waits } = setUp({ requestsPerMinute: 2 });
  void ask('a');
  await timers.advanceMs(10_000);
  void ask('b');
  void ask('c');
  await settled();
  end();
  end();
  expect([names(), waits.get('c')]).toEqual([[], 50_000]);
  await timers.advanceMs(49_999);
  expect(names()).toEqual([]);
  await timers.advanceMs(1);
  expect(names()).toEqual(['c']);
});

test('keeps to the tokens in any minute, corrected when they are known', async () => {
  const { ask, end, names, timers } = setUp({ tokensPerMinute: 100 });
  void ask('a', 80);
  void ask('b', 60);
  await settled();
  expect(names()).toEqual(['a']);
  end({ tokens: 40 });
  await settled();
  expect(names()).toEqual(['b']);
  end({ tokens: 90 });
  void ask('c', 20);
  await timers.advanceMs(59_000);
  expect(names()).toEqual([]);
  await timers.advanceMs(1_000);
  expect(names()).toEqual(['c']);
});

test('a request that is larger than the limit goes when nothing else is in the window', async () => {
  const { ask, names, timers } = setUp({ tokensPerMinute: 100 });
  void ask('a', 10);
  void ask('huge', 500);
  await settled();
  expect(names()).toEqual(['a']);
  await timers.advanceMs(60_000);
  expect(names()).toEqual(['a', 'huge']);
});

test('an abort leaves the queue at once and lets the next one through', async () => {
  const { ask, names, timers } = setUp({ tokensPerMinute: 100 });
  const stop = new AbortController();
  void ask('a', 90);
  const big = ask('big', 50, stop.signal);
  void ask('small', 10);
  await settled();
  expect(names()).toEqual(['a']);
  stop.abort();
  expect(await big).toBe('aborted');
  await settled();
  expect(names()).toEqual(['a', 'small']);
  expect(timers.pending).toBe(0);
  expect(await ask('late', 1, stop.signal)).toBe('aborted');
});

test('releasing twice releases once, and providers do not wait for one another', async () => {
  const { ask, names, provider } = setUp({ maxConcurrency: 1 });
  const a = await ask('a');
  if (a === 'aborted') throw new Error('not admitted');
  a.release({ overloaded: false });
  a.release({ overloaded: false });
  void ask('b');
  void ask('c');
  void ask('other', 10, undefined, { ...provider, name: 'other' });
  await settled();
  expect(names()).toEqual(['a', 'b', 'other']);
});

test('a leave that was not used gives the minute back what it took, and is no success', async () => {
  const { ask, end, names, timers, concurrency } = setUp({ requestsPerMinute: 1, tokensPerMinute: 10 });
  void ask('a');
  void ask('b');
  await settled();
  expect(names()).toEqual(['a']);
  end({ unsent: true });
  await settled();
  expect([names(), timers.pending, concurrency()]).toEqual([['b'], 0, 8]);
});
