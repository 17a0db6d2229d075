import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapAhead } from '../lib/map-ahead.ts';
import { tryFiles } from '../results/run-folder.ts';
import type { TrialPageSource } from './html/write-html.ts';
import type { KeptTry } from './load-run.ts';
import type { ReportArm } from './report-arms.ts';
import type { TrialPage } from './report-document.ts';
import { pageId } from './task-rows.ts';
import { trialPage } from './trial-page.ts';

/** A trial's page that is made when it is wanted. */
export interface PagePlace {
  readonly id: string;
  readonly trial: KeptTry;
  readonly arm: ReportArm;
  readonly page: () => Promise<TrialPage>;
}

const pagesAhead = 4;
const sampledTrials = 200;
/** A waterfall's bar is shorter than the request's record. */
const barBytes = 250;

/** The pages of all trials, made a few at a time from the files of the tries that count. */
export async function reportPages(arms: readonly ReportArm[]): Promise<TrialPageSource> {
  const places = pagePlaces(arms);
  return {
    count: places.length,
    approximateBytes: await approximateBytes(places),
    pages: () => mapAhead(places, pagesAhead, ({ page }) => page()),
  };
}

/** In the order of the arms and of their trials. */
export function pagePlaces(arms: readonly ReportArm[]): PagePlace[] {
  return arms.flatMap((arm) =>
    arm.trials.map((trial) => ({ id: pageId(trial), trial, arm, page: () => trialPage(trial, arm) })),
  );
}

/** From the sizes of some trials' files, evenly chosen. */
async function approximateBytes(places: readonly PagePlace[]): Promise<number> {
  const step = Math.max(1, Math.floor(places.length / sampledTrials));
  const sample = places.filter((_, index) => index % step === 0);
  let total = 0;
  for (const { trial, arm } of sample) {
    for (const name of [tryFiles.trajectory, tryFiles.patch, tryFiles.tests, tryFiles.spans]) {
      const path = join(arm.loaded.folder, trial.folder, name);
      total += await stat(path).then(
        ({ size }) => Math.min(size, 2_000_000),
        () => 0,
      );
    }
    total += (trial.turns ?? 0) * barBytes;
  }
  return sample.length === 0 ? 0 : Math.round((total / sample.length) * places.length);
}
