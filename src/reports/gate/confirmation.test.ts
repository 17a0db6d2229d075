import { describe, expect, test } from 'vitest';
import { chooseConfirmation } from './confirmation.ts';
import { judgeGate } from './judge-gate.ts';
import { pairSides } from './pair-sides.ts';
import { gateInput, gateSide } from './testing/gate-sides.ts';

function letters(n: number, letterAt: (index: number) => string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: n }, (_, index) => [`t${String(index).padStart(3, '0')}`, letterAt(index)]),
  );
}

const before = gateSide(
  'before',
  letters(200, () => '1'),
);
const after = gateSide(
  'after',
  letters(200, (index) => (index < 30 ? '0' : '1')),
);
const chosen = chooseConfirmation(pairSides(before, after, []), 7);

describe('which tasks', () => {
  test('all that differ and as many that do not, the same for a seed', () => {
    expect(chosen.discordant).toHaveLength(30);
    expect(chosen.concordant).toHaveLength(30);
    expect(chosen.concordant.some((id) => chosen.discordant.includes(id))).toBe(false);
    expect(chooseConfirmation(pairSides(before, after, []), 7)).toEqual(chosen);
    expect(chooseConfirmation(pairSides(before, after, []), 8).concordant).not.toEqual(chosen.concordant);
  });

  test('quarantined tasks are not among them', () => {
    const quarantine = [{ task: 't000', reason: 'r', owner: 'o', expires: '2999-01-01' }];
    expect(chooseConfirmation(pairSides(before, after, quarantine), 7).discordant).toHaveLength(29);
  });
});

describe('what the fresh pairs say', () => {
  const fresh = (id: string, failing: number) =>
    gateSide(
      id,
      Object.fromEntries(
        [...chosen.discordant, ...chosen.concordant].map((task, index) => [
          task,
          index < failing ? '0' : '1',
        ]),
      ),
    );
  const look = (kind: 'fresh' | 'kept', failing: number) =>
    judgeGate({
      ...gateInput(before, after),
      fresh: {
        chosen,
        candidate: fresh('again', failing),
        baseline: { kind, side: kind === 'fresh' ? fresh('before-again', 0) : before },
      },
    });

  test('the drop once more: fail, with results untouched', () => {
    const result = look('fresh', 20);
    expect(result).toMatchObject({
      verdict: 'fail',
      confirmation: {
        confirmed: true,
        pairs: 60,
        baselineOnly: 20,
        candidateOnly: 0,
        runs: ['again', 'before-again'],
      },
      accuracy: { counts: { baselineOnly: 30 }, candidateRate: 0.85 },
    });
  });

  test('not the drop once more: inconclusive, not red', () => {
    const result = look('fresh', 3);
    expect(result).toMatchObject({ verdict: 'inconclusive', confirmation: { confirmed: false, p: 0.125 } });
    expect(result.accuracy.reason).toContain('did not confirm');
  });

  test('only an independent second look makes false alarms rarer, and it says which', () => {
    const alarm = (kind: 'fresh' | 'kept'): number => {
      const { falseAlarm } = look(kind, 20).strength;
      return falseAlarm.status === 'estimated' ? falseAlarm.value : Number.NaN;
    };
    const first = judgeGate(gateInput(before, after)).strength.falseAlarm;
    expect(alarm('kept')).toBe(first.status === 'estimated' ? first.value : undefined);
    expect(alarm('fresh')).toBeLessThan(alarm('kept') / 100);
    expect(look('kept', 20).strength.falseAlarmNote).toContain('shares the baseline’s verdicts');
  });
});
