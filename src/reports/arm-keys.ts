import type { Arm } from '../domain/arm.ts';

export interface NamedArm {
  readonly arm: Arm;
  readonly runId: string;
}

/** What is added to a model's name where it alone does not tell the arms apart, in this order. */
const additions: readonly { readonly of: (named: NamedArm) => string; readonly mark: string }[] = [
  { of: ({ arm }) => arm.effort ?? 'default', mark: ':' },
  { of: ({ arm }) => shortTransport(arm.transport), mark: '@' },
  { of: ({ runId }) => runId, mark: '#' },
];

/** Short names, unique among the arms: spark, loop-spark, deep:high, spark@websocket, spark#nightly-2. */
export function armKeys(arms: readonly NamedArm[]): string[] {
  let keys = distinguish(
    arms,
    arms.map(modelName),
    ({ arm }, key) => (arm.model === undefined ? key : `${arm.agent}-${key}`),
    ({ arm }) => arm.agent,
  );
  for (const { of, mark } of additions) {
    keys = distinguish(arms, keys, (named, key) => `${key}${mark}${of(named)}`, of);
  }
  return numbered(keys);
}

function modelName({ arm }: NamedArm): string {
  return arm.model ?? arm.agent;
}

/** Adds a part to those keys that several arms have, where the part differs among them. */
function distinguish(
  arms: readonly NamedArm[],
  keys: readonly string[],
  longer: (named: NamedArm, key: string) => string,
  part: (named: NamedArm) => string,
): string[] {
  return arms.map((named, index) => {
    const key = keys[index] ?? '';
    const alike = arms.filter((_, other) => keys[other] === key);
    const parts = new Set(alike.map(part));
    return parts.size > 1 ? longer(named, key) : key;
  });
}

/** Names that people choose may still collide: `a-b` with `c`, and `a` with `b-c`. */
function numbered(keys: readonly string[]): string[] {
  const seen = new Set<string>();
  return keys.map((key) => {
    let unique = key;
    for (let number = 2; seen.has(unique); number++) unique = `${key} (${number})`;
    seen.add(unique);
    return unique;
  });
}

/** `responses-websocket` as people type it. */
function shortTransport(transport: string | undefined): string {
  return transport?.replace(/^responses-/, '').replace(/^(chat|messages)-sse$/, '$1') ?? 'default';
}
