/** The part of a fault's spec behind `@`: which requests it happens to. */
import { seededRandom } from '../../lib/random.ts';
import type { FaultRequest, FrontName } from './faults.ts';

export interface Selector {
  /** Numbers of requests, from and to. */
  readonly requests: Range | undefined;
  /** The same, counted within a trial; whoever names no trial is one. */
  readonly trialRequests: Range | undefined;
  readonly every: number | undefined;
  readonly probability: number | undefined;
  readonly fronts: readonly FrontName[];
  /** By alias or by name on the wire. */
  readonly model: string | undefined;
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** A request with its place in its trial. */
export interface CountedRequest extends FaultRequest {
  /** 1-based. */
  readonly trialNumber: number;
}

type Keys = readonly (string | number)[];

/** A chance depends on the trial and the request's place in it, so that the order of trials changes nothing. */
export function selects(selector: Selector, counted: CountedRequest, keys: Keys): boolean {
  const { number, trialNumber, transport, request } = counted;
  const { model } = selector;
  return (
    selector.fronts.includes(transport) &&
    (model === undefined || model === request.model || model === request.metadata['model']) &&
    isIn(selector.requests, number) &&
    isIn(selector.trialRequests, trialNumber) &&
    isTurnOf(selector.every, number) &&
    isDrawn(selector.probability, [...keys, trialKey(counted), trialNumber])
  );
}

export function selectsUpgrade(selector: Selector, number: number, keys: Keys): boolean {
  return (
    isIn(selector.requests, number) &&
    isTurnOf(selector.every, number) &&
    isDrawn(selector.probability, [...keys, number])
  );
}

export function trialKey({ request }: FaultRequest): string {
  const { model, task, attempt, trial } = request.metadata;
  return JSON.stringify([model ?? request.model, task, attempt, trial]);
}

function isIn(range: Range | undefined, number: number): boolean {
  return range === undefined || (number >= range.from && number <= range.to);
}

function isTurnOf(every: number | undefined, number: number): boolean {
  return every === undefined || number % every === 0;
}

function isDrawn(probability: number | undefined, keys: Keys): boolean {
  return probability === undefined || seededRandom('fault', ...keys)() < probability;
}
