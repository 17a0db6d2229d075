import type { RequestRecord } from '../../domain/request-record.ts';
import { asNumber, asObject, type JsonObject } from './json.ts';

/** The `stamps` of the simulator's own event `evalrun.stamps`. */
export function readStamps(stamps: JsonObject | undefined): RequestRecord['serverStamps'] {
  const received = asNumber(stamps?.['received']);
  if (stamps === undefined || received === undefined) return undefined;
  const stamp = (name: 'firstToken' | 'lastToken' | 'completed') => {
    const value = asNumber(stamps[name]);
    return value === undefined ? {} : { [name]: value };
  };
  const before = readStamps(asObject(stamps['stoppedBefore']));
  return {
    received,
    ...stamp('firstToken'),
    ...stamp('lastToken'),
    ...stamp('completed'),
    ...(before === undefined ? {} : { stoppedBefore: before }),
  };
}
