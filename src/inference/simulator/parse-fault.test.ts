import { expect, test } from 'vitest';
import { EvalrunError } from '../../domain/errors.ts';
import type { FaultRequest } from './faults.ts';
import { parseFault } from './parse-fault.ts';
import { planFaults } from './plan-faults.ts';

const requestOf = (number: number, extra: Partial<FaultRequest> = {}, metadata = {}): FaultRequest => ({
  transport: 'sse',
  number,
  request: {
    model: 'fast',
    instructions: '',
    input: [],
    tools: [],
    customTools: [],
    toolsText: '',
    metadata,
    stream: true,
    generate: true,
    isCompaction: false,
    previousResponseId: undefined,
  },
  ...extra,
});

const faultOf = (spec: string) => {
  const parsed = parseFault(spec);
  return parsed.on === 'request' ? parsed.fault : parsed.refused;
};

test.each([
  ['stall', { kind: 'stall', afterEvents: 2 }],
  ['cut:after=7', { kind: 'cut', afterEvents: 7 }],
  ['half-event', { kind: 'half-event', afterEvents: 5 }],
  ['malformed:after=0', { kind: 'malformed', afterEvents: 0 }],
  ['duplicate', { kind: 'duplicate' }],
  ['out-of-order', { kind: 'out-of-order' }],
  ['bundle:tokens=16', { kind: 'bundle', tokens: 16 }],
  ['empty-first:count=3', { kind: 'empty-first', count: 3 }],
  ['burst', { kind: 'burst' }],
  ['hidden-reasoning:tokens=50', { kind: 'hidden-reasoning', tokens: 50 }],
  ['wrong-usage:factor=0.5', { kind: 'wrong-usage', factor: 0.5 }],
  ['no-usage', { kind: 'no-usage' }],
  ['drop-connection', { kind: 'drop-connection' }],
  ['previous-not-found', { kind: 'previous-not-found' }],
  ['connection-limit', { kind: 'connection-limit' }],
  ['upgrade-refused', { status: 426 }],
  ['upgrade-refused:status=404', { status: 404 }],
  ['429:retry-after=2', { kind: 'status', status: 429, retryAfterSec: 2 }],
  ['529', { kind: 'status', status: 529 }],
  ['400:code=invalid_prompt', { body: { error: { code: 'invalid_prompt' } } }],
  ['context-length', { status: 400, body: { error: { code: 'context_length_exceeded' } } }],
  ['quota', { status: 429, body: { error: { code: 'insufficient_quota' } } }],
])('%s is understood', (spec, fault) => {
  expect(faultOf(spec)).toMatchObject(fault);
});

test.each([
  ['stal', 'did you mean "stall"?'],
  ['399', '"399" is no kind'],
  ['cut:after=0', '"after" must be a whole number of at least 1'],
  ['cut:after=x', '"after" must be a number, not "x"'],
  ['cut:aftr=3', '"aftr" is not a parameter of cut (did you mean "after"?); there are after'],
  ['burst:after=3', 'there are none'],
  ['cut:after', '"after" is not NAME=VALUE'],
  ['cut:after=3,after=4', '"after" is given twice'],
  ['stall@', 'behind it'],
  ['stall@p=0.1@every=2', 'one "@"'],
  ['stall@p=1.5', '"p" must be from 0 to 1'],
  ['stall@every=0', '"every" must be a whole number of at least 1'],
  ['stall@request=0', 'a number from 1 on'],
  ['stall@request=5-2', 'a number from 1 on'],
  ['stall@turn=2', '"turn" is not a selector'],
  ['stall@transport=http', 'must be one of sse, websocket, chat, messages'],
  ['connection-limit@transport=sse', 'this happens only over websocket'],
  ['upgrade-refused:status=600', 'from 400 to 599'],
  ['upgrade-refused@model=spark', '"model" is not a selector of upgrade-refused'],
  ['toString', '"toString" is no kind'],
  ['', '"" is no kind'],
])('%j is refused in a sentence that names it', (spec, sentence) => {
  let error: unknown;
  try {
    parseFault(spec);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(EvalrunError);
  expect(error).toMatchObject({ code: 'usage', message: expect.stringContaining(`--fault ${spec}: `) });
  expect(error).toMatchObject({ message: expect.stringContaining(sentence) });
});

/** Numbers of the requests, of so many, that a spec strikes. */
const struck = (
  specs: readonly string[],
  count: number,
  each: (number: number) => FaultRequest = requestOf,
) => {
  const { faults } = planFaults(specs, 1);
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  return numbers.filter((number) => faults(each(number)) !== undefined);
};

test('requests are selected by number, range, every n, transport and model', () => {
  expect(struck(['burst'], 3)).toEqual([1, 2, 3]);
  expect(struck(['burst@request=2'], 5)).toEqual([2]);
  expect(struck(['burst@request=2-4'], 5)).toEqual([2, 3, 4]);
  expect(struck(['burst@every=2'], 5)).toEqual([2, 4]);
  expect(struck(['burst@every=2,request=3-9'], 9)).toEqual([4, 6, 8]);
  expect(struck(['burst@transport=chat'], 2)).toEqual([]);
  const mixed = (number: number) => requestOf(number, { transport: number % 2 === 0 ? 'chat' : 'sse' });
  expect(struck(['burst@transport=chat'], 4, mixed)).toEqual([2, 4]);
  expect(struck(['burst@model=fast'], 2)).toEqual([1, 2]);
  expect(struck(['burst@model=slow'], 2)).toEqual([]);
  const named = (number: number) => requestOf(number, {}, { model: 'slow' });
  expect(struck(['burst@model=slow'], 2, named)).toEqual([1, 2]);
});

test('what happens only over WebSocket selects nothing else', () => {
  expect(struck(['connection-limit'], 3)).toEqual([]);
});

test('trial-request counts within each trial', () => {
  const trials = (number: number) => requestOf(number, {}, { task: number % 2 === 0 ? 'a' : 'b' });
  expect(struck(['burst@trial-request=2'], 6, trials)).toEqual([3, 4]);
});

test('the first spec that selects a request decides', () => {
  const { faults } = planFaults(['no-usage@request=2', 'burst'], 1);
  const kinds = [1, 2, 3].map((number) => faults(requestOf(number))?.kind);
  expect(kinds).toEqual(['burst', 'no-usage', 'burst']);
});

test('chances follow the seed, and not the order in which trials come', () => {
  const trials = Array.from({ length: 200 }, (_, index) => ({ task: `t${index}` }));
  const drawn = (order: readonly { task: string }[], seed: number) => {
    const { faults } = planFaults(['stall@p=0.25'], seed);
    const hit = order.filter((metadata, index) => faults(requestOf(index + 1, {}, metadata)) !== undefined);
    return hit.map(({ task }) => task).sort();
  };
  const first = drawn(trials, 7);
  expect(first.length).toBeGreaterThan(30);
  expect(first.length).toBeLessThan(70);
  expect(drawn(trials.toReversed(), 7)).toEqual(first);
  expect(drawn(trials, 8)).not.toEqual(first);
});

test('upgrades are counted and chosen by themselves', () => {
  const { upgrades, faults } = planFaults(['upgrade-refused@request=1-2'], 1);
  expect([1, 2, 3].map((number) => upgrades(number)?.status)).toEqual([426, 426, undefined]);
  expect(faults(requestOf(1))).toBeUndefined();
});
