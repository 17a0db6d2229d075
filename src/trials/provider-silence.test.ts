import { expect, test } from 'vitest';
import type { Clock } from '../lib/clock.ts';
import { requestRecord } from '../testing/scripted-inference.ts';
import { ProviderSilence } from './provider-silence.ts';

function silenceAt(): { silence: ProviderSilence; at: (us: number) => ProviderSilence } {
  let nowUs = 0;
  const clock: Clock = { nowUs: () => nowUs, wallMs: () => 0 };
  const silence = new ProviderSilence(clock);
  return {
    silence,
    at: (us) => {
      nowUs = us;
      return silence;
    },
  };
}

const failed = (t0: number, retryable = true) =>
  requestRecord({ status: 'failed', error: { kind: 'stalled', message: '', retryable }, marks: { t0 } });

test('attempts that the provider failed are lost time, several at once count once', () => {
  const { silence, at } = silenceAt();
  at(100).note(failed(40));
  expect(silence.lostUs).toBe(60);
  at(120).note(failed(50));
  expect(silence.lostUs).toBe(80);
  at(130).note(requestRecord({ marks: { t0: 125 } }));
  at(140).note(failed(135, false));
  expect(silence.lostUs).toBe(80);
});

test('silence may be a stall while a request is under way, for a tenth of the limit and up to the stall limit', () => {
  const { silence, at } = silenceAt();
  const mayBe = () => silence.mayBeAStall(1000, 500);
  expect(mayBe()).toBe(false);
  at(10).onExchange('sent');
  const mayBeAt = (us: number) => at(us).mayBeAStall(1000, 500);
  expect([109, 110, 510, 511].map(mayBeAt)).toEqual([false, true, true, false]);
  at(520).onExchange('token');
  expect(mayBe()).toBe(false);
  at(700);
  expect(mayBe()).toBe(true);
  silence.onExchange('ended');
  at(900);
  expect(mayBe()).toBe(false);
});
