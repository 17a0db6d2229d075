import { between, seededRandom } from '../lib/random.ts';
import type { TrialPageSource } from '../reports/html/write-html.ts';
import type { ReportDocument, TrialPage, TrialReference } from '../reports/report-document.ts';

export interface PageSize {
  /** Turns of each trial; each has a request and a command. */
  readonly turns?: number;
  /** Letters of each command's output. */
  readonly outputLetters?: number;
  readonly hostile?: string;
}

/** A page for every trial of a document, of the shape that a run's own have. Seeded. */
export function trialPages(document: ReportDocument, size: PageSize = {}): TrialPageSource {
  const trials = document.tasks.flatMap(({ taskId, trials }) =>
    Object.entries(trials).flatMap(([arm, of]) => of.map((trial) => ({ taskId, arm, trial }))),
  );
  const first = trials[0];
  const bytes = first === undefined ? 0 : JSON.stringify(trialPage(first, size)).length;
  return {
    count: trials.length,
    approximateBytes: bytes * trials.length,
    async *pages() {
      for (const trial of trials) yield trialPage(trial, size);
    },
  };
}

interface Named {
  readonly taskId: string;
  readonly arm: string;
  readonly trial: TrialReference;
}

function trialPage({ taskId, arm, trial }: Named, size: PageSize): TrialPage {
  const { turns = 9, outputLetters = 1200, hostile = '' } = size;
  const random = seededRandom(trial.id);
  const seconds = trial.seconds ?? 20;
  const turn = seconds / turns;
  const start = 1.4;
  return {
    id: trial.id,
    trialId: trial.trialId,
    taskId,
    arm: `loop-${arm}${hostile}`,
    status: trial.status,
    outcome: `${trial.status === 'resolved' ? 'judged, resolved; reward 1' : (trial.message ?? 'judged, not resolved; reward 0')}${hostile}`,
    steps: [
      { source: 'system', atSeconds: 0, message: `You work in a repository.${hostile}`, toolCalls: [] },
      {
        source: 'user',
        atSeconds: 0,
        message: `Fix the parser: \`next()\` skips the last field when a line ends in a comma.\n\nDo not change the public names.${hostile}`,
        toolCalls: [],
      },
      ...Array.from({ length: turns }, (_, at) => ({
        source: 'agent' as const,
        atSeconds: at * turn,
        message: at === 0 ? `I look at where fields are read.${hostile}` : '',
        reasoning: `The loop ends one field early. Step ${at + 1} looks at ${between(random, 2, 9)} files.${hostile}`,
        toolCalls: [
          {
            name: at === turns - 2 ? 'apply_patch' : `shell${hostile}`,
            arguments: `sed -n ${at * 20 + 1},${at * 20 + 40}p src/parser.ts${hostile}`,
            output: outputOf(random, outputLetters) + hostile,
            exitCode: at % 5 === 3 ? 1 : 0,
            seconds: 0.2 + random(),
          },
        ],
      })),
    ],
    patch: patchText + hostile,
    tests: Array.from({ length: 8 }, (_, at) => ({
      name: `parser > reads ${at} fields of a line that ends in a comma${hostile}`,
      status: trial.status === 'resolved' || at % 3 !== 1 ? 'passed' : `failed${hostile}`,
      set: at < 3 ? 'fail-to-pass' : 'pass-to-pass',
    })),
    waterfall: [
      { part: 'sandbox', name: `start the container${hostile}`, start: 0, end: start },
      ...Array.from({ length: turns }, (_, at) => [
        {
          part: 'model.decode',
          name: `turn ${at + 1}`,
          start: start + at * turn,
          end: start + (at + 0.7) * turn,
          firstToken: start + (at + 0.7 * (0.1 + random() * 0.3)) * turn,
          details: `12,480 in, 310 out${hostile}`,
        },
        {
          part: 'tool',
          name: `sed -n ${at * 20 + 1},${at * 20 + 40}p src/parser.ts${hostile}`,
          start: start + (at + 0.72) * turn,
          end: start + (at + 0.97) * turn,
        },
      ]).flat(),
      { part: 'verify', name: 'hidden tests', start: start + seconds, end: start + seconds + 3.1 },
    ],
    ledger: [
      { part: 'model.wait', seconds: seconds * 0.2 },
      { part: 'model.decode', seconds: seconds * 0.5 },
      { part: 'tool', seconds: seconds * 0.25 },
      { part: 'agent', seconds: seconds * 0.05 },
      { part: 'sandbox', seconds: start },
      { part: 'verify', seconds: 3.1 },
      { part: 'unattributed', seconds: 0.004 },
    ],
    notes: [`the oracle's patch touches one file${hostile}`],
    cut: [`the output of step 4 was cut to its first and last 50 kB${hostile}`],
  };
}

/** Random words, so that packing has about as much to do as with what tools print. */
function outputOf(random: () => number, letters: number): string {
  let text = '';
  while (text.length < letters)
    text += `${between(random, 1, 400)}: const ${random().toString(36).slice(2, 8)} = read(${random().toString(36).slice(2, 6)});\n`;
  return text.slice(0, letters);
}

const patchText = `diff --git a/src/parser.ts b/src/parser.ts
index 3f1c2aa..90bb7e1 100644
--- a/src/parser.ts
+++ b/src/parser.ts
@@ -41,9 +41,11 @@ export class Parser {
   next(): string | undefined {
-    if (this.#at >= this.#text.length) return undefined;
+    if (this.#at > this.#text.length) return undefined;
     const end = this.#text.indexOf(',', this.#at);
-    const field = this.#text.slice(this.#at, end);
+    const field = this.#text.slice(this.#at, end < 0 ? undefined : end);
+    // A comma at the end has an empty field behind it.
     this.#at += field.length + 1;
     return field;
   }
`;
