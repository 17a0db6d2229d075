import { EvalrunError } from '../../domain/errors.ts';
import { nearest } from '../../lib/suggest.ts';
import {
  type FaultKind,
  type FaultParameters,
  faultKinds,
  statusKind,
  upgradeRefused,
} from './fault-kinds.ts';
import type { Range, Selector } from './fault-selector.ts';
import type { Fault, FrontName, RefusedUpgrade } from './faults.ts';

/** One `--fault`, understood. */
export type ParsedFault =
  | { readonly on: 'request'; readonly fault: Fault; readonly selector: Selector }
  | { readonly on: 'upgrade'; readonly refused: RefusedUpgrade; readonly selector: Selector };

/** `KIND[:NAME=VALUE,…][@SELECTOR=VALUE,…]`; docs/simulator.md lists both. */
export function parseFault(spec: string): ParsedFault {
  const { kind, parameters, selectors } = splitSpec(spec);
  if (kind === upgradeRefused) return upgradeFault(spec, parameters, selectors);
  const found = kindOf(kind, spec);
  checkNames(parameters, found.parameters, spec, `a parameter of ${kind}`);
  const selector = readSelector(spec, selectors, found.fronts ?? fronts);
  return { on: 'request', fault: found.make(reader(spec, parameters)), selector };
}

const fronts: readonly FrontName[] = ['sse', 'websocket', 'chat', 'messages'];

type Values = ReadonlyMap<string, string>;

function splitSpec(spec: string): {
  readonly kind: string;
  readonly parameters: Values;
  readonly selectors: Values;
} {
  const [what = '', where, ...rest] = spec.split('@');
  if (rest.length > 0 || where === '') throw wrong(spec, 'write one "@" and what is selected behind it');
  const colon = what.indexOf(':');
  const kind = colon === -1 ? what : what.slice(0, colon);
  return {
    kind: kind.trim(),
    parameters: colon === -1 ? new Map() : valuesOf(what.slice(colon + 1), spec),
    selectors: where === undefined ? new Map() : valuesOf(where, spec),
  };
}

function valuesOf(list: string, spec: string): Values {
  const values = new Map<string, string>();
  for (const part of list.split(',')) {
    const [, name, value] = /^\s*([\w-]+)=(.+?)\s*$/.exec(part) ?? [];
    if (name === undefined || value === undefined) throw wrong(spec, `"${part}" is not NAME=VALUE`);
    if (values.has(name)) throw wrong(spec, `"${name}" is given twice`);
    values.set(name, value);
  }
  return values;
}

function kindOf(name: string, spec: string): FaultKind {
  if (/^[45]\d\d$/.test(name)) return statusKind(Number(name));
  const kind = Object.hasOwn(faultKinds, name) ? faultKinds[name] : undefined;
  if (kind !== undefined) return kind;
  const names = [...Object.keys(faultKinds), upgradeRefused];
  throw wrong(
    spec,
    `"${name}" is no kind${hintOf(name, names)}; there are ${names.join(', ')}, and 400 to 599`,
  );
}

function upgradeFault(spec: string, parameters: Values, selectors: Values): ParsedFault {
  checkNames(parameters, ['status'], spec, `a parameter of ${upgradeRefused}`);
  checkNames(selectors, ['request', 'every', 'p'], spec, `a selector of ${upgradeRefused}`);
  const status = reader(spec, parameters).whole('status', 426, 400);
  if (status > 599) throw wrong(spec, '"status" must be from 400 to 599');
  return { on: 'upgrade', refused: { status }, selector: readSelector(spec, selectors, ['websocket']) };
}

const selectorNames = ['request', 'trial-request', 'every', 'p', 'transport', 'model'];

function readSelector(spec: string, values: Values, possible: readonly FrontName[]): Selector {
  checkNames(values, selectorNames, spec, 'a selector');
  const probability = reader(spec, values).figure('p');
  if (probability !== undefined && probability > 1) throw wrong(spec, '"p" must be from 0 to 1');
  return {
    requests: rangeOf(spec, values, 'request'),
    trialRequests: rangeOf(spec, values, 'trial-request'),
    every: values.has('every') ? reader(spec, values).whole('every', 1, 1) : undefined,
    probability,
    fronts: frontsOf(spec, values.get('transport'), possible),
    model: values.get('model'),
  };
}

function frontsOf(
  spec: string,
  wanted: string | undefined,
  possible: readonly FrontName[],
): readonly FrontName[] {
  if (wanted === undefined) return possible;
  const front = fronts.find((name) => name === wanted);
  if (front === undefined) throw wrong(spec, `"transport" must be one of ${fronts.join(', ')}`);
  if (!possible.includes(front)) throw wrong(spec, `this happens only over ${possible.join(' and ')}`);
  return [front];
}

function rangeOf(spec: string, values: Values, name: string): Range | undefined {
  const text = values.get(name);
  if (text === undefined) return undefined;
  const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? [];
  const range = { from: Number(from), to: Number(to ?? from) };
  if (from !== undefined && range.from >= 1 && range.to >= range.from) return range;
  throw wrong(spec, `"${name}" must be a number from 1 on, or a range such as 2-5`);
}

function reader(spec: string, values: Values): FaultParameters {
  const numberOf = (name: string): number | undefined => {
    const text = values.get(name);
    if (text === undefined) return undefined;
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
    throw wrong(spec, `"${name}" must be a number, not "${text}"`);
  };
  return {
    figure: numberOf,
    text: (name) => values.get(name),
    whole: (name, usual, least) => {
      const value = numberOf(name) ?? usual;
      if (Number.isInteger(value) && value >= least) return value;
      throw wrong(spec, `"${name}" must be a whole number of at least ${least}`);
    },
  };
}

function checkNames(values: Values, known: readonly string[], spec: string, what: string): void {
  for (const name of values.keys()) {
    if (known.includes(name)) continue;
    const there = known.length === 0 ? 'there are none' : `there are ${known.join(', ')}`;
    throw wrong(spec, `"${name}" is not ${what}${hintOf(name, known)}; ${there}`);
  }
}

function hintOf(name: string, known: readonly string[]): string {
  const hint = nearest(name, known);
  return hint === undefined ? '' : ` (did you mean "${hint}"?)`;
}

function wrong(spec: string, what: string): EvalrunError {
  return new EvalrunError(`--fault ${spec}: ${what}`, { code: 'usage', facts: { spec } });
}
