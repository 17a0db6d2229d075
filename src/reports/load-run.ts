import { join } from 'node:path';
import { armKey } from '../domain/arm.ts';
import { type TrialRecord, trialRecordSchema } from '../domain/record.ts';
import type { RequestRecord } from '../domain/request-record.ts';
import type { ImportedRun, Run } from '../domain/run.ts';
import { streamJsonLines } from '../lib/json-lines.ts';
import { mapAhead } from '../lib/map-ahead.ts';
import { finalRecords } from '../results/final-records.ts';
import { readRequests } from '../results/read-requests.ts';
import { readRunDocument } from '../results/result-store.ts';
import { runFiles } from '../results/run-folder.ts';
import { addRequest, emptySamples, type RequestSamples } from './request-samples.ts';

/** What is kept of a try while a report is made; the rest passes by once, to whoever listens. */
export type KeptTry = Omit<TrialRecord, 'network' | 'scrub' | 'steps' | 'agentMessage' | 'image'>;

/** Takes records as they are read. What it returns is waited for, so that a slow writer holds the reader back. */
export interface RecordSink {
  readonly onTry?: (record: TrialRecord) => Promise<void> | undefined;
  readonly onRequest?: (record: RequestRecord, tryOf: KeptTry) => Promise<void> | undefined;
}

export interface LoadedRun {
  readonly run: Run | ImportedRun;
  readonly folder: string;
  /** The try that counts of each trial. */
  readonly finals: readonly KeptTry[];
  /** Number of tries that do not count. */
  readonly earlierTries: number;
  /** Requests of the tries that count, by arm and then by transport. */
  readonly requests: ReadonlyMap<string, readonly RequestSamples[]>;
  /** Lines of the run's files that could not be read, as sentences; the first of each file's are enough. */
  readonly unreadable: readonly string[];
}

export interface LoadOptions {
  /** Who listens to the records as they pass by. */
  readonly listen?: (run: Run | ImportedRun) => RecordSink | Promise<RecordSink>;
  readonly signal?: AbortSignal | undefined;
}

/** Reads a run's records once, holding some numbers for each request and never the records themselves. */
export async function loadRun(
  folder: string,
  { listen = () => ({}), signal }: LoadOptions = {},
): Promise<LoadedRun> {
  const run = await readRunDocument(folder);
  const sink = await listen(run);
  const unreadable: string[] = [];
  const tries = await readTries(folder, sink, unreadable);
  const finals = finalRecords(tries);
  const samples = new SamplesByArm(new Set(finals));
  for await (const { tryOf, lines } of requestsAhead(folder, tries)) {
    signal?.throwIfAborted();
    for (const [index, record] of lines.values.entries()) {
      samples.add(tryOf, record, index === 0);
      const written = sink.onRequest?.(record, tryOf);
      if (written !== undefined) await written;
    }
    unreadable.push(
      ...lines.unreadable.map(({ line, reason }) => `${tryOf.folder}/requests.jsonl line ${line}: ${reason}`),
    );
  }
  return {
    run,
    folder,
    finals,
    earlierTries: tries.length - finals.length,
    requests: samples.byArm(),
    unreadable,
  };
}

/** A run as its run.json alone tells it: enough to name its arms and to refuse a comparison. */
export async function outlineRun(folder: string): Promise<LoadedRun> {
  const run = await readRunDocument(folder);
  return { run, folder, finals: [], earlierTries: 0, requests: new Map(), unreadable: [] };
}

async function readTries(folder: string, sink: RecordSink, unreadable: string[]): Promise<KeptTry[]> {
  const tries: KeptTry[] = [];
  const path = join(folder, runFiles.trials);
  const records = streamJsonLines(path, trialRecordSchema, ({ line, reason }) =>
    unreadable.push(`trials.jsonl line ${line}: ${reason}`),
  );
  for await (const some of records) {
    for (const record of some) {
      tries.push(keptOf(record));
      const written = sink.onTry?.(record);
      if (written !== undefined) await written;
    }
  }
  return tries;
}

function keptOf(record: TrialRecord): KeptTry {
  const { network: _n, scrub: _s, steps: _t, agentMessage: _m, image: _i, ...kept } = record;
  return kept;
}

const filesAhead = 8;

/** One try's requests after the other, with a few files being read meanwhile. */
function requestsAhead(folder: string, tries: readonly KeptTry[]) {
  return mapAhead(tries, filesAhead, async (tryOf) => ({
    tryOf,
    lines: await readRequests(folder, tryOf.folder),
  }));
}

class SamplesByArm {
  readonly #counted: ReadonlySet<KeptTry>;
  readonly #arms = new Map<string, Map<string, RequestSamples>>();

  constructor(counted: ReadonlySet<KeptTry>) {
    this.#counted = counted;
  }

  add(tryOf: KeptTry, record: RequestRecord, isFirst: boolean): void {
    const samples = this.#samplesOf(armKey(tryOf.arm), record);
    if (record.status === 'failed') samples.failed += 1;
    if (this.#counted.has(tryOf)) addRequest(samples, record, isFirst);
  }

  #samplesOf(arm: string, { transport, via = 'client' }: RequestRecord): RequestSamples {
    const ofArm = this.#arms.get(arm) ?? new Map<string, RequestSamples>();
    this.#arms.set(arm, ofArm);
    const key = `${transport} ${via}`;
    const samples = ofArm.get(key) ?? emptySamples(transport, via);
    ofArm.set(key, samples);
    return samples;
  }

  byArm(): Map<string, RequestSamples[]> {
    return new Map([...this.#arms].map(([arm, ofArm]) => [arm, [...ofArm.values()]]));
  }
}
