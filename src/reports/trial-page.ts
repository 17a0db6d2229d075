import { join } from 'node:path';
import type { z } from 'zod';
import { messageOf } from '../domain/errors.ts';
import { storedTestsSchema } from '../domain/outcome.ts';
import { ledgerParts, storedSpanSchema } from '../domain/span.ts';
import { readJsonLines } from '../lib/json-lines.ts';
import { openIfThere } from '../lib/open-if-there.ts';
import { readRequests } from '../results/read-requests.ts';
import { tryFiles } from '../results/run-folder.ts';
import type { KeptTry } from './load-run.ts';
import { isJudged, isResolved, type ReportArm } from './report-arms.ts';
import type { TrialPage } from './report-document.ts';
import { pageId } from './task-rows.ts';
import { TextLimit } from './text-limit.ts';
import { pageSteps, trajectorySchema } from './trajectory-steps.ts';
import { trialWaterfall } from './trial-waterfall.ts';

/** Of one file; a larger one is named and not shown. */
const largestFileBytes = 64_000_000;
const mostTests = 5_000;

/** One trial as a page shows it, from the files of the try that counts. Bounded in size; says what was cut. */
export async function trialPage(trial: KeptTry, { key, loaded }: ReportArm): Promise<TrialPage> {
  const limit = new TextLimit();
  const notes = [...trial.notes];
  const at = (name: string): string => join(loaded.folder, trial.folder, name);
  const trajectory = await readJson(at(tryFiles.trajectory), trajectorySchema, notes);
  const tests = await readJson(at(tryFiles.tests), storedTestsSchema, notes);
  const patch = await readText(at(tryFiles.patch), notes);
  const requests = await readRequests(loaded.folder, trial.folder);
  const spans = await readJsonLines(at(tryFiles.spans), storedSpanSchema);
  return {
    id: pageId(trial),
    trialId: trial.trialId,
    taskId: trial.taskId,
    arm: key,
    status: statusOf(trial),
    outcome: outcomeText(trial),
    steps: pageSteps(trajectory?.steps ?? [], trial.startedAt, limit),
    ...(patch === undefined ? {} : { patch: limit.keep(patch, tryFiles.patch) }),
    tests: [...limit.first(tests?.tests ?? [], mostTests, 'tests')],
    waterfall: trialWaterfall(requests.values, spans.values, limit),
    ledger: [...ledgerParts, 'unattributed'].flatMap((part) => {
      const us = trial.ledger[part];
      return us === undefined ? [] : [{ part, seconds: us / 1e6 }];
    }),
    notes: [
      ...notes,
      ...unreadableNotes(tryFiles.requests, requests.unreadable.length),
      ...unreadableNotes(tryFiles.spans, spans.unreadable.length),
    ],
    cut: limit.sentences,
  };
}

function statusOf(trial: KeptTry): string {
  return isJudged(trial) ? (isResolved(trial) ? 'resolved' : 'unresolved') : trial.outcome.status;
}

function outcomeText({ outcome, try: number }: KeptTry): string {
  const tried = number > 1 ? `, try ${number}` : '';
  if (outcome.status === 'errored') return `errored in ${outcome.phase}: ${outcome.message}${tried}`;
  if (outcome.status === 'cancelled') return `cancelled in ${outcome.phase} (${outcome.reason})${tried}`;
  const { tests, rewards, ending } = outcome;
  const counts = tests === undefined ? '' : `, tests: ${tests.passed} passed, ${tests.failed} failed`;
  const scores = Object.entries(rewards).map(([name, value]) => `${name} ${value}`);
  return `${ending}${counts}, ${scores.join(', ') || 'no reward'}${tried}`;
}

function unreadableNotes(file: string, count: number): string[] {
  return count === 0 ? [] : [`${file}: ${count} lines could not be read`];
}

async function readJson<T>(path: string, schema: z.ZodType<T>, notes: string[]): Promise<T | undefined> {
  const text = await readText(path, notes);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    notes.push(`${nameOf(path)} cannot be read: ${messageOf(error).split('\n')[0]}`);
    return undefined;
  }
}

/** Undefined where there is none, or where it is too large for a page. */
async function readText(path: string, notes: string[]): Promise<string | undefined> {
  await using file = await openIfThere(path);
  if (file === undefined) return undefined;
  const { size } = await file.stat();
  if (size > largestFileBytes) {
    notes.push(`${nameOf(path)} is not shown: ${(size / 1e6).toFixed(0)} MB`);
    return undefined;
  }
  return await file.readFile('utf8');
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
