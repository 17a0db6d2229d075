import { asObject, asText } from '../transports/json.ts';

export const differenceKinds = ['tool-output', 'instruction', 'answer', 'ids', 'times', 'settings'] as const;
export type DifferenceKind = (typeof differenceKinds)[number];

/** A place where a request says something else than the recorded one, though both have one shape. */
export interface TextDifference {
  readonly kind: DifferenceKind;
  /** E.g. input[3].output */
  readonly where: string;
  readonly recorded: string;
  readonly asked: string;
}

interface Place {
  readonly where: string;
  /** What a text in this place is, by what encloses it. */
  readonly kind: DifferenceKind;
}

/** Every leaf in which two bodies differ. */
export function textDifferences(recorded: unknown, asked: unknown): readonly TextDifference[] {
  return differencesAt(recorded, asked, { where: '', kind: 'settings' });
}

function differencesAt(recorded: unknown, asked: unknown, place: Place): readonly TextDifference[] {
  if (Object.is(recorded, asked)) return [];
  if (Array.isArray(recorded) && Array.isArray(asked)) {
    const length = Math.max(recorded.length, asked.length);
    return Array.from({ length }, (_, at) => at).flatMap((at) =>
      differencesAt(recorded[at], asked[at], inItem(recorded[at], `${place.where}[${at}]`, place)),
    );
  }
  const [before, now] = [asObject(recorded), asObject(asked)];
  if (before !== undefined && now !== undefined) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) => differencesAt(before[key], now[key], underKey(key, place)));
  }
  return [leaf(recorded, asked, place)];
}

function inItem(item: unknown, where: string, { kind }: Place): Place {
  const object = asObject(item);
  const type = asText(object?.['type']) ?? '';
  const role = asText(object?.['role']);
  if (/_output$|^tool_result$/.test(type) || role === 'tool') return { where, kind: 'tool-output' };
  if (role === 'assistant' || type === 'reasoning' || /_call$|^tool_use$/.test(type))
    return { where, kind: 'answer' };
  if (role !== undefined) return { where, kind: 'instruction' };
  return { where, kind };
}

function underKey(key: string, place: Place): Place {
  const where = place.where === '' ? key : `${place.where}.${key}`;
  if (key === 'input' || key === 'instructions' || key === 'system' || key === 'description') {
    return { where, kind: 'instruction' };
  }
  if (/(^|_)(id|key)$/.test(key)) return { where, kind: 'ids' };
  return { where, kind: place.kind };
}

function leaf(recorded: unknown, asked: unknown, { where, kind }: Place): TextDifference {
  const texts = { recorded: textOf(recorded), asked: textOf(asked) };
  return { kind: kind === 'ids' ? kind : (passingKind(texts) ?? kind), where, ...texts };
}

/** Texts that differ in nothing but times, or in times and ids. */
function passingKind({ recorded, asked }: { recorded: string; asked: string }): 'times' | 'ids' | undefined {
  const [before, now] = [withoutTimes(recorded), withoutTimes(asked)];
  if (before === now) return 'times';
  return withoutIds(before) === withoutIds(now) ? 'ids' : undefined;
}

const dateAndTime = /\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?)?/g;
const timeOfDay = /\b\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?\b/g;
const duration = /\b\d+(?:\.\d+)? ?(?:ns|us|µs|ms|s|sec|secs|seconds?|min|minutes?|h|hours?)\b/g;

function withoutTimes(text: string): string {
  return text
    .replaceAll(dateAndTime, '<time>')
    .replaceAll(timeOfDay, '<time>')
    .replaceAll(duration, '<time>');
}

const hexOrUuid = /\b[0-9a-f]{7,40}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi;
const processOrAddress = /\b(?:pid|process|session)[ =:#]*\d+\b|0x[0-9a-f]+/gi;

function withoutIds(text: string): string {
  return text.replaceAll(hexOrUuid, '<id>').replaceAll(processOrAddress, '<id>');
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}
