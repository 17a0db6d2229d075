import { EvalrunError } from '../../domain/errors.ts';
import type { GateSettings } from '../../reports/gate/gate-result.ts';

export interface SettingFlags {
  readonly margin: number;
  readonly alpha: number;
  readonly metric: string;
  readonly 'latency-margin': number;
  readonly 'latency-floor-ms': number;
  readonly nights: number;
  readonly seed: number;
}

/** Throws EvalrunError('usage') for a number that means nothing. */
export function gateSettings(flags: SettingFlags): GateSettings {
  const { margin, alpha, nights, seed } = flags;
  demand('margin', margin > 0 && margin < 1, 'a share between 0 and 1: .05 is five points');
  demand('alpha', alpha > 0 && alpha < 0.5, 'a chance between 0 and .5');
  demand(
    'latency-margin',
    flags['latency-margin'] > 1 && flags['latency-margin'] < 100,
    'a ratio above 1: 1.15 is 15 %',
  );
  demand('latency-floor-ms', flags['latency-floor-ms'] >= 0, 'milliseconds of at least 0');
  demand('nights', Number.isInteger(nights) && nights >= 1, 'a whole number of at least 1');
  demand('seed', Number.isSafeInteger(seed) && seed >= 0, 'a whole number of at least 0');
  return {
    margin,
    alpha,
    latencyMargin: flags['latency-margin'],
    latencyFloorMs: flags['latency-floor-ms'],
    metric: flags.metric === 'time' ? 'time' : 'ttft',
    nights,
    seed,
  };
}

function demand(name: string, isRight: boolean, what: string): void {
  if (!isRight) throw new EvalrunError(`--${name} must be ${what}`, { code: 'usage' });
}
