import { stat } from 'node:fs/promises';
import { harborTrials, looksLikeHarborTrial, readHarbor } from './harbor.ts';
import { type Imported, type ImportNames, importFailure } from './imported.ts';
import { readJson } from './read-json.ts';
import { looksLikeSweBenchReport, readSweBenchReport } from './swe-bench.ts';
import { looksLikeEvalResults, readEvalResults } from './swe-bench-pro.ts';
import { readTerminalBench, terminalBenchRuns } from './terminal-bench-1.ts';

const known =
  'a Harbor job folder or trial result.json, eval_results.json of SWE-bench Pro, a SWE-bench report, ' +
  'a Terminal-Bench 1 run folder (run_metadata.json and results.json) or a folder of such repeats';

/** Reads another system's results; which one they are of is told by what lies there. Throws 'usage'. */
export async function importResults(path: string, names: ImportNames): Promise<Imported> {
  const facts = await stat(path).catch((cause: unknown) => {
    throw importFailure(path, 'cannot be read', cause);
  });
  const imported = facts.isDirectory() ? await fromFolder(path, names) : await fromFile(path, names);
  if (imported.trials.length === 0) throw importFailure(path, 'holds no trial');
  return imported;
}

async function fromFolder(path: string, names: ImportNames): Promise<Imported> {
  const runs = await terminalBenchRuns(path);
  if (runs.length > 0) return readTerminalBench(runs, names);
  const trials = await harborTrials(path);
  if (trials.length > 0) return readHarbor(trials, names);
  throw importFailure(path, `is none of the results that are known: ${known}`);
}

async function fromFile(path: string, names: ImportNames): Promise<Imported> {
  const document = await readJson(path);
  if (looksLikeHarborTrial(document)) return readHarbor([path], names);
  if (looksLikeEvalResults(document)) return readEvalResults(document, path, names);
  if (looksLikeSweBenchReport(document)) return readSweBenchReport(document, path, names);
  throw importFailure(path, `is none of the results that are known: ${known}`);
}
