import { firstTokenMark, type RequestRecord } from '../domain/request-record.ts';
import type { Span } from '../domain/span.ts';
import type { TrialPage } from './report-document.ts';
import type { TextLimit } from './text-limit.ts';

type Bar = TrialPage['waterfall'][number];

const mostBars = 5_000;

/** Shown by the requests' own bars. */
const ofRequests: ReadonlySet<string> = new Set(['model.wait', 'model.decode']);

/** Requests and spans on one axis from the first of them, which is the slot but for its first microseconds. */
export function trialWaterfall(
  requests: readonly RequestRecord[],
  spans: readonly Span[],
  limit: TextLimit,
): Bar[] {
  const starts = [
    ...spans.map(({ startUs }) => startUs),
    ...requests.map(({ marks }) => marks.connectStart ?? marks.t0),
  ];
  const zero = starts.reduce((first, start) => Math.min(first, start), Number.POSITIVE_INFINITY);
  const since = (us: number): number => (us - zero) / 1e6;
  const shown = spans.filter(({ part }) => !ofRequests.has(part) || requests.length === 0);
  const bars = [
    ...requests.map((request) => requestBar(request, since)),
    ...shown.map(({ part, name, startUs, endUs }) => ({
      part,
      name,
      start: since(startUs),
      end: since(endUs),
    })),
  ];
  return [
    ...limit.first(
      bars.toSorted((a, b) => a.start - b.start),
      mostBars,
      'requests and commands',
    ),
  ];
}

function requestBar(request: RequestRecord, since: (us: number) => number): Bar {
  const { marks } = request;
  const end = marks.completed ?? marks.lastToken ?? marks.accepted ?? marks.t0;
  const first = firstTokenMark(marks);
  return {
    part: 'model.decode',
    name: `${request.kind === 'turn' ? 'turn' : request.kind} ${request.turn}${request.attempt > 1 ? `, attempt ${request.attempt}` : ''}`,
    start: since(marks.t0),
    end: since(Math.max(end, marks.t0)),
    ...(first === undefined ? {} : { firstToken: since(first) }),
    details: detailsOf(request),
  };
}

function detailsOf({ status, transport, usage, httpStatus, error }: RequestRecord): string {
  return [
    status,
    transport,
    ...(usage === undefined
      ? []
      : [`${usage.input} input tokens (${usage.cachedInput} cached), ${usage.output} output`]),
    ...(httpStatus === undefined ? [] : [`HTTP ${httpStatus}`]),
    ...(error === undefined ? [] : [`${error.kind}: ${error.message}`]),
  ].join(', ');
}
